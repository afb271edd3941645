import type { AuthenticationMethod } from '../bindings/AuthenticationMethod';
import type { ConnectionForm } from '../bindings/ConnectionForm';
import type { ConnectionTest } from '../bindings/ConnectionTest';
import type { ConnectionView } from '../bindings/ConnectionView';
import type { Keeping } from '../bindings/Keeping';
import type { Pasted } from '../bindings/Pasted';
import type { Problem } from '../bindings/Problem';
import type { ResultingEndpoints } from '../bindings/ResultingEndpoints';
import type { ServerForm } from '../bindings/ServerForm';
import { problemOf } from '../host/problem';
import type { Context } from './context';

const ENDPOINTS_AFTER_MS = 120;
const NO_ENDPOINTS: ResultingEndpoints = { token_url: null, note: null, field: null };

/** Everything that can be typed into the connection form, as text. The secret is no part of it. */
export interface Fields {
  name: string;
  kind: ServerForm['kind'];
  url: string;
  domain: string;
  issuer: string;
  tokenUrl: string;
  introspectUrl: string;
  revokeUrl: string;
  jwksUrl: string;
  clientId: string;
  scopes: string;
  authMethod: AuthenticationMethod;
  keeping: Keeping;
  apiUrl: string;
  audience: string;
  resources: string;
  params: [string, string][];
  caFile: string;
  certFile: string;
  keyFile: string;
  proxy: string;
  timeout: string;
  allowHttp: boolean;
}

const EMPTY: Fields = {
  name: '', kind: 'gravitee', url: '', domain: '', issuer: '', tokenUrl: '', introspectUrl: '', revokeUrl: '', jwksUrl: '',
  clientId: '', scopes: '', authMethod: 'client_secret_basic', keeping: 'keyring', apiUrl: '', audience: '', resources: '',
  params: [], caFile: '', certFile: '', keyFile: '', proxy: '', timeout: '', allowHttp: false,
};

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

function serverFields(server: ServerForm): Partial<Fields> {
  switch (server.kind) {
    case 'gravitee':
      return { kind: 'gravitee', url: server.url, domain: server.domain };
    case 'issuer':
      return { kind: 'issuer', issuer: server.issuer };
    case 'token_url':
      return { kind: 'token_url', tokenUrl: server.token_url, introspectUrl: server.introspect_url ?? '', revokeUrl: server.revoke_url ?? '', jwksUrl: server.jwks_url ?? '' };
  }
}

function fieldsOf(view: ConnectionView): Fields {
  return {
    ...EMPTY, ...serverFields(view.server),
    name: view.name, clientId: view.client_id, scopes: view.scopes, authMethod: view.auth_method, keeping: view.keeping,
    apiUrl: view.api_url ?? '', audience: view.audience ?? '', resources: view.resources.join(' '), params: view.params.map(([name, value]) => [name, value]),
    caFile: view.ca_file ?? '', certFile: view.cert_file ?? '', keyFile: view.key_file ?? '', proxy: view.proxy ?? '',
    timeout: view.timeout_seconds === null ? '' : String(view.timeout_seconds), allowHttp: view.allow_http,
  };
}

/** The connection form: what was typed, what it amounts to, and what came of testing and saving it. */
export class Draft {
  editing = $state<ConnectionView | null>(null);
  fields = $state<Fields>({ ...EMPTY, params: [] });
  secret = $state('');
  pastedSecret = $state(false);
  endpoints = $state<ResultingEndpoints>(NO_ENDPOINTS);
  test = $state<ConnectionTest | null>(null);
  problem = $state<Problem | null>(null);
  busy = $state<'saving' | 'testing' | null>(null);

  #clean = $state(JSON.stringify(EMPTY));
  /** Which form this is: an answer for an earlier one must not change it. */
  #opened = 0;
  #ticket = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly dirty = $derived(this.secret !== '' || this.pastedSecret || JSON.stringify(this.fields) !== this.#clean);
  readonly needsSecret = $derived(!['none', 'tls_client_auth', 'private_key_jwt'].includes(this.fields.authMethod));

  constructor(private readonly context: Context) {}

  /** Starts over with a saved connection, or empty for a new one. */
  open(connection: ConnectionView | null, memoryOnly = false): void {
    this.editing = connection;
    this.fields = connection ? fieldsOf(connection) : { ...EMPTY, params: [], keeping: memoryOnly ? 'memory' : 'keyring' };
    this.#clean = JSON.stringify(this.fields);
    this.secret = '';
    this.pastedSecret = false;
    this.test = null;
    this.problem = null;
    this.busy = null;
    this.#opened += 1;
    this.lookAtEndpoints(0);
  }

  /** Takes over what a pasted curl line or metadata URL says. */
  fillFrom(pasted: Extract<Pasted, { kind: 'connection' }>): void {
    Object.assign(this.fields, serverFields(pasted.server));
    if (pasted.client_id !== null) this.fields.clientId = pasted.client_id;
    if (pasted.scopes !== '') this.fields.scopes = pasted.scopes;
    this.pastedSecret = pasted.secret_found;
    if (pasted.secret_found) this.secret = '';
    this.lookAtEndpoints(0);
  }

  get server(): ServerForm {
    const f = this.fields;
    if (f.kind === 'gravitee') return { kind: 'gravitee', url: f.url.trim(), domain: f.domain.trim() };
    if (f.kind === 'issuer') return { kind: 'issuer', issuer: f.issuer.trim() };
    return { kind: 'token_url', token_url: f.tokenUrl.trim(), introspect_url: orNull(f.introspectUrl), revoke_url: orNull(f.revokeUrl), jwks_url: orNull(f.jwksUrl) };
  }

  get form(): ConnectionForm {
    const f = this.fields;
    const timeout = Number(f.timeout);
    return {
      id: this.editing?.id ?? null,
      name: f.name.trim(),
      server: this.server,
      client_id: f.clientId,
      secret: this.#secretToSend,
      keeping: f.keeping,
      auth_method: f.authMethod,
      scopes: f.scopes.trim(),
      audience: orNull(f.audience),
      resources: f.resources.split(/\s+/).filter((resource) => resource !== ''),
      params: f.params.filter(([name]) => name.trim() !== ''),
      api_url: orNull(f.apiUrl),
      ca_file: orNull(f.caFile),
      cert_file: orNull(f.certFile),
      key_file: orNull(f.keyFile),
      proxy: orNull(f.proxy),
      timeout_seconds: f.timeout.trim() !== '' && Number.isSafeInteger(timeout) && timeout > 0 ? timeout : null,
      allow_http: f.allowHttp,
    };
  }

  /** Null keeps the saved or pasted secret; an empty text says that there is none. A method without one sends none that was typed. */
  get #secretToSend(): string | null {
    if (this.needsSecret && this.secret !== '') return this.secret;
    return this.editing !== null || (this.needsSecret && this.pastedSecret) ? null : '';
  }

  /** Asks what token URL the form amounts to; only the latest answer counts. */
  lookAtEndpoints(after = ENDPOINTS_AFTER_MS): void {
    clearTimeout(this.#timer);
    const ticket = ++this.#ticket;
    this.#timer = setTimeout(() => void this.#askEndpoints(ticket), after);
  }

  async #askEndpoints(ticket: number): Promise<void> {
    try {
      const endpoints = await this.context.host.connectionEndpoints(this.server);
      if (ticket === this.#ticket) this.endpoints = endpoints;
    } catch (thrown) {
      if (ticket === this.#ticket) this.endpoints = { ...NO_ENDPOINTS, note: problemOf(thrown).message };
    }
  }

  async tryOut(): Promise<void> {
    const opened = this.#opened;
    this.busy = 'testing';
    this.test = null;
    this.problem = null;
    try {
      const test = await this.context.host.testConnection(this.form);
      if (opened === this.#opened) this.test = test;
    } catch (thrown) {
      if (opened === this.#opened) this.problem = problemOf(thrown);
    } finally {
      if (opened === this.#opened && this.busy === 'testing') this.busy = null;
    }
  }

  /** Saves; the secret leaves the window with it. Null if it could not be saved. The keyring may take half a minute for it. */
  async save(): Promise<ConnectionView | null> {
    if (this.busy === 'saving') return null;
    const opened = this.#opened;
    const sent = { fields: $state.snapshot(this.fields), secret: this.secret };
    this.busy = 'saving';
    this.problem = null;
    try {
      const saved = await this.context.host.saveConnection(this.form);
      if (opened === this.#opened) this.#keepTyping(saved, sent);
      else if (this.editing?.id === saved.id && !this.dirty) this.open(saved);
      return saved;
    } catch (thrown) {
      const problem = problemOf(thrown);
      if (opened === this.#opened) this.problem = problem;
      else this.context.toasts.say(`The connection was not saved. ${problem.message}`, 'bad');
      return null;
    } finally {
      if (opened === this.#opened) this.busy = null;
    }
  }

  /** Takes over what was saved; what was typed since it was sent stays, unsaved. */
  #keepTyping(saved: ConnectionView, sent: { fields: Fields; secret: string }): void {
    const now = fieldsOf(saved);
    this.#clean = JSON.stringify(now);
    this.editing = saved;
    const typed = Object.entries(this.fields).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(sent.fields[name as keyof Fields]));
    this.fields = { ...now, ...Object.fromEntries(typed) };
    if (this.secret === sent.secret) this.secret = '';
    this.pastedSecret = false;
    this.lookAtEndpoints(0);
  }

  /** The sentence for a field, if the latest answer is about it. */
  noteFor(field: string): string | null {
    if (this.problem?.code === 'invalid' && this.problem.detail.field === field) return this.problem.message;
    return this.endpoints.field === field && this.endpoints.note !== null ? this.endpoints.note : null;
  }
}
