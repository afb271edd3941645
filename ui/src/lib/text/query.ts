/** One `name=value` of a URL's query, as it is shown. */
export interface Param {
  name: string;
  value: string;
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};

// Only what would break the URL is encoded: the rest stays as it was typed.
const UNSAFE = /[\u0000-\u0020"#%&+<>\u007f-\u{10ffff}]/gu;
const encode = (text: string): string => text.replace(UNSAFE, (character) => (character.match(/[\ud800-\udfff]/u) ? '%EF%BF%BD' : encodeURIComponent(character)));
const encodeName = (text: string): string => encode(text).replaceAll('=', '%3D');

interface Cut {
  before: string;
  query: string[];
  fragment: string;
}

function cut(url: string): Cut {
  const [address = '', ...fragment] = url.split('#');
  const at = address.indexOf('?');
  const query = at < 0 ? '' : address.slice(at + 1);
  return {
    before: at < 0 ? address : address.slice(0, at),
    query: query === '' ? [] : query.split('&'),
    fragment: fragment.length > 0 ? `#${fragment.join('#')}` : '',
  };
}

const join = ({ before, query, fragment }: Cut): string => `${before}${query.length > 0 ? '?' : ''}${query.join('&')}${fragment}`;

/** The parameters in a URL's query. */
export function paramsOf(url: string): Param[] {
  return cut(url).query.map((part) => {
    const at = part.indexOf('=');
    return at < 0 ? { name: decode(part), value: '' } : { name: decode(part.slice(0, at)), value: decode(part.slice(at + 1)) };
  });
}

/** The URL with its parameter `index` replaced, added (index = number of parameters) or taken out (`null`). The others stay as typed. */
export function withParam(url: string, index: number, param: Param | null): string {
  const parts = cut(url);
  if (param === null) parts.query.splice(index, 1);
  else parts.query[index] = param.value === '' ? encodeName(param.name) : `${encodeName(param.name)}=${encode(param.value)}`;
  return join(parts);
}

/** What stands in the place of a secret in the history, as it is and as a URL encodes it. */
const MASK = /••••|(?:%E2%80%A2){4}/gi;
const isMasked = (text: string): boolean => text.search(MASK) >= 0;

/** A URL out of the history whose masked values are empty, since a mask is not the secret, and what was emptied. */
export function withoutMasks(url: string): { url: string; emptied: string[] } {
  const emptied: string[] = [];
  const empty = (part: string): string => {
    if (!isMasked(part)) return part;
    const at = part.indexOf('=');
    const name = at < 0 ? '' : part.slice(0, at);
    emptied.push(at < 0 ? 'A part of the URL' : decode(name));
    return at < 0 ? part.replace(MASK, '') : `${name}=`;
  };
  const { before, query, fragment } = cut(url);
  const address = isMasked(before) ? before.replace(MASK, '') : before;
  if (address !== before) emptied.push('A part of the URL');
  const members = fragment === '' ? '' : `#${fragment.slice(1).split('&').map(empty).join('&')}`;
  return { url: join({ before: address, query: query.map(empty), fragment: members }), emptied };
}
