import type { ConnectionView } from '../bindings/ConnectionView';
import type { Context } from './context';

// A language is named, since the C locale would put capitals before everything else.
const collator = new Intl.Collator('en', { sensitivity: 'base', numeric: true });
const byName = (one: ConnectionView, other: ConnectionView): number => collator.compare(one.name, other.name);

/** The saved connections and which of them is current. */
export class Connections {
  list = $state<ConnectionView[]>([]);
  currentId = $state<number | null>(null);
  readonly current = $derived(this.list.find((connection) => connection.id === this.currentId) ?? null);

  #choices = 0;

  constructor(private readonly context: Context) {}

  /** Changes whenever a connection is chosen: what was asked for before that tells an older current one. */
  get choices(): number {
    return this.#choices;
  }

  fill(list: ConnectionView[], current: number | null): void {
    this.list = [...list].sort(byName);
    this.currentId = current;
  }

  /** Takes over a saved connection, in the place of an older state of it. */
  put(connection: ConnectionView): void {
    this.list = [...this.list.filter((one) => one.id !== connection.id), connection].sort(byName);
  }

  find(id: number | null): ConnectionView | null {
    return this.list.find((connection) => connection.id === id) ?? null;
  }

  async select(id: number): Promise<void> {
    const previous = this.currentId;
    this.currentId = id;
    this.#choices += 1;
    try {
      await this.context.host.selectConnection(id);
    } catch (thrown) {
      if (this.currentId === id) this.currentId = previous;
      throw thrown;
    }
  }

  /** Deletes a connection. Which one is current then is for the engine to say. */
  async remove(connection: ConnectionView): Promise<void> {
    await this.context.host.deleteConnection(connection.id);
    this.list = this.list.filter((one) => one.id !== connection.id);
    if (this.currentId === connection.id) this.currentId = null;
  }
}
