import type { HistoryEntry } from '../bindings/HistoryEntry';
import type { Problem } from '../bindings/Problem';
import { problemOf } from '../host/problem';
import type { Context } from './context';

const LIMIT = 200;
const SEARCH_AFTER_MS = 120;

/** What was sent before, newest first, narrowed by a search. */
export class History {
  query = $state('');
  entries = $state<HistoryEntry[]>([]);
  loaded = $state(false);
  problem = $state<Problem | null>(null);

  #ticket = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly context: Context) {}

  search(query: string): void {
    this.query = query;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), SEARCH_AFTER_MS);
  }

  async load(): Promise<void> {
    const ticket = ++this.#ticket;
    try {
      const entries = await this.context.host.history(this.query, LIMIT);
      if (ticket !== this.#ticket) return;
      this.entries = entries;
      this.problem = null;
    } catch (thrown) {
      if (ticket === this.#ticket) this.problem = problemOf(thrown);
    } finally {
      if (ticket === this.#ticket) this.loaded = true;
    }
  }

  async clear(): Promise<void> {
    await this.context.host.clearHistory();
    await this.load();
  }
}
