import type { Claim } from '../../bindings/Claim';
import type { Inspection } from '../../bindings/Inspection';

export const TOKEN = 'eyJraWQiOiJkZW1vLTEiLCJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJkZW1vLWNsaWVudCIsImF1ZCI6ImRlbW8tY2xpZW50IiwiaXNzIjoiaHR0cDovLzEyNy4wLjAuMTo4MDkyL2RlbW8vb2lkYyJ9.kq3c1yOe0b0o8Qk7hGvXkQ2f2m5c3pXo0Yx4l0a9sQw';
export const MASKED = 'eyJr…9sQw';

const claim = (name: string, value: unknown, meaning: string, reference: string | null, time: number | null = null, note = ''): Claim => ({ name, value, meaning, note, reference, time });

/** An inspected access token of the given client. */
export function inspected(client: string, issuer: string, scope: string, issuedAt: number, lifetime: number): Inspection {
  const expires = issuedAt + lifetime;
  const payload = { sub: client, aud: client, domain: 'demo', iss: issuer, exp: expires, iat: issuedAt, jti: '9Yx0n2c4RkmQ', scope };
  return {
    form: 'jws',
    well_formed: true,
    notes: [],
    header: { kid: 'demo-1', alg: 'RS256', typ: 'at+jwt' },
    parameters: [
      claim('kid', 'demo-1', 'Which key of the issuer signed it', 'RFC 7515 4.1.4'),
      claim('alg', 'RS256', 'Signature algorithm: RSASSA-PKCS1-v1_5 with SHA-256', 'RFC 7518 3.3'),
      claim('typ', 'at+jwt', 'Says that this is an access token', 'RFC 9068 2.1'),
    ],
    payload,
    claims: [
      claim('sub', payload.sub, 'Subject: whom the token speaks for. For client credentials that is the client.', 'RFC 7519 4.1.2'),
      claim('aud', payload.aud, 'Audience: who is meant to accept it', 'RFC 7519 4.1.3', null, 'Gravitee AM puts the client ID here, not the API.'),
      claim('domain', payload.domain, 'Security domain that issued it', null),
      claim('iss', payload.iss, 'Issuer', 'RFC 7519 4.1.1', null, 'Matches the connection.'),
      claim('exp', payload.exp, 'Expires at: refused from then on', 'RFC 7519 4.1.4', expires),
      claim('iat', payload.iat, 'Issued at', 'RFC 7519 4.1.6', issuedAt),
      claim('jti', payload.jti, 'ID of this token', 'RFC 7519 4.1.7'),
      claim('scope', payload.scope, 'Scopes that were granted', 'RFC 8693 4.2'),
    ],
    signature: { verdict: 'valid', reason: 'RS256 verifies with key demo-1 of the issuer.', algorithm: 'RS256', key: { source: 'issuer_jwks', kid: 'demo-1', detail: `RSA, 2048 bits, from ${issuer}/.well-known/jwks.json` } },
    acceptable: {
      verdict: 'yes',
      rules: [
        { rule: 'signature', verdict: 'pass', detail: 'The signature is valid.', reference: 'RFC 7515 5.2' },
        { rule: 'expiry', verdict: 'pass', detail: 'Not expired.', reference: 'RFC 7519 4.1.4' },
        { rule: 'issuer', verdict: 'pass', detail: `Expected and found ${issuer}.`, reference: 'RFC 7519 4.1.1' },
        { rule: 'audience', verdict: 'not_checked', detail: 'No audience was asked for.', reference: 'RFC 7519 4.1.3' },
      ],
    },
    findings: [],
    life: { issued_at: issuedAt, not_before: null, expires_at: expires },
  };
}

/** The same token after its life. */
export function outdated(inspection: Inspection): Inspection {
  const rules = inspection.acceptable.rules.map((rule) => (rule.rule === 'expiry' ? { ...rule, verdict: 'fail' as const, detail: 'Expired.' } : rule));
  return { ...inspection, acceptable: { verdict: 'no', rules } };
}

/** An opaque token: nothing to read. */
export function opaque(): Inspection {
  return {
    form: 'opaque', well_formed: true, notes: [], header: null, payload: null, claims: [],
    signature: { verdict: 'not_checked', reason: 'An opaque token has no signature that can be read.', algorithm: null, key: null },
    acceptable: { verdict: 'unknown', rules: [{ rule: 'compact', verdict: 'not_checked', detail: 'Only the server can say.', reference: 'RFC 7662' }] },
    findings: [], life: { issued_at: null, not_before: null, expires_at: null },
  };
}

/** What comes of a pasted token that nobody should accept: unsigned, expired, with hostile text. */
export function hostile(now: number): Inspection {
  const expired = now - 5_400;
  return {
    ...inspected('admin\u202enimda', 'http://127.0.0.1:8092/demo/oidc', 'echo:read', expired - 3600, 3600),
    header: { alg: 'none', typ: 'JWT' },
    parameters: [claim('alg', 'none', 'Not signed', 'RFC 7518 3.6'), claim('typ', 'JWT', 'Says that this is a JWT', 'RFC 7519 5.1')],
    claims: [
      claim('sub', 'admin\u202enimda', 'Subject: whom the token speaks for', 'RFC 7519 4.1.2', null, 'Holds a character that reorders text.'),
      claim('exp', expired, 'Expires at: refused from then on', 'RFC 7519 4.1.4', expired),
      claim('note', '<img src=x onerror=alert(1)>', '', null),
      claim('roles', ['admin', { nested: true }], '', null),
    ],
    signature: { verdict: 'invalid', reason: 'alg is none: the token is not signed, so anybody can have written it.', algorithm: 'none', key: null },
    acceptable: {
      verdict: 'no',
      rules: [
        { rule: 'signature', verdict: 'fail', detail: 'alg: none is never accepted.', reference: 'RFC 8725 3.1' },
        { rule: 'expiry', verdict: 'fail', detail: 'Expired.', reference: 'RFC 7519 4.1.4' },
        { rule: 'issuer', verdict: 'not_checked', detail: 'No issuer was asked for.', reference: 'RFC 7519 4.1.1' },
      ],
    },
    findings: [{ id: 'alg-none', severity: 'critical', message: 'The token is unsigned (alg: none): anybody can forge it.', reference: 'RFC 8725 3.1' }],
  };
}
