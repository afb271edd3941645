import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { FakeHost, type FakeOptions } from '../src/lib/host/fake/fake';
import type { Inspection } from '../src/lib/bindings/Inspection';
import { inspected, TOKEN } from '../src/lib/host/fake/inspections';
import { Desk } from '../src/lib/state/desk.svelte';

async function open(options: Partial<FakeOptions> = {}): Promise<Desk> {
  const desk = new Desk(new FakeHost(options));
  render(App, { desk });
  await desk.load();
  await screen.findByRole('navigation', { name: 'Views' });
  return desk;
}

const button = (name: string): HTMLElement => screen.getByRole('button', { name });
const press = async (name: string): Promise<void> => (await screen.findByRole('button', { name })).click();
const region = (name: string): Promise<HTMLElement> => screen.findByRole('region', { name });

afterEach(cleanup);

describe('accessible names', () => {
  it('of the rail', async () => {
    await open();
    const rail = within(screen.getByRole('navigation', { name: 'Views' }));
    expect(rail.getAllByRole('button').map((item) => item.textContent?.trim())).toEqual(['Connections', 'Token', 'Request', 'Gateway', 'Settings']);
  });

  it('of the connection form', async () => {
    await open({ fresh: true });
    await press('New connection');
    for (const name of ['Server URL', 'Security domain', 'Client ID', 'Scopes']) expect(await screen.findByRole('textbox', { name })).toBeTruthy();
    const secret = screen.getByLabelText('Client secret', { exact: true });
    expect(secret.getAttribute('type')).toBe('password');
    expect(button('Save connection')).toBeTruthy();
    expect(button('Test connection')).toBeTruthy();
  });

  it('of the entries of the list, whose other actions start with their verb', async () => {
    await open();
    const entry = screen.getByRole('button', { name: /^Orders, staging: orders-batch at https:\/\/am\.staging\.example\.com\/orders/ });
    expect(entry.getAttribute('aria-label')).not.toMatch(/^(Delete|Edit)/);
    expect(button('Delete orders-batch at https://am.staging.example.com/orders')).toBeTruthy();
    expect(button('Edit orders-batch at https://am.staging.example.com/orders')).toBeTruthy();
  });

  it('of the token view', async () => {
    await open();
    await press('Token');
    await press('Get token');
    const claims = await region('Token claims');
    expect(within(claims).getByText('iss')).toBeTruthy();
    for (const name of ['Renew', 'Forget', 'Revoke', 'Introspect', 'Reveal token', 'Copy token']) expect(button(name)).toBeTruthy();
  });

  it('of the request view', async () => {
    const desk = await open();
    await press('Request');
    expect(await screen.findByRole('combobox', { name: 'Method' })).toBeTruthy();
    expect(screen.getByRole('textbox', { name: 'URL' })).toBeTruthy();
    await press('Send without token');
    expect((await region('Response status')).textContent?.trim()).toMatch(/^401 Unauthorized · \d/);
    expect((await region('Response body')).textContent).toContain('No OAuth authorization header was supplied');
    expect(await region('Explanation')).toBeTruthy();
    await press('Send');
    await waitFor(() => expect(screen.getByRole('region', { name: 'Response status' }).textContent?.trim()).toMatch(/^200 OK · .+ · .+B$/));
    expect(desk.request.running).toBeNull();
  });

  it('of the gateway view', async () => {
    await open({ fresh: true });
    await press('Gateway');
    await press('Start gateway');
    await press('Stop gateway');
    expect(await screen.findByRole('button', { name: 'Start gateway' })).toBeTruthy();
  });
});

describe('the journey', () => {
  it('goes from the door to 200 with one button per step', async () => {
    await open({ fresh: true });
    await press('Try it on this machine');
    await press('Send without token');
    expect((await region('Response status')).textContent?.trim()).toMatch(/^401/);
    expect(await region('Explanation')).toBeTruthy();
    await press('Get token');
    expect(await region('Token claims')).toBeTruthy();
    await press('Send');
    await waitFor(() => expect(screen.getByRole('region', { name: 'Response status' }).textContent?.trim()).toMatch(/^200/));
  });
});

describe('what must not be seen', () => {
  const shown = (): boolean => document.body.textContent.includes(TOKEN);

  it('the secret, once it is saved', async () => {
    const desk = await open({ fresh: true });
    desk.newConnection();
    Object.assign(desk.draft.fields, { url: 'https://am.example.com', domain: 'orders', clientId: 'batch' });
    desk.draft.secret = 'planted-secret';
    await desk.save();
    await screen.findByPlaceholderText('kept in the keyring');
    const values = [...document.querySelectorAll('input')].map(({ value }) => value);
    expect(new XMLSerializer().serializeToString(document) + values.join()).not.toContain('planted-secret');
  });

  it('a token that is revealed after the look at it has ended', async () => {
    const desk = await open();
    await press('Token');
    await press('Get token');
    let reveal: (token: string) => void = () => undefined;
    vi.spyOn(desk.host, 'revealToken').mockReturnValueOnce(new Promise((resolve) => (reveal = resolve)));
    await press('Reveal token');
    await press('Request');
    await screen.findByRole('textbox', { name: 'URL' });
    reveal(TOKEN);
    await new Promise((resolve) => setTimeout(resolve));
    expect(shown()).toBe(false);
    await press('Token');
    await screen.findByRole('button', { name: 'Reveal token' });
    expect(shown()).toBe(false);
  });

  it.each(['Forget', 'Revoke'])('a token after %s', async (way) => {
    await open();
    await press('Token');
    await press('Get token');
    await screen.findByRole('button', { name: 'Reveal token' });
    await press(way);
    await screen.findByText('No token yet');
    expect(screen.queryByRole('region', { name: 'Token claims' })).toBeNull();
  });

  it('a revealed token half a minute later, or in another connection', async () => {
    const desk = await open();
    await desk.tokens.get(2);
    await press('Token');
    await press('Get token');
    await screen.findByRole('button', { name: 'Reveal token' });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await press('Reveal token');
      await vi.advanceTimersByTimeAsync(29_000);
      expect(shown()).toBe(true);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(shown()).toBe(false);
      await press('Reveal token');
      await vi.advanceTimersByTimeAsync(0);
      expect(shown()).toBe(true);
      void desk.select(2);
      await vi.advanceTimersByTimeAsync(0);
      expect(shown()).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it('the tokens that came with one, before they are revealed', async () => {
    const desk = await open({ fresh: true });
    desk.newConnection();
    Object.assign(desk.draft.fields, { url: 'https://am.example.com', domain: 'orders', clientId: 'app', authMethod: 'none', grant: 'authorization_code', scopes: 'openid' });
    await desk.save();
    const id = desk.connections.currentId ?? 0;
    const get = desk.tokens.get(id);
    while ((await desk.host.signIn(id)) === null) await new Promise((resolve) => setTimeout(resolve, 10));
    await desk.host.openSignIn(id);
    await get;
    await press('Token');
    (await screen.findByRole('button', { name: /^Refresh token / })).click();
    expect(document.body.textContent).not.toContain('refresh-token-of-the-fake');
    await press('Reveal refresh token');
    await screen.findByText('refresh-token-of-the-fake');
    (await screen.findByRole('button', { name: /^ID token / })).click();
    expect(await screen.findByRole('table', { name: 'Checks of the ID token' })).toBeTruthy();
    await press('Open in the inspector');
    await waitFor(() => expect(desk.inspector.result).not.toBeNull());
    expect(desk.inspector.keyKind).toBe('connection');
  });

  it('the mask of a secret in a request that is sent again', async () => {
    const desk = await open();
    await press('Request');
    const [entry] = await desk.host.history('', 1);
    if (!entry) throw new Error('the fake has no history');
    desk.request.fillFromHistory({ ...entry, url: 'https://api.example.com/a?api_key=••••' });
    expect((await screen.findByRole('note', { name: 'Masked values' })).textContent).toContain('api_key');
    expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'URL' }).value).toBe('https://api.example.com/a?api_key=');
  });

  it('the claims of another connection', async () => {
    const desk = await open();
    await press('Token');
    await press('Get token');
    await region('Token claims');
    await desk.select(2);
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Token claims' })).toBeNull());
  });

  it('markup out of a response', async () => {
    const desk = await open();
    await press('Request');
    desk.request.url = 'http://127.0.0.1:8082/hostile';
    await press('Send');
    const body = await region('Response body');
    expect(body.querySelector('script')).toBeNull();
    expect(body.textContent).toContain('<script>alert(1)</script>');
    expect(body.querySelector('[data-label="RLO"]')).not.toBeNull();
  });
});

describe('values hidden for a screenshot', () => {
  it('covers what comes from outside, says so, and shows it again', async () => {
    await open();
    const covered = (): string | undefined => document.documentElement.dataset.values;
    expect(covered()).toBe('shown');
    await fireEvent.keyDown(document.body, { key: 'h', ctrlKey: true });
    await waitFor(() => expect(covered()).toBe('hidden'));
    await press('Values are hidden');
    await waitFor(() => expect(covered()).toBe('shown'));
    expect(screen.queryByRole('button', { name: 'Values are hidden' })).toBeNull();
  });
});

describe('a bad keyring', () => {
  it.each([
    ['absent', /no keyring on this system/, ['Try again', 'Go on in memory only']],
    ['locked', /keyring is locked/, ['Unlock', 'Go on in memory only']],
    ['dismissed', /stayed locked/, ['Unlock', 'Try again', 'Go on in memory only']],
    ['denied', /denied access/, ['Try again', 'Go on in memory only']],
    ['failed', /does not work/, ['Try again', 'Go on in memory only']],
  ])('that is %s says so and shows the ways out', async (vault, sentence, ways) => {
    await open({ vault });
    const banner = await region('Keyring');
    expect(banner.textContent).toMatch(sentence);
    expect(within(banner).getAllByRole('button').map((way) => way.textContent?.trim())).toEqual(ways);
  });
});

describe('the connection form', () => {
  const FIELDS = ['Client secret', 'Client certificate file', 'Client key file', 'Private key file'];
  const shown = (): string[] => FIELDS.filter((name) => screen.queryByLabelText(name, { exact: true }) !== null);

  it.each([
    ['client_secret_post', ['Client secret']],
    ['private_key_jwt', ['Private key file']],
    ['tls_client_auth', ['Client certificate file', 'Client key file']],
    ['none', []],
  ] as const)('asks for what %s needs', async (method, needed) => {
    const desk = await open({ fresh: true });
    await press('New connection');
    await screen.findByLabelText('Client secret', { exact: true });
    desk.draft.fields.authMethod = method;
    await waitFor(() => expect(shown()).toEqual(needed));
    expect(screen.queryByText(new RegExp(`^${method}:`)) === null).toBe(method === 'client_secret_post');
    await press('More');
    await screen.findByRole('combobox', { name: 'Authentication method' });
    expect(new Set(shown()).size).toBe(shown().length);
    expect(screen.queryAllByLabelText('Client key file', { exact: true }).length).toBe(method === 'private_key_jwt' ? 0 : 1);
    expect(screen.queryByRole('combobox', { name: 'Keep the secret in' }) !== null).toBe(method === 'client_secret_post');
  });
});

describe('taken ports', () => {
  it('have a way out at the door', async () => {
    await open({ fresh: true, taken: true });
    await press('Try it on this machine');
    await press('Use free ports');
    expect(await screen.findByRole('button', { name: 'Send without token' })).toBeTruthy();
  });

  it('have a way out in the gateway view', async () => {
    await open({ fresh: true, taken: true });
    await press('Gateway');
    await press('Start gateway');
    await press('Use free ports');
    expect(await screen.findByRole('button', { name: 'Stop gateway' })).toBeTruthy();
  });

  it('have a way out in the guide, whose gateway was stopped', async () => {
    const desk = await open({ fresh: true });
    await press('Try it on this machine');
    await screen.findByRole('button', { name: 'Send without token' });
    await desk.gateway.stop();
    (desk.host as FakeHost).options.taken = true;
    await press('Start gateway');
    await press('Use free ports');
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Use free ports' })).toBeNull());
    expect(desk.gateway.view.running).toBe(true);
    expect(desk.page).toBe('guide');
  });
});

describe('an inspected token', () => {
  const signed = inspected('demo-client', 'http://127.0.0.1:8092/demo/oidc', 'echo:read', 1_700_000_000, 7200);

  async function inspect(result: Inspection): Promise<void> {
    const desk = await open();
    vi.spyOn(desk.host, 'inspect').mockResolvedValue({ found: [], picked: 0, inspection: result, proof: [] });
    desk.inspectText('eyJ');
    await region('Token claims');
  }

  it('has every header parameter explained', async () => {
    await inspect(signed);
    (await screen.findByRole('button', { name: /^Header/ })).click();
    expect((await region('Header parameters')).textContent).toContain('Which key of the issuer signed it');
  });

  it('that is nested shows both headers, the notes and the claims of the token inside', async () => {
    const outer = { name: 'enc', value: 'A256GCM', meaning: 'Content encryption', note: '', reference: 'RFC 7518 5.3', time: null };
    const inner = { ...signed, well_formed: false, notes: [{ part: 'payload', byte: 7, message: 'A member stands twice.' }] };
    await inspect({ ...signed, form: 'nested', well_formed: false, parameters: [outer], inner, decryption: { verdict: 'decrypted', reason: 'With the key that you gave.' } });
    expect((await region('Header parameters')).textContent).toContain('Content encryption');
    expect((await region('Header parameters of the inner token')).textContent).toContain('at+jwt');
    expect(screen.getByText('A member stands twice.')).toBeTruthy();
    expect(within(await region('Token claims')).getByText('jti')).toBeTruthy();
  });

  it('that discloses selectively shows what, and what was kept back', async () => {
    const disclosures = [
      { name: 'email', value: 'a@example.com', digest: 'dGhlLWRpZ2VzdA', is_matched: true },
      { name: null, value: 'DE', digest: 'YW5vdGhlcg', is_matched: false },
    ];
    await inspect({ ...signed, form: 'sd-jwt', selective_disclosure: { disclosures, undisclosed: 2, key_binding: false } });
    const table = await screen.findByRole('table', { name: 'Disclosures' });
    expect(within(table).getAllByRole('row').slice(1).map((row) => row.textContent?.replace(/\s+/g, ' ').trim())).toEqual([
      expect.stringMatching(/^email.*a@example\.com.*once/),
      expect.stringMatching(/^element of an array.*DE.*not exactly once/),
    ]);
    expect(screen.getByText(/2 claims disclosed · 2 kept back · not bound to a key/)).toBeTruthy();
  });
});

describe('API definitions', () => {
  const paste = async (text: string) => {
    await press('Import definition');
    const area = await screen.findByRole('textbox', { name: 'Definition' });
    await fireEvent.input(area, { target: { value: text } });
  };

  it('are previewed with their problems by path before they are added', async () => {
    const desk = await open({ fresh: true });
    await press('Gateway');
    await paste('{"api":{"name":"billing","x":"warn wrong"}}');
    expect((await region('Preview')).textContent).toContain('billing');
    expect(screen.getByRole('list', { name: 'Problems' }).textContent).toContain('api.listeners[0].paths[0].path');
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Add API' }).disabled).toBe(true);
    await fireEvent.input(screen.getByRole('textbox', { name: 'Definition' }), { target: { value: '{"api":{"name":"billing","x":"warn"}}' } });
    await waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Add API' }).disabled).toBe(false));
    await press('Add API');
    expect(await screen.findByRole('button', { name: 'Export billing' })).toBeTruthy();
    expect(desk.apis.importing).toBe(false);
    await press('Remove billing');
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Export billing' })).toBeNull());
    await press('Undo');
    expect(await screen.findByRole('button', { name: 'Export billing' })).toBeTruthy();
  });

  it('that are none are said to be none', async () => {
    await open();
    await press('Gateway');
    await paste('hello');
    expect((await screen.findByRole('alert')).textContent).toContain('This is no API definition');
  });

  it('have plans that a client is subscribed to in one click', async () => {
    await open();
    await press('Gateway');
    expect(await screen.findByText('nobody is subscribed')).toBeTruthy();
    await press('Subscribe demo-client to jobs');
    expect(await screen.findByRole('button', { name: 'End subscription of demo-client to jobs' })).toBeTruthy();
    expect(screen.queryByText('nobody is subscribed')).toBeNull();
  });

  it('are exported in other forms', async () => {
    await open();
    await press('Gateway');
    await press('Export echo');
    expect((await region('Exported definition')).textContent).toContain('definitionVersion');
    await fireEvent.click(screen.getByRole('radio', { name: 'Kubernetes' }));
    await waitFor(() => expect(screen.getByRole('region', { name: 'Exported definition' }).textContent).toContain('ApiV4Definition'));
    await press('Save to downloads');
    expect(await screen.findByText('Saved /home/you/Downloads/echo.yaml')).toBeTruthy();
  });
});
