import type { ConnectionView } from '../../bindings/ConnectionView';
import type { Discovery } from '../../bindings/Discovery';
import type { GrantInputs } from '../../bindings/GrantInputs';
import type { GrantOptions } from '../../bindings/GrantOptions';
import type { Problem } from '../../bindings/Problem';
import type { ServerForm } from '../../bindings/ServerForm';
import type { SignIn } from '../../bindings/SignIn';
import type { TokenView } from '../../bindings/TokenView';
import { labelOf } from './endpoints';
import { problem } from './problems';

const INPUTS: Partial<Record<GrantOptions['grant_type'], [keyof GrantInputs, string]>> = {
  password: ['password', "The user's password is missing."],
  refresh_token: ['refresh_token', 'The refresh token is missing.'],
  token_exchange: ['subject_token', 'The subject token is missing: the token that is to be exchanged.'],
  jwt_bearer: ['assertion', 'The assertion is missing: paste a signed one, or name the key that signs it in the connection.'],
};

/** What the engine would ask for. */
export function missingInput(grant: GrantOptions, inputs: GrantInputs | null): Problem | null {
  const needed = INPUTS[grant.grant_type];
  if (!needed || grant.subject_connection !== null || grant.assertion_key_file !== null) return null;
  const [field, message] = needed;
  return (inputs?.[field] ?? '') === '' ? problem('input_needed', message, { field }) : null;
}

/** What the metadata of the fake's servers says; the one at `mismatch` names another issuer. */
export function discovered(server: ServerForm): Discovery {
  const base = labelOf(server);
  if (!/^https?:/.test(base)) throw problem('invalid', `\`${base}\` is not a URL. Write it like https://example.com.`, { field: 'issuer' });
  if (base.includes('mismatch')) {
    throw problem('bad_answer', `The metadata of ${base} says that it belongs to https://issuer.example.com. They must be equal, character by character (RFC 8414 3.3): use https://issuer.example.com as issuer if that is whom you trust.`, { issuer: 'https://issuer.example.com' });
  }
  const issuer = server.kind === 'gravitee' ? `${base}/oidc` : base;
  return {
    issuer, document: `${issuer}/.well-known/openid-configuration`, token_url: `${base}/oauth/token`, authorize_url: `${base}/oauth/authorize`,
    device_url: `${base}/oauth/device_authorization`, introspect_url: `${base}/oauth/introspect`, revoke_url: `${base}/oauth/revoke`, userinfo_url: `${base}/oidc/userinfo`,
    jwks_url: `${base}/oidc/.well-known/jwks.json`, grants: ['client_credentials', 'authorization_code', 'refresh_token', 'device_code', 'token_exchange', 'jwt_bearer'],
    methods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'], scopes: ['openid', 'profile', 'email', 'echo:read', 'orders:read', 'orders:write'],
    dpop: false, notes: ['The jwks endpoint is not on the issuer\u2019s origin: https://keys.example.com/jwks.json.'],
  };
}

/** Sign-ins that wait for the person; opening the address again is the person who signs in. */
export class SignIns {
  #waiting = new Map<number, { signIn: SignIn; done: () => void; failed: (problem: Problem) => void }>();

  begin(connection: ConnectionView, token: () => TokenView): Promise<TokenView> {
    const expires_at = Math.floor(Date.now() / 1000) + 600;
    const base = connection.server_label;
    const url = `${base}/oauth/authorize?response_type=code&client_id=${connection.client_id}&redirect_uri=http%3A%2F%2F127.0.0.1%3A43117%2Fcallback&state=KqMT1Wb0M2oVJr8n5d3xwA&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&scope=openid`;
    const signIn: SignIn = connection.grant.grant_type === 'device_code'
      ? { kind: 'device', user_code: 'WDJB-MJHT', verification_uri: `${base}/oauth/device`, verification_uri_complete: `${base}/oauth/device?user_code=WDJB-MJHT`, expires_at }
      : { kind: 'browser', url, opened: true, note: null, expires_at };
    return new Promise((resolve, reject) => {
      this.#waiting.set(connection.id, { signIn, done: () => resolve(token()), failed: reject });
    });
  }

  shown(connection: number): SignIn | null {
    return this.#waiting.get(connection)?.signIn ?? null;
  }

  finish(connection: number): void {
    this.#waiting.get(connection)?.done();
    this.#waiting.delete(connection);
  }

  cancel(connection: number): void {
    this.#waiting.get(connection)?.failed(problem('cancelled', 'You cancelled the sign-in.'));
    this.#waiting.delete(connection);
  }
}
