import type { ComparedClaim } from '../../bindings/ComparedClaim';
import type { DiffSide } from '../../bindings/DiffSide';
import type { TokenDiff } from '../../bindings/TokenDiff';

/** A payload beside an answer, as the engine would set them. */
export function comparedWith(payload: unknown, said: Record<string, unknown>): ComparedClaim[] {
  if (typeof payload !== 'object' || payload === null) return [];
  const token = payload as Record<string, unknown>;
  const names = new Set([...Object.keys(token), ...Object.keys(said)].filter((name) => name !== 'active'));
  return [...names].map((name): ComparedClaim => {
    const agreement = !(name in token) ? 'server_only' : !(name in said) ? 'token_only' : token[name] === said[name] ? 'same' : 'differs';
    return { name, token: token[name], server: said[name], agreement, note: '' };
  });
}

/** Two tokens that differ in the usual places. */
export function differenceOf(left: DiffSide, right: DiffSide): TokenDiff {
  const same = JSON.stringify(left) === JSON.stringify(right);
  const side = { masked: 'eyJr…9sQw', form: 'jws', readable: true } as const;
  const differences = [
    { path: 'header.kid', left: 'demo-1', right: 'demo-2' },
    { path: 'payload.exp', left: 1_795_650_000, right: 1_795_657_200, note: '2 h later' },
    { path: 'payload.scope', left: 'echo:read', right: 'echo:read echo:write', note: 'adds echo:write' },
    { path: 'payload.act', right: { sub: 'batch' } },
  ];
  return { same, left: side, right: { ...side, masked: 'eyJh…Xk2A' }, differences: same ? [] : differences };
}
