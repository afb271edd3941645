import type { IconName } from '../components/icons';
import type { Tone } from '../text/tone';

/** A short message that goes away by itself, with at most one thing to do. */
export interface Toast {
  id: number;
  tone: Tone;
  icon?: IconName;
  text: string;
  action?: { label: string; run: () => void };
}

const SHORT = 4_000;
/** Long enough to read it and think again. */
const WITH_ACTION = 28_000;

export class Toasts {
  list = $state<Toast[]>([]);

  #next = 1;

  say(text: string, tone: Tone = 'ok', action?: Toast['action']): void {
    const id = this.#next++;
    this.list.push({ id, tone, text, action });
    setTimeout(() => this.dismiss(id), action ? WITH_ACTION : SHORT);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}
