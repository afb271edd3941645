import type { Inspection } from '../bindings/Inspection';
import type { Judging } from '../bindings/Judging';
import type { Problem } from '../bindings/Problem';
import type { AcceptanceRules } from '../bindings/AcceptanceRules';
import { problemOf } from '../host/problem';
import { momentOf } from '../text/life';
import { NO_RULES, rulesOf, textOf, type RulesText } from '../text/rules';

/**
 * What a token is looked at through: a moment other than now, and rules. Moving it asks the engine again; only the answer
 * to the latest question is shown.
 */
export class Lens {
  /** Seconds since the epoch; null for now, which goes on. */
  at = $state<number | null>(null);
  /** The moment as it was typed, while it is no number yet. */
  typed = $state<string | null>(null);
  text = $state<RulesText>(textOf(NO_RULES));
  judged = $state<Inspection | null>(null);
  problem = $state<Problem | null>(null);

  /** The rules to go back to. */
  #given = $state.raw<AcceptanceRules>(NO_RULES);
  readonly rules = $derived(rulesOf(this.text));
  readonly changed = $derived(JSON.stringify(this.rules) !== JSON.stringify(this.#given));
  /** Whether the plain view is not what is asked for. */
  readonly moved = $derived(this.at !== null || this.typed !== null || this.changed);

  #ticket = 0;

  /** `latest` tells whether the answer is still asked for. */
  constructor(private readonly judge: (judging: Judging, latest: () => boolean) => Promise<Inspection>) {}

  get judging(): Judging {
    return { at: this.typed ?? (this.at === null ? null : new Date(this.at * 1000).toISOString()), rules: this.rules };
  }

  /** Takes rules over as the ones to go back to; what is typed differently stays. */
  give(rules: AcceptanceRules, keep = false): void {
    const changed = this.changed;
    this.#given = rules;
    if (!keep || !changed) this.text = textOf(rules);
  }

  /** Back to now and to the rules given. */
  reset(rules: AcceptanceRules = this.#given): void {
    this.#ticket += 1;
    this.at = null;
    this.typed = null;
    this.judged = null;
    this.problem = null;
    this.give(rules);
  }

  moveTo(at: number | null): Promise<void> {
    this.at = at;
    this.typed = null;
    return this.look();
  }

  /** What cannot be read as a moment goes to the engine as it is, which says what is wrong with it. */
  type(text: string): Promise<void> {
    const typed = text.trim();
    this.at = momentOf(typed);
    this.typed = typed === '' || this.at !== null ? null : typed;
    return this.look();
  }

  async look(): Promise<void> {
    const ticket = ++this.#ticket;
    const latest = (): boolean => ticket === this.#ticket;
    try {
      const judged = await this.judge(this.judging, latest);
      if (!latest()) return;
      this.judged = judged;
      this.problem = null;
    } catch (thrown) {
      if (latest()) this.problem = problemOf(thrown);
    }
  }
}
