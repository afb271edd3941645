import type { IconName } from '../components/icons';

/** The five ways a state is coloured. A tone never stands alone: it comes with a word and an icon. */
export type Tone = 'ok' | 'warn' | 'bad' | 'accent' | 'quiet';

/** A state in all three forms. */
export interface Standing {
  tone: Tone;
  icon: IconName;
  word: string;
}

/** The standing of an HTTP status. */
export function ofStatus(status: number): Tone {
  if (status < 300) return 'ok';
  if (status < 400) return 'accent';
  return status < 500 ? 'warn' : 'bad';
}

export const iconOf = (tone: Tone): IconName => ({ ok: 'check', warn: 'alert', bad: 'cross', accent: 'info', quiet: 'dash' } as const)[tone];
