import type { ConnectionView } from '../../bindings/ConnectionView';
import type { GatewayView } from '../../bindings/GatewayView';
import type { GrantOptions } from '../../bindings/GrantOptions';
import type { HistoryEntry } from '../../bindings/HistoryEntry';
import type { StoragePlace } from '../../bindings/StoragePlace';

export const NO_GRANT: GrantOptions = {
  grant_type: 'client_credentials', username: null, redirect_port: null, allow_missing_pkce: false, subject_connection: null, subject_token_type: null,
  actor_token_type: null, requested_token_type: null, assertion_key_file: null, assertion_issuer: null, assertion_subject: null,
};

const PLAIN: Omit<ConnectionView, 'id' | 'name' | 'server' | 'server_label' | 'client_id'> = {
  secret: 'in_keyring', keeping: 'keyring', auth_method: 'client_secret_basic', scopes: '', audience: null, resources: [], params: [], headers: [], dpop: false, grant: NO_GRANT, assertion: { audience: null, key_id: null, explicit_type: false }, api_url: null,
  ca_file: null, cert_file: null, key_file: null, proxy: null, timeout_seconds: null, allow_http: false, local: false,
};

/** The connection that *Try it on this machine* makes. */
export const LOCAL: ConnectionView = {
  ...PLAIN, id: 1, name: 'demo-client @ 127.0.0.1:8092/demo', server: { kind: 'gravitee', url: 'http://127.0.0.1:8092', domain: 'demo' }, server_label: 'http://127.0.0.1:8092/demo',
  client_id: 'demo-client', scopes: 'echo:read', api_url: 'http://127.0.0.1:8082/echo', local: true,
};

export const CONNECTIONS: ConnectionView[] = [
  LOCAL,
  { ...PLAIN, id: 2, name: 'Orders, staging', server: { kind: 'gravitee', url: 'https://am.staging.example.com', domain: 'orders' }, server_label: 'https://am.staging.example.com/orders', client_id: 'orders-batch', scopes: 'orders:read orders:write', api_url: 'https://api.staging.example.com/orders/v2' },
  { ...PLAIN, id: 3, name: 'Partner portal', server: { kind: 'issuer', issuer: 'https://login.partner.example/realms/acme' }, server_label: 'https://login.partner.example/realms/acme', client_id: 'acme-7f3a', auth_method: 'client_secret_post', secret: 'missing', keeping: 'memory', audience: 'https://api.partner.example' },
  { ...PLAIN, id: 4, name: 'Wrong secret', server: { kind: 'token_url', token_url: 'https://as.example.com/oauth2/token', introspect_url: 'https://as.example.com/oauth2/introspect', revoke_url: null, jwks_url: null, authorize_url: null, device_url: null, userinfo_url: null }, server_label: 'https://as.example.com/oauth2/token', client_id: 'wrong-client' },
  { ...PLAIN, id: 5, name: 'Opaque tokens', server: { kind: 'gravitee', url: 'https://am.example.com', domain: 'opaque' }, server_label: 'https://am.example.com/opaque', client_id: 'opaque-client', api_url: 'https://api.example.com/things' },
];

export const GATEWAY: GatewayView = {
  running: true,
  am: 'http://127.0.0.1:8092',
  gateway: 'http://127.0.0.1:8082',
  domains: [{ path: 'demo', issuer: 'http://127.0.0.1:8092/demo/oidc', clients: [{ client_id: 'demo-client', scopes: 'echo:read', auth_method: 'client_secret_basic', connection: 1 }] }],
  apis: [{ name: 'echo', url: 'http://127.0.0.1:8082/echo' }],
  started_at: null,
};

export const PLACES: StoragePlace[] = [
  { what: 'Client secrets', place: "the system's keyring (Secret Service)", protection: 'encrypted by the system, unlocked with your session' },
  { what: 'Private keys and certificates', place: '~/.local/share/claimcheck/library.db', protection: 'sealed with XChaCha20-Poly1305 under a key in the keyring' },
  { what: 'Connections, without secrets', place: '~/.local/share/claimcheck/library.db', protection: 'readable by your user only' },
  { what: 'History: method, URL, status, time', place: '~/.local/share/claimcheck/library.db', protection: 'readable by your user only; no headers, no bodies' },
  { what: 'Access tokens', place: 'memory', protection: 'gone when Claimcheck quits' },
  { what: 'Large response bodies', place: '/tmp/claimcheck-1000', protection: 'readable by your user only; deleted when Claimcheck quits' },
];

export function pastCalls(now: number): HistoryEntry[] {
  const calls: [string, string, number | null, number, number][] = [
    ['GET', 'http://127.0.0.1:8082/echo', 401, 3_100, 94],
    ['GET', 'http://127.0.0.1:8082/echo', 200, 4_800, 1_240],
    ['POST', 'http://127.0.0.1:8082/echo/orders?dry_run=true', 200, 5_300, 1_512],
    ['GET', 'https://api.staging.example.com/orders/v2?page=3&size=50', 200, 142_000, 31_870],
    ['DELETE', 'https://api.staging.example.com/orders/v2/8812', 403, 88_400, 212],
    ['GET', 'https://api.staging.example.com/orders/v2/export', 504, 30_020_000, 68],
    ['GET', 'https://api.partner.example/v1/catalogue', null, 5_000_000, 0],
  ];
  return calls.map(([method, url, status, total_us, size], at) => ({ id: 100 - at, connection: 1, at: (now - 90 - at * at * 2400) * 1000, method, url, status, total_us, size: status === null ? null : size }));
}
