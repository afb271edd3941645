import { describe, expect, it } from 'vitest';
import css from '../src/lib/styles/tokens.css?raw';

type Scheme = 'light' | 'dark';

/** The colour of a token in one scheme, as linear sRGB. */
function colour(name: string, scheme: Scheme): [number, number, number] {
  const pair = new RegExp(`--${name}: light-dark\\(oklch\\(([^)]*)\\), oklch\\(([^)]*)\\)\\)`).exec(css);
  const text = pair?.[scheme === 'light' ? 1 : 2];
  if (!text) throw new Error(`tokens.css has no --${name}`);
  const [lightness = 0, chroma = 0, hue = 0] = text.split(/\s+/).map(Number);
  return linear(lightness, chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180));
}

/** OKLab to linear sRGB, clipped to the gamut (Björn Ottosson, https://bottosson.github.io/posts/oklab/). */
function linear(lightness: number, a: number, b: number): [number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (value: number): number => Math.min(1, Math.max(0, value));
  return [clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s), clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s), clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)];
}

/** WCAG 2.2 contrast ratio. */
function contrast(one: string, other: string, scheme: Scheme): number {
  const [high, low] = [one, other].map((name) => colour(name, scheme)).map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b).sort((x, y) => y - x);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const SURFACES = ['surface', 'surface-raised', 'surface-sunken', 'surface-hover'];
const INKS = ['text', 'text-quiet', 'accent', 'ok', 'warn', 'bad', 'code-key', 'code-string', 'code-number', 'code-word'];
const SOFT: [string, string][] = [
  ...['ok', 'warn', 'bad', 'accent'].flatMap((tone): [string, string][] => [[tone, `${tone}-soft`], ['text', `${tone}-soft`], ['text-quiet', `${tone}-soft`]]),
  ['warn', 'bad-soft'], ['text', 'hit'], ['code-string', 'hit'], ['code-key', 'hit'], ['on-accent', 'accent-fill'], ['on-accent', 'accent-fill-hover'],
];
const pairs = [...INKS.flatMap((ink) => SURFACES.map((surface): [string, string] => [ink, surface])), ...SOFT];

describe.each<Scheme>(['light', 'dark'])('in %s', (scheme) => {
  it.each(pairs)('%s on %s can be read', (ink, surface) => {
    expect(contrast(ink, surface, scheme)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['surface', 'surface-raised'])('fields stand out from %s', (surface) => {
    expect(contrast('line-field', surface, scheme)).toBeGreaterThanOrEqual(3);
  });
});
