import type { FoundTokenView } from '../bindings/FoundTokenView';
import type { InspectForm } from '../bindings/InspectForm';
import type { InspectKey } from '../bindings/InspectKey';
import type { Inspection } from '../bindings/Inspection';
import type { Judging } from '../bindings/Judging';
import type { Problem } from '../bindings/Problem';
import type { ProvedRequest } from '../bindings/ProvedRequest';
import type { Rule } from '../bindings/Rule';
import type { Context } from './context';
import { Lens } from './lens.svelte';

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

/** What an inspection was asked of. */
interface Asked {
  text: string;
  /** The key and the request of a proof, as they were sent. */
  with: string;
}

/** Inspection of pasted text. Nothing of it is kept. */
export class Inspector {
  text = $state('');
  /** Which of several tokens in the text. */
  pick = $state(0);
  keyKind = $state<InspectKey['kind']>('none');
  keyText = $state('');
  keySecret = $state('');
  keyUrl = $state('');
  /** The request that a DPoP proof belongs to. */
  proved = $state({ method: 'GET', url: '', accessToken: '', nonce: '' });
  found = $state<FoundTokenView[]>([]);
  proof = $state<Rule[]>([]);
  busy = $state(false);

  /** What the result is the answer to. */
  asked = $state.raw<Asked | null>(null);

  readonly lens = new Lens((judging, latest) => this.#read(judging, latest));
  readonly textIsStale = $derived(this.asked !== null && this.asked.text !== this.text);
  /** Whether the result is about something else than what the fields hold now. */
  readonly stale = $derived(this.textIsStale || (this.asked !== null && this.asked.with !== this.#with));

  constructor(
    private readonly context: Context,
    private readonly connection: () => number | null,
  ) {}

  get result(): Inspection | null {
    return this.lens.judged;
  }

  get problem(): Problem | null {
    return this.lens.problem;
  }

  clear(): void {
    this.text = '';
    this.pick = 0;
    this.keySecret = '';
    this.proved = { method: 'GET', url: '', accessToken: '', nonce: '' };
    this.found = [];
    this.proof = [];
    this.asked = null;
    this.busy = false;
    this.lens.reset();
  }

  /** Reads the text. `pick` is for a person who chooses among several tokens in it. */
  async inspect(pick = 0): Promise<void> {
    this.pick = pick;
    this.busy = true;
    await this.lens.look();
    this.busy = false;
    if (this.problem) this.lens.judged = null;
  }

  /** Looks again once something was looked at. */
  again(): void {
    if (this.result || this.problem) void this.lens.look();
  }

  async #read(judging: Judging, latest: () => boolean): Promise<Inspection> {
    const asked = { text: this.text, with: this.#with };
    const read = await this.context.host.inspect(this.#form(judging));
    if (!latest()) return read.inspection;
    this.asked = asked;
    this.found = read.found;
    this.proof = read.proof;
    this.pick = read.picked;
    return read.inspection;
  }

  #form(judging: Judging): InspectForm {
    return { text: this.text, pick: this.pick, key: this.#key, judging, proved: this.#proved };
  }

  get #with(): string {
    const kept = { text: this.keyText, secret: this.keySecret, url: this.keyUrl.trim(), connection: this.connection(), none: null }[this.keyKind];
    return JSON.stringify([this.keyKind, kept, this.#proved]);
  }

  get #proved(): ProvedRequest | null {
    const { method, url, accessToken, nonce } = this.proved;
    return url.trim() === '' ? null : { method: method.trim(), url: url.trim(), access_token: orNull(accessToken), nonce: orNull(nonce) };
  }

  get #key(): InspectKey {
    switch (this.keyKind) {
      case 'text':
        return { kind: 'text', text: this.keyText };
      case 'secret':
        return { kind: 'secret', secret: this.keySecret };
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
}
