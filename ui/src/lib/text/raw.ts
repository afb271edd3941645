import type { ExchangeRecord } from '../bindings/ExchangeRecord';

const lines = (headers: [string, string][]): string[] => headers.map(([name, value]) => `${name}: ${value}`);

/** The request as it went over the wire, secrets masked. */
export function rawRequest({ request, http_version }: ExchangeRecord): string {
  const target = request.url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '') || '/';
  return [`${request.method} ${target} ${http_version ?? 'HTTP/1.1'}`, ...lines(request.headers), '', request.body ?? ''].join('\n').trimEnd();
}

/** The response as it came over the wire. */
export function rawResponse({ response, http_version }: ExchangeRecord): string {
  if (!response) return 'No response arrived.';
  const body = response.body ?? (response.body_base64 === undefined ? '' : `(not text, in base64)\n${response.body_base64}`);
  const cut = response.body_truncated ? '\n(only the beginning)' : '';
  return [`${http_version ?? 'HTTP/1.1'} ${response.status} ${response.reason}`.trimEnd(), ...lines(response.headers), '', `${body}${cut}`].join('\n').trimEnd();
}
