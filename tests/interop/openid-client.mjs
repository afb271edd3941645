// openid-client against the authorization server whose issuer is the argument: every flow that the local one offers such a client.
// Ends with 0 when each answer is what the flow says; the first that is not ends it with the reason on stderr.
import assert from 'node:assert/strict';
import * as oidc from 'openid-client';

const issuer = new URL(process.argv[2]);
const redirect = 'http://127.0.0.1/cb';
const options = { execute: [oidc.allowInsecureRequests] };
const discover = (id, secret, authentication) => oidc.discovery(issuer, id, undefined, authentication(secret), options);

const machine = await discover('basic', 's3cret', oidc.ClientSecretBasic);
const granted = await oidc.clientCredentialsGrant(machine, { scope: 'read' });
assert.equal(granted.token_type, 'bearer');
assert.equal((await oidc.tokenIntrospection(machine, granted.access_token)).active, true);
await oidc.tokenRevocation(machine, granted.access_token);
assert.equal((await oidc.tokenIntrospection(machine, granted.access_token)).active, false);

const web = await discover('web', 'w3b', oidc.ClientSecretBasic);
const verifier = oidc.randomPKCECodeVerifier();
const expected = { state: oidc.randomState(), nonce: oidc.randomNonce() };
const begin = oidc.buildAuthorizationUrl(web, {
  redirect_uri: redirect,
  scope: 'openid read',
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  ...expected,
});

// What a browser does: shows the consent page, and posts its form with the cookie.
const page = await fetch(begin);
assert.equal(page.status, 200);
const form = /name="form" value="([^"]+)"/.exec(await page.text())[1];
const consent = await fetch(new URL('/demo/oauth/consent', begin), {
  method: 'POST',
  redirect: 'manual',
  headers: { Cookie: page.headers.get('set-cookie').split(';')[0], Origin: begin.origin },
  body: new URLSearchParams({ form, username: 'alice', decision: 'approve' }),
});
const back = new URL(consent.headers.get('location'));
assert.equal(`${back.origin}${back.pathname}`, redirect);

const tokens = await oidc.authorizationCodeGrant(web, back, {
  pkceCodeVerifier: verifier,
  expectedState: expected.state,
  expectedNonce: expected.nonce,
  idTokenExpected: true,
});
assert.equal(tokens.claims().aud, 'web');
const renewed = await oidc.refreshTokenGrant(web, tokens.refresh_token);
assert.notEqual(renewed.refresh_token, tokens.refresh_token);
assert.equal((await oidc.tokenIntrospection(web, renewed.access_token)).active, true);
await assert.rejects(oidc.refreshTokenGrant(web, tokens.refresh_token), { error: 'invalid_grant' });
await oidc.tokenRevocation(web, renewed.access_token);
assert.equal((await oidc.tokenIntrospection(web, renewed.access_token)).active, false);
