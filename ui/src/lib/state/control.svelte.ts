import type { FaultScope } from '../bindings/FaultScope';
import type { GatewayControl } from '../bindings/GatewayControl';
import type { Problem } from '../bindings/Problem';
import type { Switchable } from '../bindings/Switchable';
import { problemOf } from '../host/problem';
import type { Context } from './context';

/** Live control of the gateway on this machine: what is switched, and switching it. */
export class Control {
  /** Null while the gateway is stopped. */
  now = $state.raw<GatewayControl | null>(null);
  switches = $state.raw<Switchable | null>(null);
  busy = $state(false);
  problem = $state<Problem | null>(null);

  /** The APIs that let in whom they should not. */
  readonly weak = $derived((this.now?.apis ?? []).filter(({ weaknesses }) => weaknesses.length > 0));
  /** Whether anything goes wrong on purpose. */
  readonly faulty = $derived(everybody(this.now).some(({ always, next }) => always.length > 0 || next !== null));
  readonly counts = $derived(everybody(this.now).some(({ next }) => next !== null));
  readonly clockIsMoved = $derived(this.now !== null && (this.now.clock.frozen || this.now.clock.offset_seconds !== 0));

  constructor(private readonly context: Context) {}

  async refresh(): Promise<void> {
    try {
      this.switches ??= await this.context.host.gatewaySwitches();
      this.now = await this.context.host.gatewayControl();
    } catch (thrown) {
      this.problem = problemOf(thrown);
    }
  }

  setWeaknesses = (api: string, names: string[]): Promise<boolean> => this.#act(() => this.context.host.setWeaknesses(api, names));

  setBehaviour = (api: string, behaviour: string): Promise<boolean> => this.#act(() => this.context.host.setBehaviour(api, behaviour));

  setFaults = (scope: FaultScope, names: string[]): Promise<boolean> => this.#act(() => this.context.host.setFaults(scope, names));

  setNextFaults = (scope: FaultScope, count: number, names: string[]): Promise<boolean> => this.#act(() => this.context.host.setNextFaults(scope, count, names));

  rotateKey = (domain: string): Promise<boolean> => this.#act(() => this.context.host.rotateKey(domain));

  withdrawKeys = (domain: string): Promise<boolean> => this.#act(() => this.context.host.withdrawKeys(domain));

  shiftClock = (seconds: number): Promise<boolean> => this.#act(() => this.context.host.shiftClock(seconds));

  freezeClock = (on: boolean): Promise<boolean> => this.#act(() => this.context.host.freezeClock(on));

  resetClock = (): Promise<boolean> => this.#act(() => this.context.host.resetClock());

  async #act(work: () => Promise<GatewayControl>): Promise<boolean> {
    this.busy = true;
    this.problem = null;
    try {
      this.now = await work();
      return true;
    } catch (thrown) {
      this.problem = problemOf(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** The faults of everybody who can have some. */
function everybody(now: GatewayControl | null) {
  const domains = now?.domains ?? [];
  return [...domains.flatMap((domain) => [domain.faults, ...domain.clients.map(({ faults }) => faults)]), ...(now?.apis ?? []).map(({ faults }) => faults)];
}
