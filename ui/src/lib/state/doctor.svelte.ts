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
  readonly accepted = $derived(this.tried.find(({ verdict }) => verdict === 'accepted') ?? null);

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
        this.tried = [...this.tried, tried];
        if (tried.verdict === 'accepted') break;
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
