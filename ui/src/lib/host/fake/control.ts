import type { FaultScope } from '../../bindings/FaultScope';
import type { FaultState } from '../../bindings/FaultState';
import type { GatewayControl } from '../../bindings/GatewayControl';
import type { Switch } from '../../bindings/Switch';
import type { Switchable } from '../../bindings/Switchable';

const NO_FAULTS: FaultState = { always: [], next: null };

export const CONTROL: GatewayControl = {
  clock: { offset_seconds: 0, frozen: false, now: 0 },
  domains: [{ path: 'demo', keys: [{ kid: 'default', algorithm: 'RS256', until: null }], faults: NO_FAULTS, clients: [{ client_id: 'demo-client', faults: NO_FAULTS }] }],
  apis: [{ path: '/echo', name: 'echo', url: 'http://127.0.0.1:8082/echo', behaviour: 'tutorial', weaknesses: [], faults: NO_FAULTS }],
};

const weakness = (name: string, kind: string, about: string): Switch => ({ name, kind, about, of_client: false, of_api: true });
const fault = (name: string, kind: string, about: string, of_client = true, of_api = false): Switch => ({ name, kind, about, of_client, of_api });

/** Some of what the engine knows. */
export const SWITCHES: Switchable = {
  behaviours: ['tutorial', 'apim-3', 'apim-4.0', 'apim-4.6', 'apim-4.12'],
  weaknesses: [
    weakness('no-auth', 'entry', 'no token is asked for'),
    weakness('any-bearer', 'entry', 'anything after `Bearer ` is a token'),
    weakness('decode-only', 'signature', 'the signature is not looked at'),
    weakness('ignore-exp', 'claims', 'exp is not looked at'),
    weakness('reflect-token', 'answer', 'refusals repeat the token'),
  ],
  faults: [
    fault('expired', 'claims', 'exp lies a minute before iat'),
    fault('weak-secret', 'token', 'HS256 with the secret `secret`'),
    fault('unavailable', 'answer', '503 with Retry-After', true, true),
    fault('connection-reset', 'answer', 'the connection is reset instead of an answer', true, true),
    fault('empty-jwks', 'keys', 'no keys', false),
  ],
};

/** The faults of whom the scope names. */
export function faultsOf(control: GatewayControl, scope: FaultScope): FaultState {
  const domain = scope.of === 'api' ? undefined : control.domains.find(({ path }) => path === scope.domain);
  if (scope.of === 'client') return domain?.clients.find(({ client_id }) => client_id === scope.client_id)?.faults ?? structuredClone(NO_FAULTS);
  return (scope.of === 'api' ? control.apis.find(({ path }) => path === scope.api)?.faults : domain?.faults) ?? structuredClone(NO_FAULTS);
}
