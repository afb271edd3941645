/**
 * What the window needs from whatever runs it. The desktop implements it over Tauri, the fake over memory;
 * nothing else in `ui/` knows which of the two is there.
 */
import type { AcceptanceRules } from '../bindings/AcceptanceRules';
import type { BodyWindow } from '../bindings/BodyWindow';
import type { CallView } from '../bindings/CallView';
import type { ConnectionForm } from '../bindings/ConnectionForm';
import type { ConnectionTest } from '../bindings/ConnectionTest';
import type { ConnectionView } from '../bindings/ConnectionView';
import type { Companion } from '../bindings/Companion';
import type { CurlComparison } from '../bindings/CurlComparison';
import type { DefinitionPreview } from '../bindings/DefinitionPreview';
import type { DiffSide } from '../bindings/DiffSide';
import type { DoctorPlan } from '../bindings/DoctorPlan';
import type { Discovery } from '../bindings/Discovery';
import type { ExportForm } from '../bindings/ExportForm';
import type { Exported } from '../bindings/Exported';
import type { FaultScope } from '../bindings/FaultScope';
import type { GatewayControl } from '../bindings/GatewayControl';
import type { GatewayEvents } from '../bindings/GatewayEvents';
import type { GatewayView } from '../bindings/GatewayView';
import type { GrantInputs } from '../bindings/GrantInputs';
import type { HistoryEntry } from '../bindings/HistoryEntry';
import type { Imported } from '../bindings/Imported';
import type { InspectForm } from '../bindings/InspectForm';
import type { InspectedPaste } from '../bindings/InspectedPaste';
import type { Inspection } from '../bindings/Inspection';
import type { Introspected } from '../bindings/Introspected';
import type { Judging } from '../bindings/Judging';
import type { JwksView } from '../bindings/JwksView';
import type { KeptTokenView } from '../bindings/KeptTokenView';
import type { Language } from '../bindings/Language';
import type { Overview } from '../bindings/Overview';
import type { Pasted } from '../bindings/Pasted';
import type { ResultingEndpoints } from '../bindings/ResultingEndpoints';
import type { Revoked } from '../bindings/Revoked';
import type { SendRequest } from '../bindings/SendRequest';
import type { ServedApi } from '../bindings/ServedApi';
import type { ServerForm } from '../bindings/ServerForm';
import type { SignIn } from '../bindings/SignIn';
import type { StoragePlace } from '../bindings/StoragePlace';
import type { TokenDiff } from '../bindings/TokenDiff';
import type { TokenRef } from '../bindings/TokenRef';
import type { Switchable } from '../bindings/Switchable';
import type { TokenView } from '../bindings/TokenView';
import type { TriedWay } from '../bindings/TriedWay';
import type { UserClaims } from '../bindings/UserClaims';
import type { VaultView } from '../bindings/VaultView';
import type { WayRef } from '../bindings/WayRef';

/** One method per user action. Every one of them rejects with a `Problem`. */
export interface Host {
  overview(): Promise<Overview>;

  connectionEndpoints(server: ServerForm): Promise<ResultingEndpoints>;
  saveConnection(form: ConnectionForm): Promise<ConnectionView>;
  deleteConnection(id: number): Promise<void>;
  /** Null if no deleted connection of that number can come back. */
  undoDelete(id: number): Promise<ConnectionView | null>;
  selectConnection(id: number): Promise<void>;
  testConnection(form: ConnectionForm): Promise<ConnectionTest>;
  /** Reads the metadata of the server that the form names. */
  discover(form: ConnectionForm): Promise<Discovery>;
  readPaste(text: string): Promise<Pasted>;
  revealSecret(id: number): Promise<string>;

  /** A sign-in that it needs is told by `signIn` meanwhile. */
  getToken(id: number, fresh: boolean, inputs: GrantInputs | null): Promise<TokenView>;
  /** Waits until there is something to do for the token that is being got; null if there is nothing (yet). */
  signIn(id: number): Promise<SignIn | null>;
  openSignIn(id: number): Promise<void>;
  cancelSignIn(id: number): Promise<void>;
  currentToken(id: number): Promise<TokenView | null>;
  keptTokens(): Promise<KeptTokenView[]>;
  forgetToken(token: TokenRef): Promise<void>;
  revealToken(id: number): Promise<string>;
  /** A token that came with it. */
  revealCompanion(id: number, companion: Companion): Promise<string>;
  introspectToken(token: TokenRef): Promise<Introspected>;
  askUserinfo(token: TokenRef): Promise<UserClaims>;
  revokeToken(token: TokenRef): Promise<Revoked>;
  /** The token that a connection holds, judged at another time or by other rules. */
  judgeToken(id: number, judging: Judging): Promise<Inspection>;
  /** Null goes back to what the connection itself tells. */
  saveRules(id: number, rules: AcceptanceRules | null): Promise<void>;
  diffTokens(left: DiffSide, right: DiffSide): Promise<TokenDiff>;
  issuerJwks(id: number, anew: boolean): Promise<JwksView>;
  inspect(form: InspectForm): Promise<InspectedPaste>;

  /** What the doctor would send, and where. Nothing is sent. */
  planDoctor(id: number): Promise<DoctorPlan>;
  /** Tries one way of the plan; `cancel` ends it. */
  tryWay(id: number, way: WayRef, send: number): Promise<TriedWay[]>;
  /** Saves the connection with the way that its server accepts. */
  useWay(id: number, way: WayRef): Promise<ConnectionView>;
  /** A curl line that works beside the connection's token request. Nothing is sent. */
  compareCurl(id: number, text: string): Promise<CurlComparison>;

  send(request: SendRequest): Promise<CallView>;
  cancel(send: number): Promise<void>;
  bodyWindow(handle: string, first: number, count: number): Promise<BodyWindow>;
  history(query: string, limit: number): Promise<HistoryEntry[]>;
  clearHistory(): Promise<void>;
  /** Code without a secret in it. */
  copyAs(request: SendRequest, language: Language): Promise<string>;
  copyTokenRequestAs(id: number, language: Language): Promise<string>;

  /** `freePorts` is the way out of `port_taken`. */
  startGateway(freePorts: boolean): Promise<GatewayView>;
  stopGateway(): Promise<GatewayView>;
  gatewayEvents(after: number): Promise<GatewayEvents>;
  tryIt(freePorts: boolean): Promise<ConnectionView>;

  /** The APIs of the local gateway: the built-in echo and what was imported. */
  apis(): Promise<ServedApi[]>;
  previewDefinition(text: string): Promise<DefinitionPreview>;
  importDefinition(text: string, name: string): Promise<Imported>;
  removeDefinition(id: number): Promise<void>;
  /** False if no removed definition of that number can come back. */
  undoRemoveDefinition(id: number): Promise<boolean>;
  /** Without secrets. A null id is the built-in echo. */
  exportDefinition(id: number | null, form: ExportForm): Promise<Exported>;
  /** The same into the folder for downloads; resolves to the file. */
  saveDefinition(id: number | null, form: ExportForm): Promise<string>;
  subscribe(id: number, plan: string, clientId: string, on: boolean): Promise<void>;
  /** Null while the gateway is stopped. */
  gatewayControl(): Promise<GatewayControl | null>;
  gatewaySwitches(): Promise<Switchable>;
  setWeaknesses(api: string, names: string[]): Promise<GatewayControl>;
  setBehaviour(api: string, behaviour: string): Promise<GatewayControl>;
  setFaults(scope: FaultScope, names: string[]): Promise<GatewayControl>;
  /** A count of 0 ends it. */
  setNextFaults(scope: FaultScope, count: number, names: string[]): Promise<GatewayControl>;
  rotateKey(domain: string): Promise<GatewayControl>;
  withdrawKeys(domain: string): Promise<GatewayControl>;
  shiftClock(seconds: number): Promise<GatewayControl>;
  freezeClock(on: boolean): Promise<GatewayControl>;
  resetClock(): Promise<GatewayControl>;

  unlockKeyring(): Promise<VaultView>;
  retryKeyring(): Promise<VaultView>;
  useMemoryOnly(on: boolean): Promise<VaultView>;
  storage(): Promise<StoragePlace[]>;
}
