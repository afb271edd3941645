import type { DiffSide } from '../bindings/DiffSide';
import type { Problem } from '../bindings/Problem';
import type { TokenDiff } from '../bindings/TokenDiff';
import { problemOf } from '../host/problem';
import type { Context } from './context';

/** The token beside the one that is looked at. */
export class Diff {
  /** `none`, `paste`, or `kept-` and the number of a kept token. */
  with = $state('none');
  text = $state('');
  result = $state<TokenDiff | null>(null);
  problem = $state<Problem | null>(null);

  #ticket = 0;

  constructor(private readonly context: Context) {}

  get #right(): DiffSide | null {
    if (this.with === 'paste') return this.text.trim() === '' ? null : { kind: 'text', text: this.text, pick: 0 };
    return this.with.startsWith('kept-') ? { kind: 'kept', number: Number(this.with.slice('kept-'.length)) } : null;
  }

  clear(): void {
    this.#ticket += 1;
    this.with = 'none';
    this.text = '';
    this.result = null;
    this.problem = null;
  }

  async compare(left: DiffSide): Promise<void> {
    const ticket = ++this.#ticket;
    const right = this.#right;
    if (!right) {
      this.result = null;
      this.problem = null;
      return;
    }
    try {
      const result = await this.context.host.diffTokens(left, right);
      if (ticket !== this.#ticket) return;
      this.result = result;
      this.problem = null;
    } catch (thrown) {
      if (ticket !== this.#ticket) return;
      this.result = null;
      this.problem = problemOf(thrown);
    }
  }
}
