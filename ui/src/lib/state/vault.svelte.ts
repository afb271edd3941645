import type { Problem } from '../bindings/Problem';
import type { StoragePlace } from '../bindings/StoragePlace';
import type { VaultView } from '../bindings/VaultView';
import { problemOf } from '../host/problem';
import type { Context } from './context';

/** The keyring's state and the ways out of a bad one. */
export class Vault {
  view = $state<VaultView>({ state: 'ready', message: '', next: '', memory_only: false });
  places = $state<StoragePlace[]>([]);
  busy = $state(false);
  problem = $state<Problem | null>(null);
  readonly ready = $derived(this.view.state === 'ready');

  constructor(private readonly context: Context) {}

  unlock(): Promise<void> {
    return this.#change(() => this.context.host.unlockKeyring());
  }

  retry(): Promise<void> {
    return this.#change(() => this.context.host.retryKeyring());
  }

  memoryOnly(on: boolean): Promise<void> {
    return this.#change(() => this.context.host.useMemoryOnly(on));
  }

  async loadPlaces(): Promise<void> {
    try {
      this.places = await this.context.host.storage();
    } catch (thrown) {
      this.problem = problemOf(thrown);
    }
  }

  async #change(work: () => Promise<VaultView>): Promise<void> {
    this.busy = true;
    this.problem = null;
    try {
      this.view = await work();
    } catch (thrown) {
      this.problem = problemOf(thrown);
    } finally {
      this.busy = false;
    }
  }
}
