import type { JwksView } from '../bindings/JwksView';
import type { Problem } from '../bindings/Problem';
import { problemOf } from '../host/problem';
import type { Context } from './context';

/** The key set of one connection's issuer, as the window looks at it. */
export class IssuerKeys {
  view = $state<JwksView | null>(null);
  problem = $state<Problem | null>(null);
  busy = $state(false);
  /** The engine's clock minus ours, in seconds. */
  #ahead = 0;
  #ticket = 0;

  constructor(private readonly context: Context) {}

  get now(): number {
    return this.context.clock.now + this.#ahead;
  }

  async load(connection: number, anew: boolean): Promise<void> {
    const ticket = ++this.#ticket;
    this.busy = true;
    try {
      const view = await this.context.host.issuerJwks(connection, anew);
      if (ticket !== this.#ticket) return;
      this.#ahead = view.now - Math.floor(Date.now() / 1000);
      this.view = view;
      this.problem = null;
    } catch (thrown) {
      if (ticket === this.#ticket) this.problem = problemOf(thrown);
    } finally {
      if (ticket === this.#ticket) this.busy = false;
    }
  }
}
