import type { CallView } from '../bindings/CallView';
import type { HistoryEntry } from '../bindings/HistoryEntry';
import type { Language } from '../bindings/Language';
import type { Pasted } from '../bindings/Pasted';
import type { Problem } from '../bindings/Problem';
import type { SendRequest } from '../bindings/SendRequest';
import { problemOf } from '../host/problem';
import { paramsOf, withoutMasks, withParam, type Param } from '../text/query';
import type { Context } from './context';
import { nextSend } from './sends';

/** What came of a send. */
export type Outcome = { kind: 'answer'; call: CallView } | { kind: 'problem'; problem: Problem };

/** The request being written, and the answer to the one sent last. */
export class Requests {
  method = $state('GET');
  url = $state('');
  headers = $state<[string, string][]>([]);
  body = $state('');
  followRedirects = $state(false);
  outcome = $state<Outcome | null>(null);
  running = $state<{ send: number; since: number; withToken: boolean } | null>(null);
  readonly params = $derived(paramsOf(this.url));
  #emptied = $state<{ url: string; names: string[] }>({ url: '', names: [] });
  /** What the history had masked and what has not been entered again. */
  readonly missing = $derived(this.#emptied.names.filter((name) => this.url === this.#emptied.url || this.params.some((param) => param.name === name && param.value === '')));

  constructor(
    private readonly context: Context,
    private readonly sent: (connection: number | null, withToken: boolean) => void,
  ) {}

  setParam(index: number, param: Param | null): void {
    this.url = withParam(this.url, index, param);
  }

  /** Starts over. */
  clear(url = ''): void {
    this.method = 'GET';
    this.url = url;
    this.headers = [];
    this.body = '';
    this.outcome = null;
  }

  fillFrom(pasted: Extract<Pasted, { kind: 'request' }>): void {
    this.method = pasted.method;
    this.url = pasted.url;
    this.headers = pasted.headers.map(([name, value]) => [name, value]);
    this.body = pasted.body;
  }

  /** The history keeps neither headers nor bodies, and masks secrets in URLs. */
  fillFromHistory(entry: HistoryEntry): void {
    const { url, emptied } = withoutMasks(entry.url);
    this.method = entry.method;
    this.url = url;
    this.#emptied = { url, names: emptied };
    this.headers = [];
    this.body = '';
    this.outcome = null;
  }

  form(connection: number | null, withToken: boolean, send: number): SendRequest {
    return {
      send,
      connection,
      with_token: withToken && connection !== null,
      method: this.method.trim().toUpperCase() || 'GET',
      url: this.url.trim(),
      headers: this.headers.filter(([name]) => name.trim() !== ''),
      body: this.body,
      follow_redirects: this.followRedirects,
    };
  }

  /** Sends. A newer send or a cancel makes the answer stale, and a stale answer is dropped. */
  async send(connection: number | null, withToken: boolean): Promise<void> {
    if (this.running) return;
    const send = nextSend();
    this.running = { send, since: performance.now(), withToken };
    this.outcome = null;
    try {
      const call = await this.context.host.send(this.form(connection, withToken, send));
      if (this.running?.send === send) this.outcome = { kind: 'answer', call };
    } catch (thrown) {
      if (this.running?.send === send) this.outcome = { kind: 'problem', problem: problemOf(thrown) };
    } finally {
      if (this.running?.send === send) this.running = null;
      this.sent(connection, withToken);
    }
  }

  /** Gives up waiting at once, whatever the engine still does. */
  async cancel(): Promise<void> {
    const running = this.running;
    if (!running) return;
    this.running = null;
    const message = 'You cancelled the request before an answer came.';
    this.outcome = { kind: 'problem', problem: { code: 'cancelled', message, detail: { causes: [] } } };
    await this.context.host.cancel(running.send).catch(() => undefined);
  }

  async code(connection: number | null, withToken: boolean, language: Language): Promise<string> {
    return this.context.host.copyAs(this.form(connection, withToken, 0), language);
  }
}
