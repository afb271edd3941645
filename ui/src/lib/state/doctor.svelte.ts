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
  readonly #taken = $derived(this.tried.filter(({ verdict }) => verdict === 'accepted'));
  /** The last way that the server accepts, unless it brings less than the one before. */
  readonly accepted = $derived(this.busy === 'try' ? null : (this.#taken.findLast(({ has_token }) => has_token || !this.#taken[0]?.has_token) ?? null));
  /** Whether the server did not look at the secret that it accepted. */
  readonly isPublic = $derived(this.#taken.length > 1 && this.accepted?.way.method === 'none');
  /** How the clocks differ, where that is why the server accepts nothing. */
  readonly clocks = $derived(this.tried.find(({ clocks }) => clocks !== null)?.clocks ?? null);
  /** What is being asked. */
  trying = $state<WayRef | null>(null);

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
      const ways = this.plan?.ways.map(({ way }) => way) ?? [];
      for (const [at, way] of ways.entries()) {
        const tried = await this.#try(way);
        if (!going()) return;
        this.tried = [...this.tried, tried];
        if (tried.verdict !== 'accepted') continue;
        await this.#leaveSecretOut(tried, ways.slice(at + 1), going);
        break;
      }
    } catch (thrown) {
      if (going()) this.problem = problemOf(thrown);
    } finally {
      if (going()) this.#end();
    }
  }

  #try(way: WayRef): Promise<TriedWay> {
    this.trying = way;
    this.#send = nextSend();
    return this.context.host.tryWay(this.connection, way, this.#send);
  }

  /** Servers do not look at a secret in the body of a public client: asks once more without. What was found stands if that fails. */
  async #leaveSecretOut(found: TriedWay, left: WayRef[], going: () => boolean): Promise<void> {
    const bare = left.find(({ method }) => method === 'none');
    if (found.way.method !== 'client_secret_post' || !bare) return;
    const tried = await this.#try(bare).catch(() => null);
    if (tried && going()) this.tried = [...this.tried, tried];
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
    this.trying = null;
    this.#send = null;
  }
}
