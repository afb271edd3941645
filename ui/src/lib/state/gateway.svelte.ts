import type { GatewayView } from '../bindings/GatewayView';
import type { Listener } from '../bindings/Listener';
import type { Problem } from '../bindings/Problem';
import type { RequestEvent } from '../bindings/RequestEvent';
import { problemOf } from '../host/problem';
import type { Context } from './context';
import { Control } from './control.svelte';

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
  /** Empty: both listeners. */
  listener = $state<'' | Listener>('');
  /** First digit of the status; empty: all. */
  status = $state<'' | '2' | '3' | '4' | '5'>('');
  /** URL of an API; empty: all. */
  api = $state('');
  selected = $state<number | null>(null);
  /** While it is paused, what comes in waits here. */
  paused = $state(false);
  held = $state.raw<RequestEvent[]>([]);

  readonly control: Control;
  readonly shown = $derived(this.events.filter((event) => this.#fits(event) && matches(event, this.filter)));
  readonly filtered = $derived(this.filter !== '' || this.listener !== '' || this.status !== '' || this.api !== '');
  readonly chosen = $derived(this.events.find((event) => event.sequence === this.selected) ?? null);

  #watch = 0;
  #after = 0;

  constructor(
    private readonly context: Context,
    private readonly started: () => void,
  ) {
    this.control = new Control(context);
  }

  take(view: GatewayView): void {
    const restarted = view.running && !(this.view.running && view.started_at === this.view.started_at);
    this.view = view;
    this.#watch += 1;
    if (restarted) {
      this.#after = 0;
      this.clear();
    }
    if (view.running) void this.#follow(this.#watch);
    if (view.running || this.control.now !== null) void this.control.refresh();
  }

  clear(): void {
    this.events = [];
    this.held = [];
    this.selected = null;
  }

  pause(on: boolean): void {
    this.paused = on;
    if (!on) this.#show(this.held);
    this.held = [];
  }

  showAll(): void {
    this.filter = '';
    this.listener = '';
    this.status = '';
    this.api = '';
  }

  #fits(event: RequestEvent): boolean {
    const ofApi = this.api === '' || (event.listener === 'gateway' && isBelow(event.path, new URL(this.api).pathname));
    return ofApi && (this.listener === '' || event.listener === this.listener) && (this.status === '' || String(event.status).startsWith(this.status));
  }

  #show(newest: RequestEvent[]): void {
    this.events = [...newest, ...this.events].slice(0, KEPT);
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
        if (requests.length === 0) await pause(50);
        else if (this.paused) this.held = [...requests.toReversed(), ...this.held].slice(0, KEPT);
        else this.#show(requests.toReversed());
        // Faults for the next requests are counted down by requests.
        if (requests.length > 0 && this.control.counts) void this.control.refresh();
      } catch {
        await pause(AGAIN_AFTER_MS);
      }
    }
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Every word of the filter stands somewhere in the line. */
function matches(event: RequestEvent, filter: string): boolean {
  const line = `${event.listener} ${event.method} ${event.path} ${event.status} ${event.error_key ?? ''} ${event.answer?.challenge ?? ''} ${event.answer?.content ?? ''}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => line.includes(word));
}

/** Whether a path is an API's context path or below it. */
const isBelow = (path: string, context: string): boolean => context === '/' || path === context || path.startsWith(`${context.replace(/\/$/, '')}/`);
