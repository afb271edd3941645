import type { GatewayView } from '../bindings/GatewayView';
import type { Problem } from '../bindings/Problem';
import type { RequestEvent } from '../bindings/RequestEvent';
import { problemOf } from '../host/problem';
import type { Context } from './context';

const KEPT = 500;
const AGAIN_AFTER_MS = 1000;
const STOPPED: GatewayView = { running: false, am: '', gateway: '', domains: [], apis: [], started_at: null };

/** The gateway on this machine and the requests that it sees. */
export class Gateway {
  view = $state<GatewayView>(STOPPED);
  busy = $state<'starting' | 'stopping' | null>(null);
  problem = $state<Problem | null>(null);
  events = $state.raw<RequestEvent[]>([]);
  filter = $state('');
  selected = $state<number | null>(null);

  readonly shown = $derived(this.events.filter((event) => matches(event, this.filter)));
  readonly chosen = $derived(this.events.find((event) => event.sequence === this.selected) ?? null);

  #watch = 0;
  #after = 0;

  constructor(
    private readonly context: Context,
    private readonly started: () => void,
  ) {}

  take(view: GatewayView): void {
    const restarted = view.running && !(this.view.running && view.started_at === this.view.started_at);
    this.view = view;
    this.#watch += 1;
    if (restarted) {
      this.#after = 0;
      this.clear();
    }
    if (view.running) void this.#follow(this.#watch);
  }

  clear(): void {
    this.events = [];
    this.selected = null;
  }

  async start(freePorts = false): Promise<void> {
    if (this.busy !== null) return;
    await this.#switch('starting', () => this.context.host.startGateway(freePorts));
    if (this.view.running) this.started();
  }

  stop(): Promise<void> {
    return this.#switch('stopping', () => this.context.host.stopGateway());
  }

  async #switch(busy: 'starting' | 'stopping', work: () => Promise<GatewayView>): Promise<void> {
    this.busy = busy;
    this.problem = null;
    try {
      this.take(await work());
    } catch (thrown) {
      this.problem = problemOf(thrown);
    } finally {
      this.busy = null;
    }
  }

  /** Asks for requests again and again; each question waits in the engine until there is an answer. */
  async #follow(watch: number): Promise<void> {
    while (watch === this.#watch) {
      try {
        const { last, requests } = await this.context.host.gatewayEvents(this.#after);
        if (watch !== this.#watch) return;
        this.#after = last;
        if (requests.length > 0) this.events = [...requests.toReversed(), ...this.events].slice(0, KEPT);
        else await pause(50);
      } catch {
        await pause(AGAIN_AFTER_MS);
      }
    }
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Every word of the filter stands somewhere in the line. */
function matches(event: RequestEvent, filter: string): boolean {
  const line = `${event.listener} ${event.method} ${event.path} ${event.status} ${event.error_key ?? ''}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => line.includes(word));
}
