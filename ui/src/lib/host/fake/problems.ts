import type { Problem } from '../../bindings/Problem';
import type { ProblemCode } from '../../bindings/ProblemCode';
import type { ProblemDetail } from '../../bindings/ProblemDetail';
import type { VaultView } from '../../bindings/VaultView';
import { record } from './records';

export const problem = (code: ProblemCode, message: string, detail: Partial<ProblemDetail> = {}): Problem => ({ code, message, detail: { causes: [], ...detail } });

/** The refusal of a client that the server does not know. */
export function invalidClient(server: string, now: number): Problem {
  const answer = '{\n  "error": "invalid_client",\n  "error_description": "Invalid client: authentication failed"\n}';
  return problem('refused', `${server} refused the client.`, {
    oauth_error: 'invalid_client',
    oauth_description: 'Invalid client: authentication failed',
    status: 401,
    causes: [
      { cause: 'The client secret is wrong, or has a space or line break at its end.', likelihood: 'likely', next: 'Enter it again in the connection.' },
      { cause: 'The server expects another authentication method or encoding.', likelihood: 'possible', next: 'Try client_secret_post, or client_secret_basic_raw, under More.' },
      { cause: 'There is no such client in this security domain.', likelihood: 'possible', next: 'Compare the client ID and the domain with the application in the console.' },
    ],
    exchange: record({ method: 'POST', url: server, headers: [['Authorization', 'Basic ••••'], ['Content-Type', 'application/x-www-form-urlencoded']], body: 'grant_type=client_credentials', status: 401, reason: 'Unauthorized', answer, answerHeaders: [['WWW-Authenticate', 'Basic realm="gravitee-io"'], ['Content-Type', 'application/json']], at: now }),
  });
}

const READY: VaultView = { state: 'ready', message: "The system's keyring is open (Secret Service).", next: '', memory_only: false };

export const VAULTS: Record<string, VaultView> & { ready: VaultView } = {
  ready: READY,
  absent: { state: 'absent', message: 'No Secret Service answers on the session bus.', next: 'Install and start gnome-keyring or KWallet, then try again.', memory_only: false },
  locked: { state: 'locked', message: 'The default collection is locked.', next: 'Unlock it with the password of your session.', memory_only: false },
  dismissed: { state: 'dismissed', message: 'The password prompt was closed.', next: 'Unlock it when you are ready.', memory_only: false },
  denied: { state: 'denied', message: 'The keyring refused access.', next: 'Allow Claimcheck in the settings of your keyring, then try again.', memory_only: false },
  failed: { state: 'failed', message: 'The keyring does not work (the service ended the session).', next: 'Restart the keyring service and try again.', memory_only: false },
};
