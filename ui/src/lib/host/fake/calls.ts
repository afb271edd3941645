import type { CallView } from '../../bindings/CallView';
import type { Explanation } from '../../bindings/Explanation';
import type { SendRequest } from '../../bindings/SendRequest';
import { record } from './records';

const NO_HEADER: Explanation = {
  headline: 'The call carried no access token.',
  side: 'gateway_policy',
  challenge: [{ scheme: 'Bearer', parameters: [['realm', 'gravitee.io']], token68: null, errors: ['The text after the realm is not a parameter (RFC 9110 11.6.1).'] }],
  causes: [{ cause: 'The request has no Authorization header.', likelihood: 'certain', next: 'Get a token and send the request with it.' }],
  reference: 'RFC 6750 3',
};

const SCOPE: Explanation = {
  headline: 'The token is good, but it does not hold a scope that this path needs.',
  side: 'gateway_policy',
  challenge: [{ scheme: 'Bearer', parameters: [['realm', 'gravitee.io'], ['error', 'insufficient_scope'], ['scope', 'orders:write']], token68: null, errors: [] }],
  causes: [
    { cause: 'The client asked for fewer scopes than it may have.', likelihood: 'likely', next: 'Add orders:write to the scopes of the connection and renew the token.' },
    { cause: 'The client is not allowed to ask for that scope.', likelihood: 'possible', next: 'Ask who runs the authorization server to grant it.' },
  ],
  reference: 'RFC 6750 3.1',
};

const UNREACHABLE: Explanation = {
  headline: 'The gateway accepted the call, but the API behind it did not answer in time.',
  side: 'gateway',
  challenge: [],
  causes: [
    { cause: 'The API is slower than the timeout of the endpoint.', likelihood: 'likely', next: 'Look at the endpoint timeout, and at the API itself.' },
    { cause: 'The API is not running or a firewall drops the packets.', likelihood: 'possible', next: 'Call the API directly from the gateway host.' },
  ],
  reference: 'RFC 9110 15.6.5',
};

const HOSTILE = '{\n  "html": "<script>alert(1)</script>",\n  "bidi": "user\u202eexe.gpj",\n  "zero": "pass\u200bword",\n  "escape": "\u001b[31mred",\n  "token": "TOKEN"\n}';

/** What the fake API answers. Paths: `/missing`, `/scope`, `/slow`, `/timeout`, `/hostile`, `/big`; everything else echoes. */
export function answer(request: SendRequest, token: string, now: number): CallView {
  const path = /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(request.url)?.[1] ?? '/';
  const headers: [string, string][] = [['Accept', '*/*'], ['User-Agent', 'claimcheck/0.1'], ...request.headers];
  if (request.with_token) headers.unshift(['Authorization', 'Bearer ••••']);
  const of = (status: number, reason: string, body: string, explanation: Explanation | null, answerHeaders: [string, string][] = [], pretty = true): CallView => ({
    exchange: record({ method: request.method, url: request.url, headers, body: request.body || null, status, reason, answer: body, answerHeaders: [['Content-Type', 'application/json'], ...answerHeaders, ['Content-Length', String(body.length)]], at: now, first: status === 504 ? 30_000_000 : 3_900 }),
    explanation, pretty: pretty ? body : null, body_handle: null, body_lines: null, history_id: null, with_token: request.with_token,
  });
  if (path.endsWith('/timeout')) return of(504, 'Gateway Timeout', '{\n  "message": "Request timeout",\n  "http_status_code": 504\n}', UNREACHABLE);
  if (!request.with_token) return of(401, 'Unauthorized', '{\n  "message": "No OAuth authorization header was supplied",\n  "http_status_code": 401\n}', NO_HEADER, [['WWW-Authenticate', 'Bearer realm=gravitee.io - No OAuth authorization header was supplied']]);
  if (path.endsWith('/scope')) return of(403, 'Forbidden', '{\n  "message": "The request requires higher privileges",\n  "http_status_code": 403\n}', SCOPE, [['WWW-Authenticate', 'Bearer realm="gravitee.io", error="insufficient_scope", scope="orders:write"']]);
  if (path.endsWith('/missing')) return of(404, 'Not Found', 'No context-path matches the request URI.', null, [], false);
  if (path.endsWith('/hostile')) return of(200, 'OK', HOSTILE.replace('TOKEN', token), null, [['X-Bidi', 'a\u202eb\u2066c'], ['X-Token', token]]);
  if (path.endsWith('/big')) {
    const call = of(200, 'OK', '', null);
    return { ...call, exchange: { ...call.exchange, response: call.exchange.response && { ...call.exchange.response, body_bytes: 24_500_000, body_truncated: true } }, body_handle: 'big', body_lines: 400_000, pretty: null };
  }
  const echo = { method: request.method, path, query: {}, headers: Object.fromEntries([['accept', '*/*'], ['host', '127.0.0.1:8082'], ['user-agent', 'claimcheck/0.1'], ['x-gravitee-request-id', '7c1f1d2e-5b0c-4a5e-9f1d-2e5b0c8a5e10']]), body: request.body || null, principal: { client_id: 'demo-client', scope: ['echo:read'] }, received_at: new Date(now * 1000).toISOString() };
  return of(200, 'OK', JSON.stringify(echo, null, 2), null, [['X-Gravitee-Transaction-Id', '7c1f1d2e-5b0c-4a5e-9f1d-2e5b0c8a5e10'], ['X-Gravitee-Request-Id', '7c1f1d2e-5b0c-4a5e-9f1d-2e5b0c8a5e10']]);
}

/** A line of the large body. */
export const bigLine = (at: number): string => (at === 0 ? '[' : at === 399_999 ? ']' : `  { "id": ${at}, "name": "Item ${at}", "in_stock": ${at % 3 === 0}, "price": ${(at * 7) % 1000}.5 },`);
