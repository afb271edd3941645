import type { CurlComparison } from '../../bindings/CurlComparison';
import type { DoctorPlan } from '../../bindings/DoctorPlan';
import type { TriedWay } from '../../bindings/TriedWay';
import type { WayRef } from '../../bindings/WayRef';

/** What the doctor would try for a client whose secret has special characters. */
export function planFor(tokenUrl: string, clientId: string): DoctorPlan {
  return {
    token_url: tokenUrl,
    host: new URL(tokenUrl).hostname,
    client_id: clientId,
    ways: [
      { way: { method: 'client_secret_basic', trimmed: false, audience: null }, sends: 'Authorization: Basic; ID and secret are form-encoded first (RFC 6749 2.3.1)' },
      { way: { method: 'client_secret_basic_raw', trimmed: false, audience: null }, sends: 'Authorization: Basic; ID and secret as they are' },
      { way: { method: 'client_secret_post', trimmed: false, audience: null }, sends: 'client_id and client_secret in the body' },
      { way: { method: 'client_secret_jwt', trimmed: false, audience: 'token_endpoint' }, sends: 'an assertion signed with the secret (RFC 7523); the secret stays here' },
      { way: { method: 'none', trimmed: false, audience: null }, sends: 'client_id only' },
    ],
  };
}

/** The server of the fake wants the credentials in the body. */
export function triedWay(way: WayRef): TriedWay[] {
  if (way.method === 'client_secret_post') return [{ way, verdict: 'accepted', detail: 'a token was granted; without the secret the client is refused', clocks: null }];
  return [{ way, verdict: 'refused', detail: 'invalid_client: Invalid client: missing or unsupported authentication method', clocks: null }];
}

/** A working line that authenticates in the body and asks for another scope. */
export const CURL_COMPARED: CurlComparison = {
  lines: [
    { part: 'method', name: '', ours: 'POST', theirs: 'POST', verdict: 'same', note: '' },
    { part: 'url', name: '', ours: 'https://am.example.com/orders/oauth/token', theirs: 'https://am.example.com/orders/oauth/token', verdict: 'same', note: '' },
    { part: 'client authentication', name: '', ours: 'HTTP Basic', theirs: 'client_id and client_secret in the body', verdict: 'differs', note: '' },
    { part: 'client authentication', name: 'client secret', ours: '••••', theirs: '••••', verdict: 'same', note: 'The same secret.' },
    { part: 'header', name: 'Accept', ours: 'application/json', theirs: null, verdict: 'ours_only', note: 'curl sends */* by itself.' },
    { part: 'parameter', name: 'scope', ours: 'orders:read', theirs: 'orders:read orders:write', verdict: 'differs', note: '' },
  ],
  notes: [],
  suggested: { method: 'client_secret_post', trimmed: false, audience: null },
};
