// oidc-provider on a free port of 127.0.0.1, with one client per way of authentication. The first line of stdout is the issuer.
// The public key of the client "key" comes in the environment as JWK.
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
    client('device', 'none', { grant_types: ['urn:ietf:params:oauth:grant-type:device_code'], application_type: 'native' }),
  ],
  scopes: ['api:read', 'openid'],
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

server.on('request', provider.callback());
console.log(issuer);
