/**
 * How a line of hostile text is drawn: cut into runs, each with a kind. Nothing is added or taken away: the runs joined
 * are the line. Characters that hide or reorder text become runs of their own, so that they are drawn as visible marks.
 */
export type SegmentKind = 'plain' | 'key' | 'string' | 'number' | 'word' | 'mark' | 'jwt';

export interface Segment {
  text: string;
  kind: SegmentKind;
  /** For a mark: what is drawn in its place (`U+202E`). */
  label?: string;
  /** Part of a search hit. */
  hit?: boolean;
}

// Controls but tab, soft hyphen, combining grapheme joiner, Arabic letter mark, Hangul and Mongolian fillers, zero-width and
// bidirectional controls, line separators, invisible operators, byte order mark, interlinear marks, tags, lone surrogates.
const HIDDEN =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;
const JWT = /eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*(?:\.[\w-]+\.[\w-]+)?/g;
const JSON_PARTS = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

const NAMES: Record<number, string> = { 0x0a: 'LF', 0x0d: 'CR', 0x00: 'NUL', 0x1b: 'ESC', 0x200b: 'ZWSP', 0x200c: 'ZWNJ', 0x200d: 'ZWJ', 0x200e: 'LRM', 0x200f: 'RLM', 0x202a: 'LRE', 0x202b: 'RLE', 0x202c: 'PDF', 0x202d: 'LRO', 0x202e: 'RLO', 0x2066: 'LRI', 0x2067: 'RLI', 0x2068: 'FSI', 0x2069: 'PDI', 0xfeff: 'BOM' };

/** What is drawn for a hidden character: its short name, else its code point. */
export function markLabel(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return NAMES[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

function cut(text: string, pattern: RegExp, kind: SegmentKind, rest: SegmentKind): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) segments.push({ text: text.slice(from, match.index), kind: rest });
    segments.push({ text: match[0], kind });
    from = match.index + match[0].length;
  }
  if (from < text.length) segments.push({ text: text.slice(from), kind: rest });
  return segments;
}

function marked(segment: Segment): Segment[] {
  return cut(segment.text, HIDDEN, 'mark', segment.kind).map((part) =>
    part.kind === 'mark' ? { ...part, label: markLabel(part.text) } : part,
  );
}

const withTokens = (segment: Segment): Segment[] => cut(segment.text, JWT, 'jwt', segment.kind);

function jsonRuns(line: string): Segment[] {
  const runs: Segment[] = [];
  let from = 0;
  for (const match of line.matchAll(JSON_PARTS)) {
    const [whole, quoted, colon, number] = match;
    if (match.index > from) runs.push({ text: line.slice(from, match.index), kind: 'plain' });
    if (quoted !== undefined) {
      runs.push({ text: quoted, kind: colon ? 'key' : 'string' });
      if (colon) runs.push({ text: colon, kind: 'plain' });
    } else {
      runs.push({ text: whole, kind: number !== undefined ? 'number' : 'word' });
    }
    from = match.index + whole.length;
  }
  if (from < line.length) runs.push({ text: line.slice(from), kind: 'plain' });
  return runs;
}

/** The runs of one line. `json` colours it as a line of pretty-printed JSON. */
export function segments(line: string, json = false): Segment[] {
  const runs: Segment[] = json ? jsonRuns(line) : [{ text: line, kind: 'plain' }];
  return runs.flatMap(withTokens).flatMap(marked);
}

function splitHits(segment: Segment, needle: string): Segment[] {
  const parts: Segment[] = [];
  const haystack = segment.text.toLowerCase();
  let from = 0;
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, from)) {
    if (at > from) parts.push({ ...segment, text: segment.text.slice(from, at) });
    parts.push({ ...segment, text: segment.text.slice(at, at + needle.length), hit: true });
    from = at + needle.length;
  }
  if (from < segment.text.length) parts.push({ ...segment, text: segment.text.slice(from) });
  return parts;
}

/** The same runs with what was searched for marked; a hit is found within a run. */
export function highlighted(runs: Segment[], search: string): Segment[] {
  const needle = search.toLowerCase();
  if (needle === '') return runs;
  return runs.flatMap((run) => (run.kind === 'mark' || run.kind === 'jwt' ? [run] : splitHits(run, needle)));
}
