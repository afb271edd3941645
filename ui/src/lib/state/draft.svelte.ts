import type { AuthenticationMethod } from '../bindings/AuthenticationMethod';
import type { ConnectionForm } from '../bindings/ConnectionForm';
import type { ConnectionTest } from '../bindings/ConnectionTest';
import type { ConnectionView } from '../bindings/ConnectionView';
import type { Discovery } from '../bindings/Discovery';
import type { GrantType } from '../bindings/GrantType';
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
  authorizeUrl: string;
  deviceUrl: string;
  userinfoUrl: string;
  clientId: string;
  scopes: string;
  authMethod: AuthenticationMethod;
  keeping: Keeping;
  apiUrl: string;
  audience: string;
  resources: string;
  params: [string, string][];
  headers: [string, string][];
  dpop: boolean;
  grant: GrantType;
  username: string;
  redirectPort: string;
  allowMissingPkce: boolean;
  /** Number of the connection whose token is exchanged; empty if the token is asked for. */
  subjectConnection: string;
  subjectTokenType: string;
  actorTokenType: string;
  requestedTokenType: string;
  assertionKeyFile: string;
  assertionIssuer: string;
  assertionSubject: string;
  /** Audience of the client's own assertions: empty, `issuer`, `token_endpoint`, or the value itself. */
  assertionAudience: string;
  keyId: string;
  explicitType: boolean;
  caFile: string;
  certFile: string;
  keyFile: string;
  proxy: string;
  timeout: string;
  allowHttp: boolean;
}

const EMPTY: Fields = {
  name: '', kind: 'gravitee', url: '', domain: '', issuer: '', tokenUrl: '', introspectUrl: '', revokeUrl: '', jwksUrl: '',
  authorizeUrl: '', deviceUrl: '', userinfoUrl: '', headers: [], dpop: false, grant: 'client_credentials', username: '', redirectPort: '', allowMissingPkce: false,
  subjectConnection: '', subjectTokenType: '', actorTokenType: '', requestedTokenType: '', assertionKeyFile: '', assertionIssuer: '', assertionSubject: '',
  assertionAudience: '', keyId: '', explicitType: false,
  clientId: '', scopes: '', authMethod: 'client_secret_basic', keeping: 'keyring', apiUrl: '', audience: '', resources: '',
  params: [], caFile: '', certFile: '', keyFile: '', proxy: '', timeout: '', allowHttp: false,
};

const wholeOrNull = (text: string): number | null => {
  const value = Number(text);
  return text.trim() !== '' && Number.isSafeInteger(value) && value > 0 ? value : null;
};

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

function serverFields(server: ServerForm): Partial<Fields> {
  switch (server.kind) {
    case 'gravitee':
      return { kind: 'gravitee', url: server.url, domain: server.domain };
    case 'issuer':
      return { kind: 'issuer', issuer: server.issuer };
    case 'token_url':
      return { kind: 'token_url', tokenUrl: server.token_url, introspectUrl: server.introspect_url ?? '', revokeUrl: server.revoke_url ?? '', jwksUrl: server.jwks_url ?? '', authorizeUrl: server.authorize_url ?? '', deviceUrl: server.device_url ?? '', userinfoUrl: server.userinfo_url ?? '' };
  }
}

function fieldsOf(view: ConnectionView): Fields {
  return {
    ...EMPTY, ...serverFields(view.server), ...grantFields(view),
    name: view.name, clientId: view.client_id, scopes: view.scopes, authMethod: view.auth_method, keeping: view.keeping,
    apiUrl: view.api_url ?? '', audience: view.audience ?? '', resources: view.resources.join(' '), params: view.params.map(([name, value]) => [name, value]),
    caFile: view.ca_file ?? '', certFile: view.cert_file ?? '', keyFile: view.key_file ?? '', proxy: view.proxy ?? '',
    timeout: view.timeout_seconds === null ? '' : String(view.timeout_seconds), allowHttp: view.allow_http,
  };
}

function grantFields({ grant, assertion, headers, dpop }: ConnectionView): Partial<Fields> {
  return {
    headers: headers.map(([name, value]) => [name, value]), dpop, grant: grant.grant_type, username: grant.username ?? '',
    redirectPort: grant.redirect_port === null ? '' : String(grant.redirect_port), allowMissingPkce: grant.allow_missing_pkce,
    subjectConnection: grant.subject_connection === null ? '' : String(grant.subject_connection), subjectTokenType: grant.subject_token_type ?? '',
    actorTokenType: grant.actor_token_type ?? '', requestedTokenType: grant.requested_token_type ?? '', assertionKeyFile: grant.assertion_key_file ?? '',
    assertionIssuer: grant.assertion_issuer ?? '', assertionSubject: grant.assertion_subject ?? '',
    assertionAudience: assertion.audience ?? '', keyId: assertion.key_id ?? '', explicitType: assertion.explicit_type,
  };
}

function grantOf(f: Fields): Pick<ConnectionForm, 'grant' | 'assertion'> {
  return {
    grant: {
      grant_type: f.grant, username: orNull(f.username), redirect_port: wholeOrNull(f.redirectPort), allow_missing_pkce: f.allowMissingPkce,
      subject_connection: wholeOrNull(f.subjectConnection), subject_token_type: orNull(f.subjectTokenType), actor_token_type: orNull(f.actorTokenType),
      requested_token_type: orNull(f.requestedTokenType), assertion_key_file: orNull(f.assertionKeyFile), assertion_issuer: orNull(f.assertionIssuer),
      assertion_subject: orNull(f.assertionSubject),
    },
    assertion: { audience: orNull(f.assertionAudience), key_id: orNull(f.keyId), explicit_type: f.explicitType },
  };
}

/** Methods with a secret of their own come first: who has one wants to use it. */
const METHODS: AuthenticationMethod[] = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'tls_client_auth', 'none'];

/** The connection form: what was typed, what it amounts to, and what came of testing and saving it. */
export class Draft {
  editing = $state<ConnectionView | null>(null);
  fields = $state<Fields>({ ...EMPTY, params: [] });
  secret = $state('');
  pastedSecret = $state(false);
  endpoints = $state<ResultingEndpoints>(NO_ENDPOINTS);
  test = $state<ConnectionTest | null>(null);
  problem = $state<Problem | null>(null);
  busy = $state<'saving' | 'testing' | 'discovering' | null>(null);
  discovery = $state<Discovery | null>(null);
  discoveryProblem = $state<Problem | null>(null);
  /** What discovery changed in the form, in words. */
  discovered = $state<string[]>([]);

  #clean = $state(JSON.stringify(EMPTY));
  /** Which form this is: an answer for an earlier one must not change it. */
  #opened = 0;
  #ticket = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly dirty = $derived(this.secret !== '' || this.pastedSecret || JSON.stringify(this.fields) !== this.#clean);
  /** A key file that opens with a passphrase: it is kept where the secret would be. */
  readonly hasPassphrase = $derived(['private_key_jwt', 'tls_client_auth'].includes(this.fields.authMethod) && [this.fields.certFile, this.fields.keyFile].some((file) => /\.(p12|pfx)$/i.test(file.trim())));
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
    this.#forgetDiscovery();
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
    return { kind: 'token_url', token_url: f.tokenUrl.trim(), introspect_url: orNull(f.introspectUrl), revoke_url: orNull(f.revokeUrl), jwks_url: orNull(f.jwksUrl), authorize_url: orNull(f.authorizeUrl), device_url: orNull(f.deviceUrl), userinfo_url: orNull(f.userinfoUrl) };
  }

  get form(): ConnectionForm {
    const f = this.fields;
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
      headers: f.headers.filter(([name]) => name.trim() !== ''),
      ...grantOf(f),
      dpop: f.dpop,
      api_url: orNull(f.apiUrl),
      ca_file: orNull(f.caFile),
      cert_file: orNull(f.certFile),
      key_file: orNull(f.keyFile),
      proxy: orNull(f.proxy),
      timeout_seconds: wholeOrNull(f.timeout),
      allow_http: f.allowHttp,
    };
  }

  /** Null keeps the saved or pasted secret; an empty text says that there is none. A method without one sends none that was typed. */
  get #secretToSend(): string | null {
    if ((this.needsSecret || this.hasPassphrase) && this.secret !== '') return this.secret;
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

  /** Asks the server what it is, and fills in what it says. */
  async discover(): Promise<void> {
    const opened = this.#opened;
    this.busy = 'discovering';
    this.#forgetDiscovery();
    try {
      const discovery = await this.context.host.discover(this.form);
      if (opened === this.#opened) this.#take(discovery);
    } catch (thrown) {
      if (opened === this.#opened) this.discoveryProblem = problemOf(thrown);
    } finally {
      if (opened === this.#opened && this.busy === 'discovering') this.busy = null;
    }
  }

  /** Goes on with the issuer that the server names. */
  async useIssuer(issuer: string): Promise<void> {
    this.fields.kind = 'issuer';
    this.fields.issuer = issuer;
    this.lookAtEndpoints(0);
    await this.discover();
  }

  addScope(scope: string): void {
    const scopes = this.fields.scopes.split(/\s+/).filter((one) => one !== '');
    if (!scopes.includes(scope)) this.fields.scopes = [...scopes, scope].join(' ');
  }

  #forgetDiscovery(): void {
    this.discovery = null;
    this.discoveryProblem = null;
    this.discovered = [];
  }

  #take(discovery: Discovery): void {
    const f = this.fields;
    const changed: string[] = [];
    this.discovery = discovery;
    if (f.kind === 'issuer') f.issuer = discovery.issuer;
    if (f.kind === 'token_url') {
      const { introspect_url, revoke_url, jwks_url, authorize_url, device_url, userinfo_url } = discovery;
      Object.assign(f, { tokenUrl: discovery.token_url, introspectUrl: introspect_url ?? '', revokeUrl: revoke_url ?? '', jwksUrl: jwks_url ?? '', authorizeUrl: authorize_url ?? '', deviceUrl: device_url ?? '', userinfoUrl: userinfo_url ?? '' });
      changed.push('The endpoints were filled in.');
    }
    const [grant] = discovery.grants.includes(f.grant) ? [] : discovery.grants;
    if (grant) {
      changed.push(`The grant is now ${grant}: the server does not offer ${f.grant}.`);
      f.grant = grant;
    }
    const offered = METHODS.find((method) => discovery.methods.includes(method));
    const basic = f.authMethod === 'client_secret_basic_raw' ? 'client_secret_basic' : f.authMethod;
    if (offered && !discovery.methods.includes(basic)) {
      changed.push(`The authentication method is now ${offered}: the server does not take ${f.authMethod}.`);
      f.authMethod = offered;
    }
    this.discovered = changed;
    this.lookAtEndpoints(0);
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
