/**
 * What the window needs from whatever runs it. The desktop implements it over Tauri, the fake over memory;
 * nothing else in `ui/` knows which of the two is there.
 */
import type { BodyWindow } from '../bindings/BodyWindow';
import type { CallView } from '../bindings/CallView';
import type { ConnectionForm } from '../bindings/ConnectionForm';
import type { ConnectionTest } from '../bindings/ConnectionTest';
import type { ConnectionView } from '../bindings/ConnectionView';
import type { GatewayEvents } from '../bindings/GatewayEvents';
import type { GatewayView } from '../bindings/GatewayView';
import type { HistoryEntry } from '../bindings/HistoryEntry';
import type { InspectForm } from '../bindings/InspectForm';
import type { Inspection } from '../bindings/Inspection';
import type { Introspected } from '../bindings/Introspected';
import type { Overview } from '../bindings/Overview';
import type { Pasted } from '../bindings/Pasted';
import type { ResultingEndpoints } from '../bindings/ResultingEndpoints';
import type { SendRequest } from '../bindings/SendRequest';
import type { ServerForm } from '../bindings/ServerForm';
import type { StoragePlace } from '../bindings/StoragePlace';
import type { TokenView } from '../bindings/TokenView';
import type { VaultView } from '../bindings/VaultView';

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
  readPaste(text: string): Promise<Pasted>;
  revealSecret(id: number): Promise<string>;

  getToken(id: number, fresh: boolean): Promise<TokenView>;
  currentToken(id: number): Promise<TokenView | null>;
  forgetToken(id: number): Promise<void>;
  revealToken(id: number): Promise<string>;
  introspectToken(id: number): Promise<Introspected>;
  revokeToken(id: number): Promise<void>;
  inspect(form: InspectForm): Promise<Inspection>;

  send(request: SendRequest): Promise<CallView>;
  cancel(send: number): Promise<void>;
  bodyWindow(handle: string, first: number, count: number): Promise<BodyWindow>;
  history(query: string, limit: number): Promise<HistoryEntry[]>;
  clearHistory(): Promise<void>;
  copyAsCurl(request: SendRequest): Promise<string>;

  /** `freePorts` is the way out of `port_taken`. */
  startGateway(freePorts: boolean): Promise<GatewayView>;
  stopGateway(): Promise<GatewayView>;
  gatewayEvents(after: number): Promise<GatewayEvents>;
  tryIt(freePorts: boolean): Promise<ConnectionView>;

  unlockKeyring(): Promise<VaultView>;
  retryKeyring(): Promise<VaultView>;
  useMemoryOnly(on: boolean): Promise<VaultView>;
  storage(): Promise<StoragePlace[]>;
}
