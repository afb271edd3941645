import type { Problem } from '../bindings/Problem';

const looksLikeProblem = (thrown: unknown): thrown is Problem =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown;

/** Whatever was thrown, as a `Problem`: only a defect (a refused command, a broken channel) is not one already. */
export function problemOf(thrown: unknown): Problem {
  if (looksLikeProblem(thrown)) return { ...thrown, detail: { ...thrown.detail, causes: thrown.detail?.causes ?? [] } };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal', message, detail: { causes: [] } };
}
