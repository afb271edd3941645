import type { DefinitionPreview } from '../bindings/DefinitionPreview';
import type { ExportForm } from '../bindings/ExportForm';
import type { Problem } from '../bindings/Problem';
import type { ServedApi } from '../bindings/ServedApi';
import { problemOf } from '../host/problem';
import { headlineOf } from '../text/problem';
import type { Context } from './context';

/** Longer texts are no definition; the engine would refuse them too. */
const LARGEST = 8 * 1024 * 1024;

/** The APIs of the gateway on this machine: listed, imported, exported, removed. */
export class Apis {
  list = $state.raw<ServedApi[]>([]);
  problem = $state<Problem | null>(null);

  /** The import dialog: what was put in, and what the engine says of it. */
  importing = $state(false);
  text = $state('');
  name = $state('');
  preview = $state.raw<DefinitionPreview | null>(null);
  previewProblem = $state<Problem | null>(null);
  busy = $state(false);

  /** The export dialog. */
  exporting = $state.raw<ServedApi | null>(null);
  form = $state<ExportForm>('own');
  exported = $state<string | null>(null);
  exportProblem = $state<Problem | null>(null);

  #look = 0;

  constructor(
    private readonly context: Context,
    /** What the gateway serves has changed. */
    private readonly changed: () => Promise<void>,
  ) {}

  async load(): Promise<void> {
    try {
      this.list = await this.context.host.apis();
      this.problem = null;
    } catch (thrown) {
      this.problem = problemOf(thrown);
    }
  }

  openImport(): void {
    this.text = '';
    this.name = '';
    this.preview = null;
    this.previewProblem = null;
    this.importing = true;
  }

  async takeFile(file: File): Promise<void> {
    if (!this.importing) this.openImport();
    if (file.size > LARGEST) {
      this.previewProblem = { code: 'invalid', message: `${file.name} is larger than 8 MiB: that is no API definition.`, detail: { causes: [] } };
      return;
    }
    this.text = await file.text();
    await this.look();
  }

  /** Asks what importing the text would do. Only the answer to the last question counts. */
  async look(): Promise<void> {
    const look = ++this.#look;
    this.preview = null;
    this.previewProblem = null;
    if (this.text.trim() === '') return;
    try {
      const preview = await this.context.host.previewDefinition(this.text);
      if (look !== this.#look) return;
      this.preview = preview;
      this.name = preview.report.name;
    } catch (thrown) {
      if (look === this.#look) this.previewProblem = problemOf(thrown);
    }
  }

  async add(): Promise<void> {
    this.busy = true;
    this.previewProblem = null;
    try {
      const imported = await this.context.host.importDefinition(this.text, this.name);
      if (!imported.stored) return await this.look();
      this.importing = false;
      this.text = '';
      this.context.toasts.say(`${imported.replaced ? 'Replaced' : 'Imported'} ${imported.name}`);
    } catch (thrown) {
      this.previewProblem = problemOf(thrown);
    } finally {
      this.busy = false;
      await this.#refresh();
    }
  }

  async remove(api: ServedApi): Promise<void> {
    const { id, name } = api;
    if (id === null) return;
    await this.#act(async () => {
      await this.context.host.removeDefinition(id);
      this.context.toasts.say(`Removed ${name}`, 'quiet', { label: 'Undo', run: () => void this.undo(id) });
    });
  }

  undo(id: number): Promise<void> {
    return this.#act(async () => {
      if (!(await this.context.host.undoRemoveDefinition(id))) this.context.toasts.say('It cannot come back: the program was restarted meanwhile.', 'warn');
    });
  }

  subscribe(api: ServedApi, plan: string, client: string, on: boolean): Promise<void> {
    return this.#act(async () => {
      if (api.id !== null) await this.context.host.subscribe(api.id, plan, client, on);
    });
  }

  openExport(api: ServedApi): void {
    this.form = 'own';
    this.exporting = api;
    void this.showExport();
  }

  async showExport(): Promise<void> {
    const api = this.exporting;
    const { form } = this;
    if (!api) return;
    this.exported = null;
    this.exportProblem = null;
    try {
      const { text } = await this.context.host.exportDefinition(api.id, form);
      if (api === this.exporting && form === this.form) this.exported = text;
    } catch (thrown) {
      this.exportProblem = problemOf(thrown);
    }
  }

  async save(): Promise<void> {
    if (!this.exporting) return;
    try {
      this.context.toasts.say(`Saved ${await this.context.host.saveDefinition(this.exporting.id, this.form)}`);
      this.exporting = null;
    } catch (thrown) {
      this.exportProblem = problemOf(thrown);
    }
  }

  async #act(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const problem = problemOf(thrown);
      this.context.toasts.say(`${headlineOf(problem)}: ${problem.message}`, 'bad');
    }
    await this.#refresh();
  }

  async #refresh(): Promise<void> {
    await this.load();
    await this.changed();
  }
}
