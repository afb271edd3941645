import type { Inspection } from '../bindings/Inspection';
import type { InspectForm } from '../bindings/InspectForm';
import type { InspectKey } from '../bindings/InspectKey';
import type { Problem } from '../bindings/Problem';
import { problemOf } from '../host/problem';
import type { Context } from './context';

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

/** Inspection of a pasted token. Nothing of it is kept. */
export class Inspector {
  text = $state('');
  keyKind = $state<InspectKey['kind']>('none');
  keyText = $state('');
  keyUrl = $state('');
  issuer = $state('');
  audience = $state('');
  algorithms = $state('');
  at = $state('');
  leeway = $state('60');
  result = $state<Inspection | null>(null);
  problem = $state<Problem | null>(null);
  busy = $state(false);

  #ticket = 0;

  constructor(
    private readonly context: Context,
    private readonly connection: () => number | null,
  ) {}

  get form(): InspectForm {
    const leeway = Number(this.leeway);
    return {
      text: this.text,
      key: this.#key,
      issuer: orNull(this.issuer),
      audience: orNull(this.audience),
      algorithms: this.algorithms.split(/[\s,]+/).filter((algorithm) => algorithm !== ''),
      at: orNull(this.at),
      leeway: Number.isSafeInteger(leeway) && leeway >= 0 ? leeway : 0,
    };
  }

  get #key(): InspectKey {
    switch (this.keyKind) {
      case 'text':
        return { kind: 'text', text: this.keyText };
      case 'url':
        return { kind: 'url', url: this.keyUrl.trim() };
      case 'connection':
        return { kind: 'connection', id: this.#chosen };
      case 'none':
        return { kind: 'none' };
    }
  }

  get #chosen(): number {
    const id = this.connection();
    if (id !== null) return id;
    const detail = { next: 'Choose a connection at the top, or another key.', causes: [] };
    const problem: Problem = { code: 'not_found', message: 'No connection is chosen, so there is no issuer whose keys could be used.', detail };
    throw problem;
  }

  clear(): void {
    this.#ticket += 1;
    this.text = '';
    this.result = null;
    this.problem = null;
    this.busy = false;
  }

  async inspect(): Promise<void> {
    const ticket = ++this.#ticket;
    this.busy = true;
    this.problem = null;
    try {
      const result = await this.context.host.inspect(this.form);
      if (ticket === this.#ticket) this.result = result;
    } catch (thrown) {
      if (ticket !== this.#ticket) return;
      this.result = null;
      this.problem = problemOf(thrown);
    } finally {
      if (ticket === this.#ticket) this.busy = false;
    }
  }
}
