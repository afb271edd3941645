import type { DefinitionPreview } from '../../bindings/DefinitionPreview';
import type { DefinitionReport } from '../../bindings/DefinitionReport';
import type { ServedApi } from '../../bindings/ServedApi';
import { problem } from './problems';

const report = (name: string, path: string, more: Partial<DefinitionReport> = {}): DefinitionReport => ({
  name, form: 'v4_export', version: '1.0', apim_version: '4.12.0', behaviour: 'apim-4.12', paths: [path], targets: ['https://api.gravitee.io/echo'],
  plans: [{ name: 'keyless', security: 'KEY_LESS', status: 'PUBLISHED', needs_subscription: false }], secrets: 0, missing_secrets: [], problems: [], ...more,
});

export const ECHO: ServedApi = {
  id: null, name: 'echo', report: report('echo', '/echo', { behaviour: 'tutorial' }), url: 'http://127.0.0.1:8082/echo', not_served: null, subscribed: [], client: 'demo-client',
};

/** What a person who has imported some has. */
export const IMPORTED: ServedApi[] = [
  {
    ...ECHO, id: 1, name: 'orders', url: 'http://127.0.0.1:8082/orders',
    report: report('orders', '/orders', { version: '2.3', secrets: 1, plans: [
      { name: 'partners', security: 'OAUTH2', status: 'PUBLISHED', needs_subscription: true },
      { name: 'jobs', security: 'JWT', status: 'PUBLISHED', needs_subscription: true },
      { name: 'old', security: 'API_KEY', status: 'CLOSED', needs_subscription: false },
    ] }),
    subscribed: [{ plan: 'partners', clients: ['demo-client'] }, { plan: 'jobs', clients: [] }],
  },
  {
    ...ECHO, id: 2, name: 'A-very-long-name-of-an-API-that-somebody-gave-it-to-say-everything-about-it-in-one-word', url: null,
    not_served: 'plans[0].security.type: MTLS is not supported',
    report: report('long', '/partners/catalogue/of/everything/that/is/sold/anywhere/v2', { form: 'kubernetes_v4', plans: [{ name: 'certificates', security: 'MTLS', status: 'PUBLISHED', needs_subscription: false }] }),
  },
];

/** What the engine would say of a text: enough to look at every state of the dialog. */
export function previewOf(text: string, known: ServedApi[]): DefinitionPreview {
  const name = /"name"\s*:\s*"([^"]*)"/.exec(text)?.[1];
  if (name === undefined) throw problem('definition', 'line 1, column 1: it has no `api`, `proxy`, `listeners` or known `kind`');
  const problems: DefinitionReport['problems'] = [];
  if (text.includes('warn')) problems.push({ severity: 'warning', path: 'api.flows[0].request[0].configuration.oauthResource', message: 'no resource of this API is named `am`' });
  if (text.includes('wrong')) problems.push({ severity: 'error', path: 'api.listeners[0].paths[0].path', message: '`echo` does not begin with a slash' });
  const same = known.find((api) => api.name === name && api.id !== null);
  return { report: report(name, `/${name}`, { problems, secrets: 1 }), replaces: same !== undefined && !text.includes('other'), name_taken: same !== undefined && text.includes('other'), not_served: text.includes('MTLS') ? 'plans[0].security.type: MTLS is not supported' : null, warnings: [] };
}
