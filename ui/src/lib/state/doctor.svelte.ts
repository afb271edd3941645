import type { ConnectionView } from '../bindings/ConnectionView';
import type { DoctorPlan } from '../bindings/DoctorPlan';
import type { Problem } from '../bindings/Problem';
import type { TriedWay } from '../bindings/TriedWay';
import type { WayRef } from '../bindings/WayRef';
import { problemOf } from '../host/problem';
import type { Context } from './context';
import { nextSend } from './sends';

/** Finds out how a server wants one connection's client to authenticate: a plan first, then one try after the other. */
export class Doctor {
  plan = $state<DoctorPlan | null>(null);
  tried = $state<TriedWay[]>([]);
  problem = $state<Problem | null>(null);
  busy = $state<'plan' | 'try' | 'use' | null>(null);
  /** Whether the plan was gone through, or broken off. */
  ended = $state(false);
  /** What the server accepts: the last, which may have been tried beside another. */
  readonly accepted = $derived(this.tried.findLast(({ verdict }) => verdict === 'accepted') ?? null);
  /** Whether the server did not look at the secret that it accepted. */
  readonly isPublic = $derived(this.tried.filter(({ verdict }) => verdict === 'accepted').length > 1);
  /** How the clocks differ, where that is why the server accepts nothing. */
  readonly clocks = $derived(this.tried.find(({ clocks }) => clocks !== null)?.clocks ?? null);

  #send: number | null = null;
  #ticket = 0;

  constructor(
    private readonly context: Context,
    private readonly connection: number,
  ) {}

  async makePlan(): Promise<void> {
    this.busy = 'plan';
    this.problem = null;
    this.tried = [];
    this.ended = false;
    try {
      this.plan = await this.context.host.planDoctor(this.connection);
    } catch (thrown) {
      this.problem = problemOf(thrown);
    } finally {
      this.busy = null;
    }
  }

  /** Tries until a way is accepted, the plan ends, or the person cancels. Servers count failures, so nothing is tried twice. */
  async run(): Promise<void> {
    const ticket = ++this.#ticket;
    const going = (): boolean => ticket === this.#ticket;
    this.busy = 'try';
    this.problem = null;
    this.tried = [];
    this.ended = false;
    try {
      for (const { way } of this.plan?.ways ?? []) {
        this.#send = nextSend();
        const tried = await this.context.host.tryWay(this.connection, way, this.#send);
        if (!going()) return;
        this.tried = [...this.tried, ...tried];
        if (this.accepted) break;
      }
    } catch (thrown) {
      if (going()) this.problem = problemOf(thrown);
    } finally {
      if (going()) this.#end();
    }
  }

  /** Stops at once, whatever the engine still does. */
  cancel(): void {
    this.#ticket += 1;
    if (this.#send !== null) void this.context.host.cancel(this.#send).catch(() => undefined);
    this.#end();
  }

  /** Saves the connection with a way; null if it could not be saved. */
  async use(way: WayRef): Promise<ConnectionView | null> {
    this.busy = 'use';
    this.problem = null;
    try {
      return await this.context.host.useWay(this.connection, way);
    } catch (thrown) {
      this.problem = problemOf(thrown);
      return null;
    } finally {
      this.busy = null;
    }
  }

  #end(): void {
    this.busy = null;
    this.ended = true;
    this.#send = null;
  }
}
