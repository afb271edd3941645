import type { ExchangeRecord } from '../../bindings/ExchangeRecord';

/** What differs between the exchanges of the fake. */
export interface Exchanged {
  method: string;
  url: string;
  headers?: [string, string][];
  body?: string | null;
  status: number;
  reason: string;
  answerHeaders?: [string, string][];
  answer?: string;
  bytes?: number;
  at: number;
  first?: number;
}

/** An exchange as the engine would record it. */
export function record(of: Exchanged): ExchangeRecord {
  const answer = of.answer ?? '';
  const first = of.first ?? 9_400;
  const secure = of.url.startsWith('https:');
  return {
    request: { method: of.method, url: of.url, headers: of.headers ?? [], body: of.body ?? null },
    response: {
      status: of.status,
      reason: of.reason,
      headers: of.answerHeaders ?? [['Content-Type', 'application/json'], ['Content-Length', String(answer.length)]],
      body: answer,
      body_bytes: of.bytes ?? answer.length,
      body_truncated: of.bytes !== undefined && of.bytes > answer.length,
    },
    timing_us: { dns: secure ? 3_120 : null, connect: secure ? 14_800 : 210, tls: secure ? 31_300 : null, first_byte: first, total: first + (secure ? 49_220 : 210) + 640 },
    redirects: [],
    sent_at: new Date(of.at * 1000).toISOString(),
    remote_address: secure ? '203.0.113.20:443' : '127.0.0.1:8082',
    http_version: secure ? 'HTTP/2' : 'HTTP/1.1',
  };
}

/** The exchange of a token request. */
export function tokenExchange(tokenUrl: string, scopes: string, masked: string, lifetime: number, at: number): ExchangeRecord {
  const answer = JSON.stringify({ access_token: masked, token_type: 'bearer', expires_in: lifetime, scope: scopes || 'echo:read' }, null, 2);
  return record({
    method: 'POST',
    url: tokenUrl,
    headers: [['Authorization', 'Basic ••••'], ['Content-Type', 'application/x-www-form-urlencoded'], ['Accept', 'application/json'], ['User-Agent', 'claimcheck/0.1']],
    body: `grant_type=client_credentials${scopes ? `&scope=${scopes.replaceAll(' ', '+')}` : ''}`,
    status: 200,
    reason: 'OK',
    answerHeaders: [['Content-Type', 'application/json;charset=UTF-8'], ['Cache-Control', 'no-cache, no-store, max-age=0, must-revalidate'], ['Pragma', 'no-cache']],
    answer,
    at,
    first: 11_200,
  });
}
