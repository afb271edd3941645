import type { TokenLife } from '../bindings/TokenLife';

/** How a token's life looks right now. `share` is what is left of it, from 1 to 0. */
export interface LifeNow {
  state: 'valid' | 'ending' | 'expired' | 'endless';
  text: string;
  share: number;
}

/** A token that lives shorter than this is shown in amber. */
const ENDING_SECONDS = 60;

/** A duration in its two largest units: `1 h 58 min`, `4 min 10 s`, `12 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3600), Math.floor((whole % 3600) / 60)];
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes >= 10) return `${minutes} min`;
  if (minutes > 0) return whole % 60 > 0 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  return `${whole} s`;
}

/** The life of a token at `now`, in seconds of the engine's clock. */
export function lifeAt(life: TokenLife, now: number): LifeNow {
  if (life.expires_at === null) return { state: 'endless', text: 'valid · no expiry given', share: 1 };
  const left = life.expires_at - now;
  if (left <= 0) return { state: 'expired', text: `expired ${duration(-left)} ago`, share: 0 };
  const whole = Math.max(1, life.expires_at - life.obtained_at);
  return { state: left < ENDING_SECONDS ? 'ending' : 'valid', text: `valid · ${duration(left)}`, share: Math.min(1, left / whole) };
}

/** `in 1 h 58 min`, `12 s ago`, `now`. */
export function relative(time: number, now: number): string {
  const difference = Math.round(time - now);
  if (difference === 0) return 'now';
  return difference > 0 ? `in ${duration(difference)}` : `${duration(-difference)} ago`;
}

const two = (value: number): string => String(value).padStart(2, '0');

const valid = (date: Date): boolean => !Number.isNaN(date.getTime());

/** `2026-11-22 09:30:00 UTC`, for seconds since the epoch. */
export function utc(seconds: number): string {
  const date = new Date(seconds * 1000);
  return valid(date) ? `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC` : 'no calendar date';
}

/** How far this machine's clock was from UTC at that moment: `+05:30`. */
function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

/** The same moment on this machine's clock: `10:30:00 +01:00 local`, with the date where it is another one. */
export function local(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (!valid(date)) return 'no calendar date';
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return day === date.toISOString().slice(0, 10) ? `${time} ${offset(date)} local` : `${day} ${time} ${offset(date)} local`;
}

/** A moment in milliseconds since the epoch: the time of day for today, else the date. */
export function shortTime(milliseconds: number, now: number): string {
  const date = new Date(milliseconds);
  if (!valid(date)) return '';
  const today = new Date(now * 1000).toDateString() === date.toDateString();
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return today ? time : `${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** Numbers from here on are milliseconds since 1970: as seconds they are past the year 5138. */
const MILLISECONDS = 1e11;

/** Seconds since the epoch of a moment as it is typed: RFC 3339 with its offset, or seconds or milliseconds. Null if it is neither. */
export function momentOf(text: string): number | null {
  if (/^-?\d{1,16}$/.test(text)) {
    const number = Number(text);
    return Math.floor(Math.abs(number) >= MILLISECONDS ? number / 1000 : number);
  }
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.test(text)) return null;
  const moment = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(moment) ? null : Math.floor(moment / 1000);
}
