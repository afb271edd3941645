import type { RequestEvent } from '../../bindings/RequestEvent';
import type { StepOutcome } from '../../bindings/StepOutcome';
import type { TraceStep } from '../../bindings/TraceStep';

const step = (name: string, outcome: StepOutcome, detail: string, us: number): TraceStep => ({ step: name, outcome, detail, us });

const HOST = step('host', 'pass', 'Host is 127.0.0.1:8082, a loopback name with the right port.', 3);
const ROUTE = step('route', 'pass', 'API echo on /echo, plan Keyless, flow "secure".', 11);

/** What the gateway says about one request to its API. */
export function apiEvent(sequence: number, at: number, method: string, path: string, status: number): RequestEvent {
  const refused = [HOST, ROUTE, step('token', 'refuse', 'No Authorization header. The policy wants Bearer and a token.', 6)];
  const accepted = [HOST, ROUTE, step('token', 'pass', 'Authorization header found, scheme Bearer.', 7), step('introspection', 'pass', 'Verified here against key demo-1, cached until it expires.', 182), step('scope', 'pass', 'No scope is required.', 2), step('forward', 'info', 'Echo answered 200.', 96)];
  const outOfScope = [...accepted.slice(0, 4), step('scope', 'refuse', 'orders:write is required, echo:read is granted.', 4)];
  const trace = status === 401 ? refused : status === 403 ? outOfScope : accepted;
  const key = status === 401 ? 'OAUTH2_MISSING_HEADER' : status === 403 ? 'OAUTH2_INSUFFICIENT_SCOPE' : null;
  return { event: 'RequestEvent', listener: 'gateway', method, path, status, error_key: key, trace, sequence, at: new Date(at * 1000).toISOString(), total_us: trace.reduce((sum, { us }) => sum + us, 240) };
}

/** What it says about one token request. */
export function tokenEvent(sequence: number, at: number): RequestEvent {
  const trace = [HOST, step('route', 'pass', 'Token endpoint of domain demo.', 4), step('client', 'pass', 'demo-client authenticated with client_secret_basic.', 41), step('grant', 'pass', 'client_credentials, scope echo:read.', 12), step('sign', 'info', 'RS256 with key demo-1, lives 7200 s.', 940)];
  return { event: 'RequestEvent', listener: 'am', method: 'POST', path: '/demo/oauth/token', status: 200, error_key: null, trace, sequence, at: new Date(at * 1000).toISOString(), total_us: 1_180 };
}
