import type { GrantType } from '../bindings/GrantType';

/** The grants, the most common first. */
export const GRANTS: { value: GrantType; label: string }[] = [
  { value: 'client_credentials', label: 'Client credentials: the client for itself' },
  { value: 'authorization_code', label: 'Authorization code: you sign in, in the browser' },
  { value: 'device_code', label: 'Device code: you sign in on another device' },
  { value: 'refresh_token', label: 'Refresh token: one that you have' },
  { value: 'token_exchange', label: 'Token exchange: a token for another token' },
  { value: 'jwt_bearer', label: 'JWT bearer: a token for a signed assertion' },
  { value: 'password', label: 'Password (legacy): user name and password' },
];

const NOTES: Record<GrantType, string> = {
  client_credentials: 'No person is involved; nothing else is needed (RFC 6749 4.4).',
  authorization_code: 'Your browser opens at the server, with PKCE; what it sends back is caught on this machine (RFC 6749 4.1, RFC 8252).',
  device_code: 'You are shown a code to type in on any device with a browser (RFC 8628).',
  refresh_token: 'You are asked for the refresh token once; the ones that replace it are used by themselves (RFC 6749 6).',
  token_exchange: 'The server gives a token of its own for one that you have (RFC 8693).',
  jwt_bearer: 'The server gives a token for an assertion that somebody it trusts has signed (RFC 7523 2.1).',
  password: 'Legacy: RFC 9700 2.4 says that it must not be used. The password passes through this program; it is asked for, and kept in memory only.',
};

export const grantNote = (grant: GrantType): string => NOTES[grant];
