import type { Host } from '../host/host';
import type { Clock } from './clock.svelte';
import type { Toasts } from './toasts.svelte';

/** What every area of the state needs. */
export interface Context {
  host: Host;
  clock: Clock;
  toasts: Toasts;
}
