import type { Form } from '../bindings/Form';
import type { Inspection } from '../bindings/Inspection';
import type { Standing, Tone } from './tone';

/** One of the three verdicts on a token. They are never mixed. */
export interface Verdict extends Standing {
  name: string;
}

export const FORMS: Record<Form, string> = {
  jws: 'Signed JWT (JWS compact)',
  jwe: 'Encrypted JWT (JWE)',
  'jws-json': 'Signed token (JWS JSON serialization)',
  'sd-jwt': 'SD-JWT',
  nested: 'JWT that holds another one',
  dpop: 'DPoP proof',
  opaque: 'Opaque token',
  broken: 'Broken token',
};

function wellFormed({ form, well_formed }: Inspection): Standing {
  if (form === 'opaque') return { tone: 'quiet', icon: 'dash', word: 'nothing to read' };
  return well_formed ? { tone: 'ok', icon: 'check', word: 'yes' } : { tone: 'bad', icon: 'cross', word: 'no' };
}

export function signature({ signature: { verdict } }: Inspection): Standing {
  if (verdict === 'valid') return { tone: 'ok', icon: 'check', word: 'valid' };
  return verdict === 'invalid' ? { tone: 'bad', icon: 'cross', word: 'invalid' } : { tone: 'quiet', icon: 'dash', word: 'not checked' };
}

export function acceptable({ acceptable: { verdict } }: Inspection): Standing {
  if (verdict === 'yes') return { tone: 'ok', icon: 'check', word: 'yes' };
  return verdict === 'no' ? { tone: 'bad', icon: 'cross', word: 'no' } : { tone: 'warn', icon: 'alert', word: 'unknown' };
}

/** How a severity is coloured. */
export const SEVERITY: Record<string, Tone> = { critical: 'bad', high: 'bad', medium: 'warn', low: 'quiet', info: 'accent' };

/** `then` where the verdict is of another time than now. */
export function verdictsOf(inspection: Inspection, then = false): Verdict[] {
  return [
    { name: 'Well-formed', ...wellFormed(inspection) },
    { name: 'Signature', ...signature(inspection) },
    { name: then ? 'Acceptable then' : 'Acceptable now', ...acceptable(inspection) },
  ];
}
