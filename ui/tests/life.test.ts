import { describe, expect, it } from 'vitest';
import type { TokenLife } from '../src/lib/bindings/TokenLife';
import { duration, lifeAt, local, relative, utc } from '../src/lib/text/life';

const life = (expires_at: number | null): TokenLife => ({ obtained_at: 1000, expires_at, now: 1000, skew_seconds: null });

describe('the life of a token', () => {
  it.each([
    [1000 + 7200, 1000 + 120, 'valid', 'valid · 1 h 58 min'],
    [1000 + 7200, 1000, 'valid', 'valid · 2 h'],
    [1000 + 300, 1000, 'valid', 'valid · 5 min'],
    [1000 + 300, 1001, 'valid', 'valid · 4 min 59 s'],
    [1000 + 60, 1000, 'valid', 'valid · 1 min'],
    [1000 + 60, 1001, 'ending', 'valid · 59 s'],
    [1000 + 60, 1060, 'expired', 'expired 0 s ago'],
    [1000 + 60, 1072, 'expired', 'expired 12 s ago'],
    [null, 5000, 'endless', 'valid · no expiry given'],
  ])('that ends at %s reads at %s as %s: %s', (end, now, state, text) => {
    expect(lifeAt(life(end), now)).toMatchObject({ state, text });
  });

  it('shrinks from whole to nothing', () => {
    expect([1000, 4600, 8200, 9000].map((now) => lifeAt(life(8200), now).share)).toEqual([1, 0.5, 0, 0]);
  });

  it('names two units at most', () => {
    expect([0.4, 59, 61, 600, 3600, 90_061, 86_400].map(duration)).toEqual(['0 s', '59 s', '1 min 1 s', '10 min', '1 h', '1 d 1 h', '1 d']);
  });
});

describe('times of claims', () => {
  it('are told in UTC and relative', () => {
    expect(utc(0)).toBe('1970-01-01 00:00:00 UTC');
    expect([relative(100, 40), relative(40, 100), relative(7, 7)]).toEqual(['in 1 min', '1 min ago', 'now']);
  });

  it('are told on this machine with its distance from UTC', () => {
    const minutes = 0 - new Date(0).getTimezoneOffset();
    const told = /([+-])(\d\d):(\d\d) local$/.exec(local(0));
    expect(told && (told[1] === '-' ? -1 : 1) * (Number(told[2]) * 60 + Number(told[3]))).toBe(minutes);
  });

  it('beyond the calendar are said to be so', () => {
    expect(utc(9e15)).toBe('no calendar date');
  });
});
