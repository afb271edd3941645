import type { ResultingEndpoints } from '../../bindings/ResultingEndpoints';
import type { ServerForm } from '../../bindings/ServerForm';

const web = (url: string): boolean => /^https?:\/\/[^/\s]+/.test(url);
const missing = (note: string, field: string, url: string): ResultingEndpoints => ({ token_url: null, note, field: url === '' ? null : field });

export function endpointsOf(server: ServerForm): ResultingEndpoints {
  if (server.kind === 'issuer') return { token_url: null, note: web(server.issuer) ? 'The metadata of the issuer will tell.' : 'Fill in the issuer to see it.', field: null };
  if (server.kind === 'token_url') return web(server.token_url) ? { token_url: server.token_url, note: null, field: null } : missing('The token URL starts with http:// or https://.', 'token_url', server.token_url);
  if (!web(server.url)) return missing('The server URL starts with http:// or https://.', 'server_url', server.url);
  if (server.domain === '') return missing('Fill in the security domain to see it.', 'domain', '');
  return { token_url: `${server.url.replace(/\/+$/, '')}/${server.domain.replace(/^\/+/, '')}/oauth/token`, note: null, field: null };
}

export function labelOf(server: ServerForm): string {
  if (server.kind === 'issuer') return server.issuer;
  return server.kind === 'token_url' ? server.token_url : `${server.url.replace(/\/+$/, '')}/${server.domain}`;
}
