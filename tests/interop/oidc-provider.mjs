// oidc-provider on a free port of 127.0.0.1, with one client per way of authentication. The first line of stdout is the issuer.
// The public key of the client "key" comes in the environment as JWK (CLIENT_JWK), further clients as JSON (CLIENTS).
// There are no accounts: whoever comes signs in at once as "alice" and agrees to everything. A device code is approved at /approve.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const secret = 's: %&+/=?"\\ long enough for an HMAC key';
const client = (id, method, more = {}) => ({
  client_id: id,
  client_secret: ['private_key_jwt', 'none'].includes(method) ? undefined : secret,
  token_endpoint_auth_method: method,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  ...more,
});

const provider = new Provider(issuer, {
  clients: [
    client('basic id:+', 'client_secret_basic'),
    client('post', 'client_secret_post'),
    client('plain', 'client_secret_post', { client_secret: 'plain-secret' }),
    client('gateway', 'client_secret_basic', { client_secret: 'gateway-secret' }),
    client('jwt', 'client_secret_jwt'),
    client('key', 'private_key_jwt', { jwks: { keys: [JSON.parse(process.env.CLIENT_JWK)] } }),
    client('dpop', 'client_secret_basic', { dpop_bound_access_tokens: true }),
    ...JSON.parse(process.env.CLIENTS ?? '[]').map(({ id, method, ...more }) => client(id, method, more)),
    client('device', 'none', { grant_types: ['urn:ietf:params:oauth:grant-type:device_code'], application_type: 'native' }),
  ],
  scopes: ['api:read', 'openid', 'offline_access'],
  // A refresh token for every client that may use one: what is tried here is its use.
  issueRefreshToken: async (_, issuedTo) => issuedTo.grantTypeAllowed('refresh_token'),
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'Alice' }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  responseTypes: ['code'],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 1), requireNonce: () => true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: 'api:read', audience: 'urn:api', accessTokenFormat: 'jwt', accessTokenTTL: 600 }),
    },
  },
});

/** Signs in and agrees, without asking. */
async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: 'alice' } });
  const grant = (grantId && (await provider.Grant.find(grantId))) || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details;
  if (missingOIDCScope.length > 0) grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes)) grant.addResourceScope(resource, scopes.join(' '));
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

/** What the page for devices comes to, for a user who types the code in and agrees. */
async function approve(userCode, response) {
  const device = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''));
  const grant = new provider.Grant({ accountId: 'alice', clientId: device.clientId });
  grant.addOIDCScope(device.params.scope ?? '');
  device.grantId = await grant.save();
  Object.assign(device, { accountId: 'alice', scope: device.params.scope, authTime: Math.floor(Date.now() / 1000), sessionUid: 'none', acr: undefined, amr: undefined });
  await device.save();
  response.end('approved');
}

const answer = provider.callback();
server.on('request', (request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname.startsWith('/interaction/')) return interact(request, response);
  if (url.pathname === '/approve') return approve(url.searchParams.get('user_code'), response);
  return answer(request, response);
});
console.log(issuer);
