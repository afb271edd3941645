import type { AcceptanceRules } from '../../bindings/AcceptanceRules';
import type { CallView } from '../../bindings/CallView';
import type { ConnectionForm } from '../../bindings/ConnectionForm';
import type { ConnectionTest } from '../../bindings/ConnectionTest';
import type { ConnectionView } from '../../bindings/ConnectionView';
import type { Companion } from '../../bindings/Companion';
import type { CurlComparison } from '../../bindings/CurlComparison';
import type { DiffSide } from '../../bindings/DiffSide';
import type { DoctorPlan } from '../../bindings/DoctorPlan';
import type { Discovery } from '../../bindings/Discovery';
import type { FaultScope } from '../../bindings/FaultScope';
import type { GatewayControl } from '../../bindings/GatewayControl';
import type { GatewayEvents } from '../../bindings/GatewayEvents';
import type { GatewayView } from '../../bindings/GatewayView';
import type { GrantInputs } from '../../bindings/GrantInputs';
import type { HistoryEntry } from '../../bindings/HistoryEntry';
import type { InspectForm } from '../../bindings/InspectForm';
import type { InspectedPaste } from '../../bindings/InspectedPaste';
import type { Inspection } from '../../bindings/Inspection';
import type { Introspected } from '../../bindings/Introspected';
import type { Judging } from '../../bindings/Judging';
import type { JwksView } from '../../bindings/JwksView';
import type { KeptTokenView } from '../../bindings/KeptTokenView';
import type { Language } from '../../bindings/Language';
import type { Overview } from '../../bindings/Overview';
import type { Pasted } from '../../bindings/Pasted';
import type { Problem } from '../../bindings/Problem';
import type { RequestEvent } from '../../bindings/RequestEvent';
import type { ResultingEndpoints } from '../../bindings/ResultingEndpoints';
import type { Revoked } from '../../bindings/Revoked';
import type { SendRequest } from '../../bindings/SendRequest';
import type { ServerForm } from '../../bindings/ServerForm';
import type { SignIn } from '../../bindings/SignIn';
import type { TokenDiff } from '../../bindings/TokenDiff';
import type { TokenRef } from '../../bindings/TokenRef';
import type { Switchable } from '../../bindings/Switchable';
import type { TokenView } from '../../bindings/TokenView';
import type { TriedWay } from '../../bindings/TriedWay';
import type { UserClaims } from '../../bindings/UserClaims';
import type { VaultView } from '../../bindings/VaultView';
import type { WayRef } from '../../bindings/WayRef';
import type { Host } from '../host';
import type { DefinitionPreview } from '../../bindings/DefinitionPreview';
import type { Exported } from '../../bindings/Exported';
import type { ExportForm } from '../../bindings/ExportForm';
import type { Imported } from '../../bindings/Imported';
import type { ServedApi } from '../../bindings/ServedApi';
import { ECHO, IMPORTED, previewOf } from './apis';
import { answer, bigLine } from './calls';
import { apiEvent, tokenEvent } from './events';
import { NO_RULES } from '../../text/rules';
import { CURL_COMPARED, planFor, triedWay } from './doctor';
import { comparedWith, differenceOf } from './compared';
import { hostile, inspected, MASKED, opaque, outdated, TOKEN } from './inspections';
import { keySet } from './keys';
import { endpointsOf, labelOf } from './endpoints';
import { invalidClient, problem, VAULTS } from './problems';
import { record, tokenExchange } from './records';
import { discovered, missingInput, SignIns } from './signins';
import { CONTROL, faultsOf, SWITCHES } from './control';
import { CONNECTIONS, GATEWAY, LOCAL, pastCalls, PLACES } from './seed';

/** How the fake is set up. Durations are in milliseconds, the lifetime of its tokens in seconds. */
export interface FakeOptions {
  fresh: boolean;
  vault: string;
  delay: number;
  lifetime: number;
  /** The usual ports are taken. */
  taken: boolean;
}

/** The product over memory: it runs the window in a plain browser and in tests. No network, nothing kept. */
export class FakeHost implements Host {
  readonly options: FakeOptions;
  connections: ConnectionView[];
  current: number | null;
  tokens = new Map<number, TokenView>();
  calls: string[] = [];

  #rules = new Map<number, AcceptanceRules>();
  #deleted = new Map<number, ConnectionView>();
  #history: HistoryEntry[];
  #events: RequestEvent[] = [];
  #gateway: GatewayView;
  #switched: GatewayControl = structuredClone(CONTROL);
  #vault: VaultView;
  #signIns = new SignIns();
  #sends = new Map<number, (problem: Problem) => void>();
  #apis: ServedApi[];
  #removed: ServedApi[] = [];
  #next = 10;

  constructor(options: Partial<FakeOptions> = {}) {
    this.options = { fresh: false, vault: 'ready', delay: 0, lifetime: 7200, taken: false, ...options };
    this.connections = this.options.fresh ? [] : structuredClone(CONNECTIONS);
    this.current = this.options.fresh ? null : 1;
    this.#history = this.options.fresh ? [] : pastCalls(this.#now());
    this.#gateway = { ...structuredClone(GATEWAY), ...(this.options.fresh ? { running: false, domains: [], apis: [] } : { started_at: this.#now() - 754 }) };
    this.#apis = this.options.fresh ? [] : structuredClone(IMPORTED);
    this.#vault = VAULTS[this.options.vault] ?? VAULTS.ready;
    if (!this.options.fresh) this.#events = [apiEvent(1, this.#now() - 60, 'GET', '/echo', 401), tokenEvent(2, this.#now() - 52), apiEvent(3, this.#now() - 49, 'GET', '/echo', 200)];
  }

  /** `?fresh`, `?vault=locked`, `?delay=800`, `?lifetime=70`, `?taken`: for looking at states in a browser. */
  static fromAddress(search: string): FakeHost {
    const query = new URLSearchParams(search);
    return new FakeHost({ fresh: query.has('fresh'), vault: query.get('vault') ?? 'ready', delay: Number(query.get('delay') ?? 150), lifetime: Number(query.get('lifetime') ?? 7200), taken: query.has('taken') });
  }

  overview = (): Promise<Overview> => this.#answer('overview', () => ({
    version: '0.1.0', connections: this.connections, current: this.current, token: this.#life(this.current), vault: this.#vault, gateway: this.#gateway, notices: [],
  }));

  connectionEndpoints = (server: ServerForm): Promise<ResultingEndpoints> => this.#answer('connection_endpoints', () => endpointsOf(server));

  saveConnection = (form: ConnectionForm): Promise<ConnectionView> => this.#answer('save_connection', () => {
    const id = form.id ?? this.#next++;
    const label = labelOf(form.server);
    if (form.client_id === '') throw problem('invalid', 'The client ID is empty.', { field: 'client_id' });
    const before = this.connections.find((one) => one.id === id);
    const needless = ['none', 'tls_client_auth', 'private_key_jwt'].includes(form.auth_method);
    const secret = needless ? 'not_needed' : form.keeping === 'memory' ? 'in_memory' : 'in_keyring';
    const view: ConnectionView = { ...form, id, name: form.name || `${form.client_id} @ ${label.replace(/^https?:\/\//, '')}`, server_label: label, secret, local: before?.local ?? false };
    this.connections = [...this.connections.filter((one) => one.id !== id), view];
    this.current = id;
    this.tokens.delete(id);
    return view;
  });

  deleteConnection = (id: number): Promise<void> => this.#answer('delete_connection', () => {
    this.#deleted.set(id, this.#connection(id));
    this.connections = this.connections.filter((one) => one.id !== id);
    if (this.current === id) this.current = (this.connections.length === 1 ? this.connections[0]?.id : null) ?? null;
  });

  undoDelete = (id: number): Promise<ConnectionView | null> => this.#answer('undo_delete', () => {
    const restored = this.#deleted.get(id);
    if (!restored) return null;
    this.#deleted.delete(id);
    this.connections = [...this.connections, restored];
    this.current = id;
    return restored;
  });

  selectConnection = (id: number): Promise<void> => this.#answer('select_connection', () => void (this.current = id));

  testConnection = (form: ConnectionForm): Promise<ConnectionTest> => this.#answer('test_connection', () => {
    const bad = form.client_id.startsWith('wrong');
    const steps = [
      { title: 'Address', outcome: 'pass', detail: `${labelOf(form.server)} answers.` },
      { title: 'Metadata', outcome: 'pass', detail: 'OpenID Connect discovery found the endpoints.' },
      { title: 'Token', outcome: bad ? 'fail' : 'pass', detail: bad ? 'invalid_client: the server knows no client with this ID and secret. Check both for a space at the end.' : 'Granted in 11 ms, lives 2 h, scope echo:read.' },
      { title: 'Keys', outcome: bad ? 'skip' : 'pass', detail: bad ? 'Not tried, since there is no token.' : 'The signature holds with key demo-1.' },
    ];
    return { ok: !bad, steps };
  });

  discover = (form: ConnectionForm): Promise<Discovery> => this.#answer('discover', () => discovered(form.server));

  readPaste = (text: string): Promise<Pasted> => this.#answer('read_paste', (): Pasted => {
    if (/oauth\/token/.test(text)) return { kind: 'connection', server: { kind: 'gravitee', url: 'http://localhost:8092', domain: 'demo' }, client_id: 'my-client', secret_found: true, scopes: '' };
    if (/\.well-known/.test(text)) return { kind: 'connection', server: { kind: 'issuer', issuer: text.split('/.well-known')[0] ?? '' }, client_id: null, secret_found: false, scopes: '' };
    if (/^curl\s/.test(text)) return { kind: 'request', method: 'GET', url: /https?:\/\/[^\s'"]+/.exec(text)?.[0] ?? '', headers: [['Accept', 'application/json']], body: '' };
    return /eyJ/.test(text) ? { kind: 'tokens', count: 1 } : { kind: 'unknown' };
  });

  revealSecret = (): Promise<string> => this.#answer('reveal_secret', () => 'not-a-real-secret');

  getToken = async (id: number, fresh: boolean, inputs: GrantInputs | null = null): Promise<TokenView> => {
    const view = await this.#answer('get_token', () => this.#held(id, fresh, inputs));
    return view ?? this.#signIns.begin(this.#connection(id), () => this.#granted(id));
  };

  signIn = (id: number): Promise<SignIn | null> => this.#answer('sign_in', () => this.#signIns.shown(id));

  openSignIn = (id: number): Promise<void> => this.#answer('open_sign_in', () => this.#signIns.finish(id));

  cancelSignIn = (id: number): Promise<void> => this.#answer('cancel_sign_in', () => this.#signIns.cancel(id));

  currentToken = (id: number): Promise<TokenView | null> => this.#answer('current_token', () => {
    const held = this.tokens.get(id);
    if (!held) return null;
    const expired = held.life.expires_at !== null && held.life.expires_at <= this.#now();
    return { ...held, life: { ...held.life, now: this.#now() }, inspection: expired ? outdated(held.inspection) : held.inspection, from_cache: true };
  });

  keptTokens = (): Promise<KeptTokenView[]> => this.#answer('kept_tokens', () => [...this.tokens.values()].map((held) => this.#keptView(held)).reverse());

  forgetToken = (token: TokenRef): Promise<void> => this.#answer('forget_token', () => void this.tokens.delete(this.#meant(token)));

  revealToken = (): Promise<string> => this.#answer('reveal_token', () => TOKEN);

  revealCompanion = (_: number, companion: Companion): Promise<string> => this.#answer('reveal_companion', () => (companion === 'id_token' ? TOKEN : 'refresh-token-of-the-fake'));

  introspectToken = (token: TokenRef): Promise<Introspected> => this.#answer('introspect_token', () => {
    const id = this.#meant(token);
    const connection = this.#connection(id);
    const held = this.tokens.get(id);
    const said = { active: true, sub: connection.client_id, client_id: connection.client_id, scope: connection.scopes || 'echo:read', token_type: 'bearer', exp: held?.life.expires_at, iat: held?.life.obtained_at };
    const url = `${connection.server_label}/oauth/introspect`;
    const comparison = comparedWith(held?.inspection.payload, said);
    return { active: true, answer: said, comparison, exchange: record({ method: 'POST', url, headers: [['Authorization', 'Basic ••••']], body: 'token=••••', status: 200, reason: 'OK', answer: JSON.stringify(said, null, 2), at: this.#now() }) };
  });

  askUserinfo = (): Promise<UserClaims> => this.#answer('ask_userinfo', () => {
    throw problem('refused', 'The access token was not issued for an End-User', { oauth_error: 'invalid_token', oauth_description: 'The access token was not issued for an End-User', status: 401 });
  });

  revokeToken = (token: TokenRef): Promise<Revoked> => this.#answer('revoke_token', () => {
    const id = this.#meant(token);
    const connection = this.#connection(id);
    const held = this.tokens.get(id);
    if (connection.server.kind === 'token_url') throw problem('no_endpoint', 'This server has no revocation endpoint.', { next: 'Add its revocation URL to the connection, if there is one.' });
    this.tokens.delete(id);
    const url = `${connection.server_label}/oauth/revoke`;
    return { masked: held?.masked ?? MASKED, self_contained: held?.inspection.form !== 'opaque', expires_at: held?.life.expires_at ?? null, refresh: held?.refresh_token ? { masked: held.refresh_token, problem: null } : null, exchange: record({ method: 'POST', url, headers: [['Authorization', 'Basic ••••']], body: 'token=••••', status: 200, reason: 'OK', answer: '', at: this.#now() }) };
  });

  judgeToken = (id: number, judging: Judging): Promise<Inspection> => this.#answer('judge_token', () => {
    const held = this.tokens.get(id);
    if (!held) throw problem('no_token', 'This connection holds no token. Get one first.');
    return this.#judged(held.inspection, judging);
  });

  saveRules = (id: number, rules: AcceptanceRules | null): Promise<void> => this.#answer('save_rules', () => {
    if (rules) this.#rules.set(id, rules);
    else this.#rules.delete(id);
    const held = this.tokens.get(id);
    if (held) this.tokens.set(id, { ...held, rules: rules ?? { ...NO_RULES, issuer: held.rules.issuer }, rules_saved: rules !== null });
  });

  diffTokens = (left: DiffSide, right: DiffSide): Promise<TokenDiff> => this.#answer('diff_tokens', () => differenceOf(left, right));

  issuerJwks = (id: number, anew: boolean): Promise<JwksView> => this.#answer('issuer_jwks', () => keySet(this.#connection(id).server_label, this.#now(), anew));

  inspect = (form: InspectForm): Promise<InspectedPaste> => this.#answer('inspect', () => {
    const { text } = form;
    const places = [...text.matchAll(/eyJ[\w.-]+/g)].map(([token]) => token);
    const at = places[Math.min(form.pick, places.length - 1)] ?? text;
    const bad = at.includes('.eyJub25l') || at.trim().endsWith('.');
    const inspection = !/eyJ/.test(text) ? opaque() : bad ? hostile(this.#now()) : inspected('demo-client', 'http://127.0.0.1:8092/demo/oidc', 'echo:read', this.#now() - 60, 7200);
    const found = places.map((token) => ({ place: 'text', masked: `${token.slice(0, 4)}…${token.slice(-4)}`, form: inspection.form, bytes: token.length }));
    return { found, picked: Math.min(form.pick, Math.max(0, places.length - 1)), inspection: this.#judged(inspection, form.judging), proof: [] };
  });

  planDoctor = (id: number): Promise<DoctorPlan> => this.#answer('plan_doctor', () => {
    const connection = this.#connection(id);
    const url = endpointsOf(connection.server).token_url ?? `${connection.server_label}/token`;
    return planFor(url, connection.client_id);
  });

  tryWay = (_: number, way: WayRef): Promise<TriedWay[]> => this.#answer('try_way', () => triedWay(way));

  useWay = (id: number, way: WayRef): Promise<ConnectionView> => this.#answer('use_way', () => {
    const changed = { ...this.#connection(id), auth_method: way.method };
    this.connections = this.connections.map((one) => (one.id === id ? changed : one));
    this.tokens.delete(id);
    return changed;
  });

  compareCurl = (_: number, text: string): Promise<CurlComparison> => this.#answer('compare_curl', () => {
    if (!/^\s*curl\s/.test(text)) throw problem('invalid', 'This is not a curl line: it does not begin with `curl`.', { field: 'curl' });
    return CURL_COMPARED;
  });

  send = (request: SendRequest): Promise<CallView> => new Promise((resolve, reject) => {
    this.calls.push('send');
    this.#sends.set(request.send, reject);
    setTimeout(() => resolve(this.#respond(request)), /\/slow$/.test(request.url) ? 60_000 : this.options.delay);
  });

  cancel = (send: number): Promise<void> => this.#answer('cancel', () => this.#sends.get(send)?.(problem('cancelled', 'You cancelled the request.')));

  bodyWindow = (_: string, first: number, count: number): Promise<{ first: number; lines: string[]; total: number }> => this.#answer('body_window', () => ({ first, lines: Array.from({ length: count }, (__, at) => bigLine(first + at)), total: 400_000 }));

  history = (query: string, limit: number): Promise<HistoryEntry[]> => this.#answer('history', () => this.#history.filter(({ url }) => url.includes(query)).slice(0, limit));

  clearHistory = (): Promise<void> => this.#answer('clear_history', () => void (this.#history = []));

  copyAs = (request: SendRequest, language: Language): Promise<string> => this.#answer('copy_as', () => `# ${language}\ncurl -X ${request.method} '${request.url}'${request.with_token ? ' -H "Authorization: Bearer $(claimcheck token demo --raw)"' : ''}`);

  copyTokenRequestAs = (id: number, language: Language): Promise<string> => this.#answer('copy_token_request_as', () => `# ${language}\ncurl -u "${this.#connection(id).client_id}:$CLIENT_SECRET" ${this.#connection(id).server_label}`);

  startGateway = (freePorts: boolean): Promise<GatewayView> => this.#answer('start_gateway', () => this.#start(freePorts));

  stopGateway = (): Promise<GatewayView> => this.#answer('stop_gateway', () => (this.#gateway = { ...this.#gateway, running: false, domains: [], apis: [], started_at: null }));

  gatewayEvents = async (after: number): Promise<GatewayEvents> => {
    for (let waited = 0; waited < 40 && this.#events.length <= after; waited += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    return { last: this.#events.length, requests: this.#events.slice(after) };
  };

  tryIt = (freePorts: boolean): Promise<ConnectionView> => this.#answer('try_it', () => {
    this.#start(freePorts);
    this.connections = [...this.connections.filter((one) => one.id !== LOCAL.id), structuredClone(LOCAL)];
    this.current = LOCAL.id;
    this.tokens.delete(LOCAL.id);
    return LOCAL;
  });

  apis = (): Promise<ServedApi[]> => this.#answer('apis', () => [ECHO, ...this.#apis].map((api) => (this.#gateway.running ? api : { ...api, url: null, not_served: null })));

  previewDefinition = (text: string): Promise<DefinitionPreview> => this.#answer('preview_definition', () => previewOf(text, this.#apis));

  importDefinition = (text: string, name: string): Promise<Imported> => this.#answer('import_definition', () => {
    const { report, replaces } = previewOf(text, this.#apis);
    const id = this.#next++;
    const api: ServedApi = { ...ECHO, id, name, report, url: `http://127.0.0.1:8082/${name}` };
    this.#apis = [...this.#apis.filter((known) => known.name !== name), api].sort((one, other) => one.name.localeCompare(other.name));
    return { id, name, stored: true, replaced: replaces, report };
  });

  removeDefinition = (id: number): Promise<void> => this.#answer('remove_definition', () => {
    this.#removed.push(...this.#apis.filter((api) => api.id === id));
    this.#apis = this.#apis.filter((api) => api.id !== id);
  });

  undoRemoveDefinition = (id: number): Promise<boolean> => this.#answer('undo_remove_definition', () => {
    const back = this.#removed.find((api) => api.id === id);
    if (back) this.#apis = [...this.#apis, back];
    return back !== undefined;
  });

  exportDefinition = (id: number | null, form: ExportForm): Promise<Exported> => this.#answer('export_definition', () => {
    const api = this.#apis.find((one) => one.id === id) ?? ECHO;
    const text = form === 'curl' ? 'API_ID=$(curl --fail-with-body -sS --netrc -X POST …)\n' : form === 'kubernetes' ? `apiVersion: gravitee.io/v1alpha1\nkind: ApiV4Definition\nmetadata:\n  name: ${api.name}\n` : JSON.stringify({ api: { definitionVersion: 'V4', name: api.name }, plans: api.report.plans }, null, 2);
    return { name: api.name, form: api.report.form, file: `${api.name}.${form === 'kubernetes' ? 'yaml' : 'json'}`, text };
  });

  saveDefinition = (id: number | null, form: ExportForm): Promise<string> => this.#answer('save_definition', () => `/home/you/Downloads/${this.#apis.find((api) => api.id === id)?.name ?? 'echo'}.${form === 'kubernetes' ? 'yaml' : 'json'}`);

  subscribe = (id: number, plan: string, client: string, on: boolean): Promise<void> => this.#answer('subscribe', () => {
    const changed = (api: ServedApi): ServedApi => ({ ...api, subscribed: api.subscribed.map((one) => (one.plan === plan ? { plan, clients: on ? [client] : [] } : one)) });
    this.#apis = this.#apis.map((api) => (api.id === id ? changed(api) : api));
  });

  gatewayControl = (): Promise<GatewayControl | null> => this.#answer('gateway_control', () => (this.#gateway.running ? this.#told() : null));

  gatewaySwitches = (): Promise<Switchable> => this.#answer('gateway_switches', () => SWITCHES);

  setWeaknesses = (api: string, names: string[]): Promise<GatewayControl> => this.#control('set_weaknesses', (control) => {
    for (const one of control.apis.filter(({ path }) => path === api)) one.weaknesses = names;
  });

  setBehaviour = (api: string, behaviour: string): Promise<GatewayControl> => this.#control('set_behaviour', (control) => {
    for (const one of control.apis.filter(({ path }) => path === api)) one.behaviour = behaviour;
  });

  setFaults = (scope: FaultScope, names: string[]): Promise<GatewayControl> => this.#control('set_faults', (control) => void (faultsOf(control, scope).always = names));

  setNextFaults = (scope: FaultScope, count: number, names: string[]): Promise<GatewayControl> => this.#control('set_next_faults', (control) => {
    faultsOf(control, scope).next = count === 0 ? null : { count, faults: names };
  });

  rotateKey = (domain: string): Promise<GatewayControl> => this.#control('rotate_key', (control) => {
    for (const one of control.domains.filter(({ path }) => path === domain)) {
      const old = one.keys.map((key) => ({ ...key, until: key.until ?? control.clock.now + 7200 }));
      one.keys = [{ kid: `9c0f7a52-${one.keys.length}`, algorithm: 'RS256', until: null }, ...old];
    }
  });

  withdrawKeys = (domain: string): Promise<GatewayControl> => this.#control('withdraw_keys', (control) => {
    for (const one of control.domains.filter(({ path }) => path === domain)) one.keys = one.keys.filter(({ until }) => until === null);
  });

  shiftClock = (seconds: number): Promise<GatewayControl> => this.#control('shift_clock', ({ clock }) => void (clock.offset_seconds += seconds));

  freezeClock = (on: boolean): Promise<GatewayControl> => this.#control('freeze_clock', ({ clock }) => void (clock.frozen = on));

  resetClock = (): Promise<GatewayControl> => this.#control('reset_clock', (control) => void (control.clock = { offset_seconds: 0, frozen: false, now: this.#now() }));

  unlockKeyring = (): Promise<VaultView> => this.#answer('unlock_keyring', () => (this.#vault = VAULTS.ready));

  retryKeyring = (): Promise<VaultView> => this.#answer('retry_keyring', () => this.#vault);

  useMemoryOnly = (on: boolean): Promise<VaultView> => this.#answer('use_memory_only', () => (this.#vault = { ...this.#vault, memory_only: on }));

  storage = (): Promise<typeof PLACES> => this.#answer('storage', () => PLACES);

  #control(command: string, change: (control: GatewayControl) => void): Promise<GatewayControl> {
    return this.#answer(command, () => {
      if (!this.#gateway.running) throw problem('not_found', 'The gateway on this machine is not running. Start it first.');
      this.#switched = structuredClone(this.#switched);
      change(this.#switched);
      return this.#told();
    });
  }

  #told(): GatewayControl {
    const { clock } = this.#switched;
    return { ...this.#switched, clock: { ...clock, now: this.#now() + clock.offset_seconds } };
  }

  async #answer<Value>(command: string, work: () => Value): Promise<Value> {
    this.calls.push(command);
    if (this.options.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.options.delay));
    return work();
  }

  #start(freePorts: boolean): GatewayView {
    if (this.options.taken && !freePorts) throw problem('port_taken', 'Port 8092 on 127.0.0.1 is taken by another program.', { field: 'am', next: 'Stop that program, or use free ports.' });
    this.#gateway = { ...structuredClone(GATEWAY), started_at: this.#now() };
    return this.#gateway;
  }

  /** The token at hand, or a new one; null if a person has to sign in first. */
  #held(id: number, fresh: boolean, inputs: GrantInputs | null): TokenView | null {
    const connection = this.#connection(id);
    const held = this.tokens.get(id);
    if (held && !fresh) return { ...held, from_cache: true };
    if (connection.secret === 'missing') throw problem('secret_missing', `The secret of ${connection.client_id} was kept in memory by an earlier run.`, { next: 'Enter it again in the connection.' });
    if (connection.client_id.startsWith('wrong')) throw invalidClient(connection.server_label, this.#now());
    const missing = missingInput(connection.grant, inputs);
    if (missing) throw missing;
    return ['authorization_code', 'device_code'].includes(connection.grant.grant_type) ? null : this.#granted(id);
  }

  #granted(id: number): TokenView {
    const view = this.#mint(this.#connection(id));
    this.tokens.set(id, view);
    this.#event(tokenEvent(this.#events.length + 1, this.#now()));
    return view;
  }

  #now(): number {
    return Math.floor(Date.now() / 1000);
  }

  #connection(id: number): ConnectionView {
    const found = this.connections.find((one) => one.id === id);
    if (!found) throw problem('not_found', 'There is no such connection any more.');
    return found;
  }

  #life(id: number | null): Overview['token'] {
    const held = id === null ? undefined : this.tokens.get(id);
    return held ? { ...held.life, now: this.#now() } : null;
  }

  #mint(connection: ConnectionView): TokenView {
    const [now, lifetime] = [this.#now(), this.options.lifetime];
    const scope = connection.scopes || 'echo:read';
    const structured = !connection.client_id.startsWith('opaque');
    const issuer = `${connection.server_label}/oidc`;
    return {
      connection: connection.id, masked: structured ? MASKED : 'q7Zb…x0Lm', token_type: 'bearer', expires_in: lifetime, scope, requested_scope: connection.scopes || null,
      life: { obtained_at: now, expires_at: now + lifetime, now, skew_seconds: 0 }, from_cache: false, notes: [],
      exchange: tokenExchange(endpointsOf(connection.server).token_url ?? `${connection.server_label}/protocol/openid-connect/token`, connection.scopes, structured ? MASKED : 'q7Zb…x0Lm', lifetime, now),
      rules: this.#rules.get(connection.id) ?? { ...NO_RULES, issuer }, rules_saved: this.#rules.has(connection.id),
      inspection: structured ? inspected(connection.client_id, issuer, scope, now, lifetime) : opaque(),
      ...this.#companions(connection, now, lifetime),
      introspection: structured ? null : { active: true, client_id: connection.client_id, scope, exp: now + lifetime, iat: now },
    };
  }

  /** What comes with the token where a person signed in. */
  #companions(connection: ConnectionView, now: number, lifetime: number): Pick<TokenView, 'refresh_token' | 'id_token'> {
    if (connection.grant.grant_type !== 'authorization_code') return { refresh_token: null, id_token: null };
    const inspection = inspected('ada', `${connection.server_label}/oidc`, '', now, lifetime);
    const checks = [{ rule: 'nonce', verdict: 'pass' as const, detail: 'the one that was sent', reference: 'OpenID Connect Core 3.1.3.7' }];
    return { refresh_token: 'rT8x…k2Qe', id_token: connection.scopes.includes('openid') ? { masked: MASKED, inspection, checks } : null };
  }

  #respond(request: SendRequest): CallView {
    if (request.with_token && request.connection !== null && !this.tokens.has(request.connection)) this.tokens.set(request.connection, this.#mint(this.#connection(request.connection)));
    const call = answer(request, TOKEN, this.#now());
    const { response, timing_us } = call.exchange;
    this.#history = [{ id: this.#next++ + 1000, connection: request.connection, at: Date.now(), method: request.method, url: request.url, status: response?.status ?? null, total_us: timing_us.total, size: response?.body_bytes ?? null }, ...this.#history];
    const path = /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(request.url)?.[1] ?? '/';
    if (request.url.startsWith(this.#gateway.gateway)) this.#event(apiEvent(this.#events.length + 1, this.#now(), request.method, path, response?.status ?? 502));
    return call;
  }

  #meant(token: TokenRef): number {
    return token.kind === 'connection' ? token.id : token.number;
  }

  #judged(inspection: Inspection, { at }: Judging): Inspection {
    if (at !== null && Number.isNaN(Date.parse(at))) throw problem('invalid', `The time \`${at}\` cannot be read. Write it like 2026-01-31T12:00:00Z.`, { field: 'at' });
    const moment = at === null ? this.#now() : Date.parse(at) / 1000;
    const { expires_at } = inspection.life;
    return expires_at !== null && moment >= expires_at ? outdated(inspection) : inspection;
  }

  #keptView(held: TokenView): KeptTokenView {
    const connection = this.#connection(held.connection);
    return {
      number: held.connection, masked: held.masked, form: held.inspection.form, connections: [{ id: connection.id, name: connection.name }],
      token_url: endpointsOf(connection.server).token_url ?? `${connection.server_label}/token`, client_id: connection.client_id, method: connection.auth_method,
      grant: 'client_credentials', scope: held.scope, targets: [], token_type: held.token_type, life: { ...held.life, now: this.#now() }, uses: 1, last_used: this.#now() - 12, refreshable: false,
    };
  }

  #event(event: RequestEvent): void {
    if (this.#gateway.running) this.#events.push(event);
  }
}
