import { beforeAll, describe, expect, it, vi } from 'vitest';
import source from '../isolation/index.js?raw';
import tauri from '../src/lib/host/tauri.ts?raw';

interface Message {
  cmd: string;
  payload?: unknown;
}
declare global {
  interface Window {
    __TAURI_ISOLATION_HOOK__?: (message: Message) => Message;
  }
}

const pass = (cmd: string, payload?: unknown): string => window.__TAURI_ISOLATION_HOOK__?.({ cmd, payload }).cmd ?? '';

beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  new Function(source)();
});

describe('the isolation app', () => {
  it('knows exactly the commands that the host calls, with the same arguments', () => {
    const called = [...tauri.matchAll(/call\('(\w+)'(?:, \{ ([\w, ]+) \})?\)/g)].map(([, name, args]) => `${name}(${args ?? ''})`);
    const listed = [...source.matchAll(/^ {6}(\w+): \{ ?([^}]*?) ?\},$/gm)].map(([, name, args]) => `${name}(${(args ?? '').replace(/: \w+/g, '')})`);
    expect(listed.sort()).toEqual(called.sort());
    expect(called.length).toBeGreaterThan(25);
  });

  it('lets a right message through', () => {
    expect(pass('get_token', { id: 1, fresh: false, inputs: null })).toBe('get_token');
    expect(pass('overview')).toBe('overview');
    const judging = { at: null, rules: {} };
    expect(pass('inspect', { form: { text: 'eyJ', pick: 0, key: { kind: 'connection', id: 3 }, judging, proved: null } })).toBe('inspect');
    expect(pass('revoke_token', { token: { kind: 'kept', number: 0 } })).toBe('revoke_token');
    expect(pass('diff_tokens', { left: { kind: 'connection', id: 1 }, right: { kind: 'text', text: 'eyJ', pick: 0 } })).toBe('diff_tokens');
  });

  it.each([
    ['plugin:shell|open', { path: '/' }],
    ['get_token', { id: '1', fresh: false, inputs: null }],
    ['get_token', { id: 1, fresh: false, inputs: { password: 7 } }],
    ['get_token', { id: 1 }],
    ['get_token', { id: 1, fresh: false, inputs: null, more: true }],
    ['get_token', { id: -1, fresh: false, inputs: null }],
    ['undo_delete', {}],
    ['inspect', { form: { text: 'eyJ', key: { kind: 'connection' }, judging: { at: null, rules: {} } } }],
    ['inspect', { form: { text: 'eyJ', key: { kind: 'none' } } }],
    ['revoke_token', { token: { kind: 'kept', number: -1 } }],
    ['revoke_token', { token: { kind: 'text', text: 'eyJ' } }],
    ['diff_tokens', { left: { kind: 'kept', number: 1 } }],
    ['constructor', {}],
    ['read_paste', { text: 'x'.repeat(9 * 1024 * 1024) }],
    ['save_connection', { form: { client_id: 'a', server: { kind: 'file' } } }],
    ['overview', ['array']],
  ])('refuses %s with %j', (cmd, payload) => {
    expect(pass(cmd, payload)).toBe('refused_by_isolation');
  });
});
