import type { AcceptanceRules } from '../bindings/AcceptanceRules';

/** The rules as they are typed: every one a text, an empty one not asked for. */
export interface RulesText {
  issuer: string;
  audience: string;
  scopes: string;
  client: string;
  algorithms: string;
  typ: string;
  maxAge: string;
  leeway: string;
  requiredClaims: string;
  thumbprint: string;
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');
const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

function seconds(text: string): number | null {
  const number = Number(text.trim());
  return text.trim() !== '' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

export const NO_RULES: AcceptanceRules = { issuer: null, audience: null, algorithms: [], scopes: [], typ: null, max_age: null, client: null, required_claims: [], thumbprint: null, leeway: 0 };

export function textOf(rules: AcceptanceRules): RulesText {
  return {
    issuer: rules.issuer ?? '',
    audience: rules.audience ?? '',
    scopes: rules.scopes.join(' '),
    client: rules.client ?? '',
    algorithms: rules.algorithms.join(' '),
    typ: rules.typ ?? '',
    maxAge: rules.max_age === null ? '' : String(rules.max_age),
    leeway: rules.leeway === 0 ? '' : String(rules.leeway),
    requiredClaims: rules.required_claims.join(' '),
    thumbprint: rules.thumbprint ?? '',
  };
}

export function rulesOf(text: RulesText): AcceptanceRules {
  return {
    issuer: orNull(text.issuer),
    audience: orNull(text.audience),
    algorithms: words(text.algorithms),
    scopes: words(text.scopes),
    typ: orNull(text.typ),
    max_age: seconds(text.maxAge),
    client: orNull(text.client),
    required_claims: words(text.requiredClaims),
    thumbprint: orNull(text.thumbprint),
    leeway: seconds(text.leeway) ?? 0,
  };
}

/** What a field cannot be read as; null if it is well. */
export const secondsError = (text: string): string | null => (text.trim() === '' || seconds(text) !== null ? null : 'Whole seconds, such as 60');

/** How many rules are asked for. */
export function asked(rules: AcceptanceRules): number {
  return Object.entries(rules).filter(([name, value]) => name !== 'leeway' && value !== null && !(Array.isArray(value) && value.length === 0)).length;
}
