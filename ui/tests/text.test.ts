import { describe, expect, it } from 'vitest';
import { elapsed, size } from '../src/lib/text/measure';
import { paramsOf, withoutMasks, withParam } from '../src/lib/text/query';
import { highlighted, segments } from '../src/lib/text/segments';

const join = (runs: { text: string }[]): string => runs.map(({ text }) => text).join('');

describe('hostile text', () => {
  const lines = ['  "a\u202eb": "x\u200by\u001b[31m", 12, true', '\u0000\u0007\ufeff\u{e0041}', '"un"closed \\" eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0. end', '<script>alert(1)</script>'];

  it.each(lines)('stays what it is: %j', (line) => {
    expect(join(segments(line))).toBe(line);
    expect(join(segments(line, true))).toBe(line);
    expect(join(highlighted(segments(line, true), 'a'))).toBe(line);
  });

  it('shows what hides or reorders', () => {
    const marks = segments('a\u202eb\u200bc\u001bd\u2066e\u00adf').filter(({ kind }) => kind === 'mark');
    expect(marks.map(({ label }) => label)).toEqual(['RLO', 'ZWSP', 'ESC', 'LRI', 'U+00AD']);
  });

  it('leaves tabs and other scripts alone', () => {
    expect(segments('\tgrüße 你好 שלום').map(({ kind }) => kind)).toEqual(['plain']);
  });

  it('finds tokens inside of strings', () => {
    const token = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln';
    expect(segments(`"t": "${token}",`, true).find(({ kind }) => kind === 'jwt')?.text).toBe(token);
  });
});

describe('the colours of JSON', () => {
  it('tell keys from values', () => {
    const kinds = segments('  "a": "b", "n": -1.5e3, "t": null', true).filter(({ kind }) => kind !== 'plain');
    expect(kinds.map(({ kind, text }) => [kind, text])).toEqual([['key', '"a"'], ['string', '"b"'], ['key', '"n"'], ['number', '-1.5e3'], ['key', '"t"'], ['word', 'null']]);
  });

  it('mark what was searched for, whatever its case', () => {
    expect(highlighted(segments('Echo echo', false), 'ECHO').filter(({ hit }) => hit)).toHaveLength(2);
  });
});

describe('the query of a URL', () => {
  const url = 'http://h/p?a=1&b=x%20y&c#frag?ment';

  it('is read decoded', () => {
    expect(paramsOf(url)).toEqual([{ name: 'a', value: '1' }, { name: 'b', value: 'x y' }, { name: 'c', value: '' }]);
    expect(paramsOf('http://h/?q=%zz+1')).toEqual([{ name: 'q', value: '%zz+1' }]);
  });

  it('changes where it was changed only', () => {
    expect(withParam(url, 0, { name: 'a', value: '2 &=ü' })).toBe('http://h/p?a=2%20%26=%C3%BC&b=x%20y&c#frag?ment');
    expect(withParam(url, 1, null)).toBe('http://h/p?a=1&c#frag?ment');
    expect(withParam('http://h', 0, { name: 'n', value: 'v' })).toBe('http://h?n=v');
    expect(withParam('http://h?n=v', 0, null)).toBe('http://h');
  });
});

describe('measures', () => {
  it('are short', () => {
    expect([420, 1500, 9400, 142_000, 3_204_000].map(elapsed)).toEqual(['420 µs', '1.5 ms', '9.4 ms', '142 ms', '3.20 s']);
    expect([0, 999, 3100, 24_500_000, 999_600, 5e9].map(size)).toEqual(['0 B', '999 B', '3.1 KB', '25 MB', '1.0 MB', '5.0 GB']);
  });
});

describe('a masked URL', () => {
  it.each([
    ['https://a.example/x?page=1', 'https://a.example/x?page=1', []],
    ['https://a.example/x?api_key=••••&page=1', 'https://a.example/x?api_key=&page=1', ['api_key']],
    ['https://a.example/x?t=Bearer+%E2%80%A2%E2%80%A2%E2%80%A2%E2%80%A2', 'https://a.example/x?t=', ['t']],
    ['https://u:••••@a.example/••••/x#access_token=••••', 'https://u:@a.example//x#access_token=', ['A part of the URL', 'access_token']],
  ])('%j is sent again without its masks', (masked, url, emptied) => {
    expect(withoutMasks(masked)).toEqual({ url, emptied });
  });
});
