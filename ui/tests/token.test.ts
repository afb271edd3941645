import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import type { Inspection } from '../src/lib/bindings/Inspection';
import type { TriedWay } from '../src/lib/bindings/TriedWay';
import type { WayRef } from '../src/lib/bindings/WayRef';
import { FakeHost, type FakeOptions } from '../src/lib/host/fake/fake';
import { inspected } from '../src/lib/host/fake/inspections';
import { problem } from '../src/lib/host/fake/problems';
import { Desk } from '../src/lib/state/desk.svelte';
import { Doctor } from '../src/lib/state/doctor.svelte';
import { Lens } from '../src/lib/state/lens.svelte';
import { momentOf } from '../src/lib/text/life';
import { refusesClient } from '../src/lib/text/problem';
import { asked, NO_RULES, rulesOf, secondsError, textOf } from '../src/lib/text/rules';

async function open(options: Partial<FakeOptions> = {}): Promise<Desk> {
  const desk = new Desk(new FakeHost(options));
  render(App, { desk });
  await desk.load();
  await screen.findByRole('navigation', { name: 'Views' });
  return desk;
}

const press = async (name: string | RegExp): Promise<void> => (await screen.findByRole('button', { name })).click();

afterEach(cleanup);

describe('a moment', () => {
  it.each([
    ['1700000000', 1_700_000_000],
    ['1700000000999', 1_700_000_000],
    ['2026-01-31T12:00:00Z', 1_769_860_800],
    ['2026-01-31 13:00:00+01:00', 1_769_860_800],
    ['2026-01-31T12:00Z', 1_769_860_800],
    ['2026-01-31', null],
    ['2026-01-31T12:00:00', null],
    ['2026-99-31T12:00:00Z', null],
    ['soon', null],
    ['', null],
  ])('%s is %s', (text, seconds) => expect(momentOf(text)).toBe(seconds));
});

describe('rules', () => {
  it('go into text and back', () => {
    const rules = { ...NO_RULES, issuer: 'https://a', scopes: ['r', 'w'], max_age: 0, leeway: 60, required_claims: ['jti'] };
    expect(rulesOf(textOf(rules))).toEqual(rules);
    expect(asked(rules)).toBe(4);
    expect(asked(NO_RULES)).toBe(0);
  });

  it('that are no seconds are said to be none, and not asked for', () => {
    expect(secondsError('1.5')).not.toBeNull();
    expect(secondsError('-1')).not.toBeNull();
    expect(secondsError(' 60 ')).toBeNull();
    expect(rulesOf({ ...textOf(NO_RULES), maxAge: 'x' }).max_age).toBeNull();
  });
});

describe('the lens', () => {
  const token = (name: string): Inspection => inspected(name, 'https://a', 'r', 0, 1);

  it('shows the answer to the latest question only', async () => {
    const answers: ((inspection: Inspection) => void)[] = [];
    const lens = new Lens(() => new Promise((resolve) => answers.push(resolve)));
    const first = lens.moveTo(1);
    const second = lens.moveTo(2);
    answers[1]?.(token('second'));
    await second;
    answers[0]?.(token('first'));
    await first;
    expect((lens.judged?.payload as { sub: string }).sub).toBe('second');
  });

  it('keeps rules that are being typed when the same token is looked at again', () => {
    const lens = new Lens(() => Promise.resolve(token('a')));
    lens.reset({ ...NO_RULES, issuer: 'https://a' });
    lens.text.audience = 'api';
    lens.give({ ...NO_RULES, issuer: 'https://b' }, true);
    expect(lens.rules.audience).toBe('api');
    lens.reset();
    expect(lens.rules.audience).toBeNull();
    expect(lens.moved).toBe(false);
  });
});

describe('the doctor', () => {
  let host: FakeHost;
  let doctor: Doctor;
  beforeEach(() => {
    host = new FakeHost();
    doctor = new Doctor(new Desk(host).context, 1);
  });

  it('sends nothing before it is told to, and stops at the first way that is accepted', async () => {
    const tries = vi.spyOn(host, 'tryWay');
    await doctor.makePlan();
    expect(doctor.plan?.ways.length).toBe(5);
    expect(tries).not.toHaveBeenCalled();
    await doctor.run();
    expect(tries.mock.calls.map(([, { method }]) => method)).toEqual(['client_secret_basic', 'client_secret_basic_raw', 'client_secret_post']);
    expect(doctor.accepted?.way.method).toBe('client_secret_post');
  });

  it('tries nothing more once it was cancelled', async () => {
    let answer: (tried: TriedWay[]) => void = () => undefined;
    const tries = vi.spyOn(host, 'tryWay').mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    await doctor.makePlan();
    const running = doctor.run();
    doctor.cancel();
    answer([{ way: { method: 'client_secret_basic', trimmed: false, audience: null }, verdict: 'refused', detail: 'invalid_client', clocks: null }]);
    await running;
    expect(tries).toHaveBeenCalledTimes(1);
    expect(doctor.tried).toEqual([]);
    expect(doctor.busy).toBeNull();
    expect(host.calls).toContain('cancel');
  });
});

describe('the list of kept tokens', () => {
  it('says that there is none, then which there are, and what a revocation cannot do', async () => {
    const desk = await open();
    await press('Token');
    (await screen.findByRole('radio', { name: 'All kept' })).click();
    expect(await screen.findByText('No token is kept')).toBeTruthy();
    await desk.tokens.get(1);
    await desk.tokens.get(2);
    await desk.kept.load();
    const list = await screen.findByRole('list', { name: 'Kept tokens' });
    await waitFor(() => expect(within(list).getAllByRole('listitem').length).toBe(2));
    const [first, second] = within(list).getAllByRole('button', { name: /^Show / });
    first?.focus();
    first?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
    expect(document.activeElement).toBe(second);
    within(list).getAllByRole('button', { name: 'Revoke' })[0]?.click();
    expect((await screen.findByRole('region', { name: 'Revoked' })).textContent).toContain('goes on taking it until it expires');
    await waitFor(() => expect(within(screen.getByRole('list', { name: 'Kept tokens' })).getAllByRole('listitem').length).toBe(1));
    expect(desk.tokens.of(2).view).toBeNull();
  });
});

describe('the token that was not granted', () => {
  it('offers the doctor on invalid_client, and takes over what it finds', async () => {
    const desk = await open();
    const known = desk.connections.find(1);
    if (!known) throw new Error('the fake has no connection 1');
    desk.connections.put({ ...known, client_id: 'wrong-client' });
    (desk.host as FakeHost).connections = desk.connections.list.map((one) => ({ ...one }));
    await desk.select(1);
    await press('Token');
    await press('Get token');
    await press('Find the right method');
    const card = await screen.findByRole('region', { name: 'Find the right method' });
    await waitFor(() => expect(card.textContent).toContain('Nothing is sent yet'));
    await press('Start trying');
    await press('Use client_secret_post');
    await waitFor(() => expect(desk.connections.find(1)?.auth_method).toBe('client_secret_post'));
  });
});

describe('the doctor card', () => {
  /** Tries everything for a client that the server refuses at first. */
  async function searched(answers: (way: WayRef) => TriedWay[]): Promise<HTMLElement> {
    const desk = await open();
    vi.spyOn(desk.host, 'getToken').mockRejectedValue(problem('refused', 'refused', { oauth_error: 'invalid_client', status: 401 }));
    vi.spyOn(desk.host, 'tryWay').mockImplementation((_, way) => Promise.resolve(answers(way)));
    await desk.select(1);
    await press('Token');
    await press('Get token');
    await press('Find the right method');
    await press('Start trying');
    return screen.findByRole('region', { name: 'Find the right method' });
  }

  it('calls a client public that is accepted without its secret too', async () => {
    const card = await searched((way) => {
      const tried = (method: WayRef['method'], verdict: TriedWay['verdict']): TriedWay => ({ way: { ...way, method }, verdict, detail: '', clocks: null });
      return way.method === 'client_secret_post' ? [tried('client_secret_post', 'accepted'), tried('none', 'accepted')] : [tried(way.method, 'refused')];
    });
    expect(await screen.findByRole('button', { name: 'Use none' })).toBeTruthy();
    expect(card.textContent).toContain('This client is public');
  });

  it('stays with the body where the client is refused without its secret', async () => {
    const card = await searched((way) => [{ way, verdict: way.method === 'client_secret_post' ? 'accepted' : 'refused', detail: '', clocks: null }]);
    expect(await screen.findByRole('button', { name: 'Use client_secret_post' })).toBeTruthy();
    expect(card.textContent).not.toContain('public');
  });

  it('does not blame the key where the clocks differ', async () => {
    const card = await searched((way) => [{ way, verdict: 'refused', detail: 'assertion has expired', clocks: 'the clocks differ: an assertion lives two minutes. Set the one that is wrong.' }]);
    await waitFor(() => expect(card.textContent).toContain('The server accepts none of them: the clocks differ'));
    expect(card.textContent).not.toContain('client ID, domain');
  });
});

describe('who refuses the client', () => {
  it('is told by the code, and for unauthorized_client by the status', () => {
    const refused = (oauth_error: string, status: number) => refusesClient(problem('refused', '', { oauth_error, status }));
    expect(refused('invalid_client', 400)).toBe(true);
    expect(refused('unauthorized_client', 401)).toBe(true);
    expect(refused('unauthorized_client', 400)).toBe(false);
    expect(refused('invalid_scope', 401)).toBe(false);
  });

  it('has the doctor offered for the 401 of Keycloak too', async () => {
    const desk = await open();
    vi.spyOn(desk.host, 'getToken').mockRejectedValue(problem('refused', 'refused', { oauth_error: 'unauthorized_client', status: 401 }));
    await desk.select(1);
    await press('Token');
    await press('Get token');
    await press('Find the right method');
    expect(await screen.findByRole('region', { name: 'Find the right method' })).toBeTruthy();
  });
});

describe('many claims', () => {
  it('are shown in part, until all are asked for', async () => {
    const desk = await open();
    const claims = Array.from({ length: 500 }, (_, at) => ({ name: `claim-${at}`, value: at === 0 ? 'x'.repeat(5_000) : at, meaning: '', note: '', reference: null, time: null }));
    vi.spyOn(desk.host, 'inspect').mockResolvedValue({ found: [], picked: 0, inspection: { ...inspected('a', 'https://a', 'r', 0, 1), claims }, proof: [] });
    desk.inspectText('eyJ');
    const region = await screen.findByRole('region', { name: 'Token claims' });
    expect(within(region).getAllByRole('row').length).toBe(101);
    expect(region.textContent).not.toContain('x'.repeat(2_001));
    within(region).getByRole('button', { name: 'Show all 5.0 KB' }).click();
    await waitFor(() => expect(region.textContent).toContain('x'.repeat(5_000)));
    within(region).getByRole('button', { name: 'Show all 500 claims' }).click();
    await waitFor(() => expect(within(region).getAllByRole('row').length).toBe(501));
  });
});
