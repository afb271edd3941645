import type { ConnectionView } from '../bindings/ConnectionView';
import type { InspectKey } from '../bindings/InspectKey';
import type { Language } from '../bindings/Language';
import type { Problem } from '../bindings/Problem';
import type { Host } from '../host/host';
import { problemOf } from '../host/problem';
import { copyText } from '../text/clipboard';
import { LANGUAGES } from '../text/languages';
import { headlineOf } from '../text/problem';
import { Apis } from './apis.svelte';
import { Clock } from './clock.svelte';
import { Connections } from './connections.svelte';
import type { Context } from './context';
import { Draft } from './draft.svelte';
import { Gateway } from './gateway.svelte';
import { Guide } from './guide.svelte';
import { History } from './history.svelte';
import { Inspector } from './inspector.svelte';
import { KeptTokens } from './kept.svelte';
import { Requests } from './request.svelte';
import { Toasts } from './toasts.svelte';
import { Tokens } from './tokens.svelte';
import { Vault } from './vault.svelte';

export type ViewName = 'connections' | 'token' | 'request' | 'gateway' | 'settings';
export type TokenPage = 'held' | 'kept' | 'paste';
/** What the work area of the connections view shows. */
export type ConnectionsPage = 'doors' | 'form' | 'guide';

/** The whole state of the window: the areas, and what touches more than one of them. */
export class Desk {
  readonly clock = new Clock();
  readonly toasts = new Toasts();
  readonly context: Context;
  readonly connections: Connections;
  readonly draft: Draft;
  readonly tokens: Tokens;
  readonly kept: KeptTokens;
  readonly inspector: Inspector;
  readonly request: Requests;
  readonly history: History;
  readonly gateway: Gateway;
  readonly apis: Apis;
  readonly vault: Vault;
  readonly guide: Guide;

  version = $state('');
  notices = $state<string[]>([]);
  loaded = $state(false);
  problem = $state<Problem | null>(null);
  view = $state<ViewName>('connections');
  page = $state<ConnectionsPage>('doors');
  tokenPage = $state<TokenPage>('held');
  paletteOpen = $state(false);
  sheetOpen = $state(false);
  /** Values are covered, for a screenshot. Never remembered: who comes back wants to read. */
  valuesHidden = $state(false);
  trying = $state(false);
  /** What to do once the person agrees to lose what was typed into the form. */
  leaving = $state<(() => void) | null>(null);

  constructor(readonly host: Host) {
    this.context = { host, clock: this.clock, toasts: this.toasts };
    const sent = (connection: number | null, withToken: boolean): void => void this.#afterSend(connection, withToken);
    this.connections = new Connections(this.context);
    this.draft = new Draft(this.context);
    this.tokens = new Tokens(this.context, (connection) => this.#showToken(connection));
    this.kept = new KeptTokens(this.context, (connections) => connections.forEach((id) => void this.tokens.refresh(id)));
    this.inspector = new Inspector(this.context, () => this.connections.currentId);
    this.request = new Requests(this.context, sent);
    this.history = new History(this.context);
    this.gateway = new Gateway(this.context, () => void this.#gatewayStarted());
    this.apis = new Apis(this.context, async () => this.gateway.take((await host.overview()).gateway));
    this.vault = new Vault(this.context);
    this.guide = new Guide(this.context, (connection) => this.tokens.get(connection), sent);
  }

  async load(): Promise<void> {
    this.problem = null;
    try {
      const overview = await this.host.overview();
      this.version = overview.version;
      this.notices = overview.notices;
      this.vault.view = overview.vault;
      this.connections.fill(overview.connections, overview.current);
      this.gateway.take(overview.gateway);
      if (overview.current !== null) this.tokens.takeLife(overview.current, overview.token);
      this.#arrive();
      this.loaded = true;
    } catch (thrown) {
      this.problem = problemOf(thrown);
    }
  }

  #arrive(): void {
    const { current } = this.connections;
    this.page = current ? 'form' : 'doors';
    this.draft.open(current, this.vault.view.memory_only);
    if (!current) return;
    this.request.url = current.api_url ?? '';
    void this.tokens.refresh(current.id);
  }

  /** Goes to a view. Typed text that is not saved stays in the form, so nothing is lost by looking elsewhere. */
  go(view: ViewName): void {
    this.view = view;
    if (view === 'settings') void this.vault.loadPlaces();
    if (view === 'request' && !this.history.loaded) void this.history.load();
  }

  /** Runs what would empty the form, after asking if something is unsaved. */
  leaveForm(then: () => void): void {
    if (this.page === 'form' && this.draft.dirty) this.leaving = then;
    else then();
  }

  newConnection(): void {
    this.leaveForm(() => {
      this.draft.open(null, this.vault.view.memory_only);
      this.page = 'form';
      this.go('connections');
    });
  }

  edit(connection: ConnectionView): void {
    if (this.page === 'form' && this.draft.editing?.id === connection.id) return this.go('connections');
    this.leaveForm(() => {
      this.draft.open(connection);
      this.page = 'form';
      this.go('connections');
    });
  }

  /** Makes a connection the current one. */
  async select(id: number): Promise<void> {
    const connection = this.connections.find(id);
    if (!connection) return;
    const previous = this.connections.current;
    try {
      await this.connections.select(id);
    } catch (thrown) {
      return this.toasts.say(problemOf(thrown).message, 'bad');
    }
    if (this.connections.currentId === id) await this.#follow(previous);
  }

  /** The request follows the connection as long as its URL was not written by hand. */
  #followUrl(previous: ConnectionView | null, connection: ConnectionView): void {
    if (this.request.url === '' || this.request.url === previous?.api_url) this.request.url = connection.api_url ?? '';
  }

  async save(): Promise<boolean> {
    const previous = this.connections.current;
    const saved = await this.draft.save();
    if (!saved) {
      await this.#lookAround();
      return false;
    }
    this.connections.put(saved);
    this.tokens.drop(saved.id);
    this.toasts.say(`Saved ${saved.name}`);
    await this.#lookAround();
    await this.#follow(previous);
    return true;
  }

  /** A connection was saved by another way than its form. What is typed into the form and not saved stays there. */
  async takeOver(saved: ConnectionView): Promise<void> {
    this.connections.put(saved);
    this.tokens.drop(saved.id);
    if (this.draft.editing?.id === saved.id && !this.draft.dirty) this.draft.open(saved);
    await this.#lookAround();
  }

  /** Something in the engine changed beside what was asked for: the keyring, or which connection is current. */
  async #lookAround(): Promise<void> {
    const { choices } = this.connections;
    const overview = await this.host.overview().catch(() => null);
    if (!overview) return;
    this.vault.view = overview.vault;
    if (choices === this.connections.choices) this.connections.fill(overview.connections, overview.current);
  }

  /** A gateway on new ports has a changed connection. */
  async #gatewayStarted(): Promise<void> {
    const previous = this.connections.current;
    await this.#lookAround();
    if (this.draft.editing && !this.draft.dirty) this.draft.open(this.connections.find(this.draft.editing.id));
    this.guide.take(this.connections.find(this.guide.connection?.id ?? null));
    await this.#follow(previous);
  }

  /** After a change of the current connection, or in it. */
  async #follow(previous: ConnectionView | null): Promise<void> {
    const { current } = this.connections;
    if (!current) return;
    this.#followUrl(previous, current);
    await this.tokens.refresh(current.id);
  }

  /** Goes on without a keyring: what is being typed is then kept in memory too. */
  async goOnInMemory(): Promise<void> {
    await this.vault.memoryOnly(true);
    if (this.vault.view.memory_only && !this.draft.editing) this.draft.fields.keeping = 'memory';
  }

  async remove(connection: ConnectionView): Promise<void> {
    const previous = this.connections.current;
    const { id, name } = connection;
    try {
      await this.connections.remove(connection);
    } catch (thrown) {
      return this.toasts.say(problemOf(thrown).message, 'bad');
    }
    this.tokens.drop(id);
    this.#showAfterRemoval(id);
    this.toasts.say(`Deleted ${name}`, 'quiet', { label: 'Undo', run: () => void this.undoRemoval(id) });
    await this.#lookAround();
    await this.#follow(previous);
  }

  #showAfterRemoval(id: number): void {
    const guided = this.guide.connection?.id === id;
    if (guided) this.guide.end();
    if (this.draft.editing?.id === id) this.draft.open(null, this.vault.view.memory_only);
    else if (!(guided && this.page === 'guide')) return;
    this.page = 'doors';
  }

  /** Brings a deleted connection back, and makes it the current one. */
  async undoRemoval(id: number): Promise<void> {
    try {
      const restored = await this.host.undoDelete(id);
      if (!restored) return this.toasts.say('It cannot be brought back.', 'warn');
      this.connections.put(restored);
      await this.select(restored.id);
      this.edit(restored);
    } catch (thrown) {
      this.toasts.say(problemOf(thrown).message, 'bad');
    }
  }

  /** The second door: a gateway on this machine, a connection to it, and the guide through them. */
  tryIt(freePorts = false): void {
    this.leaveForm(() => void this.beginGuide(freePorts));
  }

  async beginGuide(freePorts = false): Promise<void> {
    this.trying = true;
    this.problem = null;
    try {
      const connection = await this.host.tryIt(freePorts);
      const overview = await this.host.overview();
      this.gateway.take(overview.gateway);
      this.vault.view = overview.vault;
      this.connections.fill(overview.connections, connection.id);
      this.tokens.drop(connection.id);
      this.draft.open(connection);
      this.request.clear(connection.api_url ?? '');
      this.guide.begin(connection);
      this.page = 'guide';
      this.go('connections');
    } catch (thrown) {
      this.problem = problemOf(thrown);
      this.page = 'doors';
      this.go('connections');
    } finally {
      this.trying = false;
    }
  }

  /** Gets a token for the current connection and shows what came of it. */
  async getToken(fresh = false): Promise<void> {
    const id = this.connections.currentId;
    if (id === null) return;
    this.tokenPage = 'held';
    this.go('token');
    await this.tokens.get(id, fresh);
  }

  /** Renews the token from wherever the person is; a failure is told there. */
  async renew(): Promise<void> {
    const id = this.connections.currentId;
    if (id === null || (await this.tokens.get(id, true)) || this.view === 'token') return;
    const { problem } = this.tokens.of(id);
    if (!problem) return;
    if (problem.code === 'input_needed') return this.#showToken(id);
    const what = problem.detail.oauth_error ?? headlineOf(problem);
    this.toasts.say(`No new token: ${what}`, 'bad', { label: 'Show', run: () => this.go('token') });
  }

  /** Something is to be done for the token of a connection: where that is shown. */
  #showToken(connection: number): void {
    if (connection !== this.connections.currentId || this.page === 'guide') return;
    this.tokenPage = 'held';
    this.go('token');
  }

  send(withToken: boolean): void {
    this.go('request');
    if (this.request.url.trim() === '') return;
    void this.request.send(this.connections.currentId, withToken);
  }

  /** Copies the request as code. The token is not in it: the code asks the command line for one. */
  copyRequest(language: Language): Promise<void> {
    return this.#copyCode(() => this.request.code(this.connections.currentId, true, language), language);
  }

  /** Copies the token request of a connection as code, its secret as a variable. */
  copyTokenRequest(connection: number, language: Language): Promise<void> {
    return this.#copyCode(() => this.host.copyTokenRequestAs(connection, language), language);
  }

  async #copyCode(code: () => Promise<string>, language: Language): Promise<void> {
    try {
      const copied = await copyText(await code());
      this.toasts.say(copied ? `Copied as ${LANGUAGES[language]}. No secret is in it.` : 'The clipboard could not be written.', copied ? 'ok' : 'bad');
    } catch (thrown) {
      this.toasts.say(problemOf(thrown).message, 'bad');
    }
  }

  /** Opens the inspection of any token, with the text that holds it if there is one; with a key to verify with, where that is known. */
  inspectText(text: string, key?: InspectKey['kind']): void {
    this.inspector.clear();
    if (key) this.inspector.keyKind = key;
    this.inspector.text = text;
    this.tokenPage = 'paste';
    this.go('token');
    if (text !== '') void this.inspector.inspect();
  }

  /** Understands a pasted curl line, metadata URL or token. False if it is none of them. */
  async paste(text: string): Promise<boolean> {
    try {
      const pasted = await this.host.readPaste(text);
      if (pasted.kind === 'unknown') return false;
      if (pasted.kind === 'tokens') this.inspectText(text);
      if (pasted.kind === 'request') this.#pasteRequest(pasted);
      if (pasted.kind === 'connection') this.#pasteConnection(pasted);
      return true;
    } catch (thrown) {
      this.toasts.say(problemOf(thrown).message, 'bad');
      return true;
    }
  }

  #pasteRequest(pasted: Parameters<Requests['fillFrom']>[0]): void {
    this.request.fillFrom(pasted);
    this.go('request');
    this.toasts.say('Request taken over, without its credentials');
  }

  #pasteConnection(pasted: Parameters<Draft['fillFrom']>[0]): void {
    const fill = (): void => {
      if (this.page !== 'form' || this.draft.editing) this.draft.open(null, this.vault.view.memory_only);
      this.draft.fillFrom(pasted);
      this.page = 'form';
      this.go('connections');
      this.toasts.say(pasted.secret_found ? 'Connection taken over; its secret goes with it when you save' : 'Connection taken over');
    };
    if (this.draft.editing) this.leaveForm(fill);
    else fill();
  }

  async #afterSend(connection: number | null, withToken: boolean): Promise<void> {
    await this.history.load();
    if (withToken && connection !== null && this.tokens.of(connection).busy === null) await this.tokens.refresh(connection);
  }
}
