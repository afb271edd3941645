import type { JwksView } from '../../bindings/JwksView';
import { record } from './records';

/** The published keys of an issuer, with a rotation behind it and one thing to mend. */
export function keySet(server: string, now: number, anew: boolean): JwksView {
  const url = `${server}/oidc/.well-known/jwks.json`;
  return {
    url, channel: url.startsWith('https:') ? 'tls' : 'loopback', fetched_at: anew ? now : now - 42, now, usable_for: 300, age: null, max_age: null, fetches: anew ? 3 : 2,
    keys: [
      { kid: 'demo-1', kind: 'RSA, 2048 bits', algorithm: 'RS256', usage: 'sig', thumbprint: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs', first_seen: now - 3600, defect: null },
      { kid: 'old-1', kind: 'RSA, 1024 bits', algorithm: null, usage: 'sig', thumbprint: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k', first_seen: now - 3600, defect: 'RSA with 1024 bits is too small' },
    ],
    findings: [{ id: 'rsa-too-small', severity: 'critical', message: 'Key 1 (kid "old-1") must not be used: RSA with 1024 bits is too small.', reference: 'RFC 7518, RFC 8725 3.4' }],
    rotations: [{ at: now - 900, added: ['demo-1'], removed: ['demo-0'] }],
    exchange: record({ method: 'GET', url, headers: [['Accept', 'application/jwk-set+json, application/json']], body: '', status: 200, reason: 'OK', answer: '{"keys":[]}', at: now }),
  };
}
