import type { Problem } from '../bindings/Problem';
import type { ProblemCode } from '../bindings/ProblemCode';

const HEADLINES: Record<ProblemCode, string> = {
  invalid: 'This cannot be used',
  not_found: 'It is not there any more',
  name_taken: 'The name is taken',
  network: 'No connection',
  tls: 'No trusted TLS connection',
  timeout: 'No answer in time',
  cancelled: 'Cancelled',
  refused: 'Refused by the authorization server',
  bad_answer: 'Not an answer that OAuth 2.0 knows',
  keyring_absent: 'There is no keyring',
  keyring_locked: 'The keyring is locked',
  keyring_dismissed: 'The keyring stayed locked',
  keyring_denied: 'The keyring denied access',
  keyring: 'The keyring failed',
  secret_missing: 'The client secret is missing',
  library: 'The data folder cannot be used',
  port_taken: 'The port is taken',
  configuration: 'The gateway configuration is wrong',
  definition: 'This is no API definition',
  no_token: 'There is no token',
  no_endpoint: 'The server has no such endpoint',
  input_needed: 'Something is to be entered',
  sign_in_needed: 'Your sign-in is needed',
  sign_in: 'The sign-in did not succeed',
  internal: 'A defect of Claimcheck',
};

/** The headline of a problem that has no OAuth code. */
export const headlineOf = (problem: Problem): string => HEADLINES[problem.code] ?? HEADLINES.internal;

/** Whether the server does not take the client for who it says it is. Keycloak says so of a wrong secret with `unauthorized_client` and 401. */
export function refusesClient({ detail }: Problem): boolean {
  return detail.oauth_error === 'invalid_client' || (detail.oauth_error === 'unauthorized_client' && detail.status === 401);
}
