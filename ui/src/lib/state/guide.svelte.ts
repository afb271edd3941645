import type { CallView } from '../bindings/CallView';
import type { ConnectionView } from '../bindings/ConnectionView';
import type { Problem } from '../bindings/Problem';
import { problemOf } from '../host/problem';
import type { Context } from './context';
import { nextSend } from './sends';

/** The steps after *Try it on this machine*: refused, a token, accepted. */
export type GuideStep = 'refused' | 'token' | 'accepted';
export const GUIDE_STEPS: GuideStep[] = ['refused', 'token', 'accepted'];

export class Guide {
  connection = $state<ConnectionView | null>(null);
  done = $state<GuideStep[]>([]);
  open = $state<GuideStep>('refused');
  refused = $state<CallView | null>(null);
  accepted = $state<CallView | null>(null);
  busy = $state(false);
  problem = $state<Problem | null>(null);

  readonly next = $derived(GUIDE_STEPS.find((step) => !this.done.includes(step)) ?? null);

  constructor(
    private readonly context: Context,
    private readonly getToken: (connection: number) => Promise<boolean>,
    private readonly sent: (connection: number | null, withToken: boolean) => void,
  ) {}

  begin(connection: ConnectionView): void {
    this.connection = connection;
    this.done = [];
    this.open = 'refused';
    this.refused = null;
    this.accepted = null;
    this.problem = null;
  }

  /** The connection as it is now: its gateway may have moved to other ports. */
  take(connection: ConnectionView | null): void {
    if (connection && connection.id === this.connection?.id) this.connection = connection;
  }

  end(): void {
    this.connection = null;
  }

  async sendWithout(): Promise<void> {
    await this.#step('refused', async (connection) => {
      this.refused = await this.#call(connection, false);
      return true;
    });
  }

  async fetchToken(): Promise<void> {
    await this.#step('token', (connection) => this.getToken(connection.id));
  }

  async send(): Promise<void> {
    await this.#step('accepted', async (connection) => {
      this.accepted = await this.#call(connection, true);
      return true;
    });
  }

  #call(connection: ConnectionView, withToken: boolean): Promise<CallView> {
    const request = { send: nextSend(), connection: connection.id, with_token: withToken, method: 'GET', url: connection.api_url ?? '', headers: [], body: '', follow_redirects: false };
    return this.context.host.send(request).finally(() => this.sent(connection.id, withToken));
  }

  async #step(step: GuideStep, work: (connection: ConnectionView) => Promise<boolean>): Promise<void> {
    const connection = this.connection;
    if (!connection || this.busy) return;
    this.busy = true;
    this.problem = null;
    try {
      const done = await work(connection);
      if (!done || this.connection?.id !== connection.id) return;
      if (!this.done.includes(step)) this.done.push(step);
      this.open = step;
    } catch (thrown) {
      if (this.connection?.id === connection.id) this.problem = problemOf(thrown);
    } finally {
      this.busy = false;
    }
  }
}
