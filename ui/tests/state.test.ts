import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallView } from '../src/lib/bindings/CallView';
import type { ConnectionTest } from '../src/lib/bindings/ConnectionTest';
import type { ConnectionView } from '../src/lib/bindings/ConnectionView';
import type { TokenView } from '../src/lib/bindings/TokenView';
import { FakeHost } from '../src/lib/host/fake/fake';
import { inspected } from '../src/lib/host/fake/inspections';
import { pastCalls } from '../src/lib/host/fake/seed';
import { problemOf } from '../src/lib/host/problem';
import { Desk } from '../src/lib/state/desk.svelte';

/** A promise that is settled by hand. */
function later<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((done) => (resolve = done));
  return { promise, resolve };
}

let host: FakeHost;
let desk: Desk;

function connection(id: number): ConnectionView {
  const found = desk.connections.find(id);
  if (!found) throw new Error(`the fake has no connection ${id}`);
  return found;
}

beforeEach(async () => {
  host = new FakeHost();
  desk = new Desk(host);
  await desk.load();
});

describe('tokens', () => {
  it('belong to the connection that asked', async () => {
    await desk.tokens.get(1);
    await desk.select(2);
    expect(desk.tokens.of(desk.connections.currentId).view).toBeNull();
    await desk.tokens.get(2);
    expect(desk.tokens.of(1).view?.connection).toBe(1);
    expect(desk.tokens.of(2).view?.connection).toBe(2);
  });

  it('that come after a switch do not show in the new connection', async () => {
    const slow = later<TokenView>();
    const one = await host.getToken(1, false);
    vi.spyOn(host, 'getToken').mockReturnValueOnce(slow.promise);
    const asked = desk.tokens.get(1);
    await desk.select(2);
    slow.resolve(one);
    await asked;
    expect(desk.tokens.of(2).view).toBeNull();
    expect(desk.tokens.of(1).view?.connection).toBe(1);
  });

  it('that were asked for before the connection changed are dropped', async () => {
    const slow = later<TokenView>();
    const one = await host.getToken(1, false);
    vi.spyOn(host, 'getToken').mockReturnValueOnce(slow.promise);
    const asked = desk.tokens.get(1);
    desk.tokens.drop(1);
    slow.resolve(one);
    expect(await asked).toBe(false);
    expect(desk.tokens.of(1).view).toBeNull();
  });

  it('of a wrong connection in an answer are dropped', async () => {
    const two = await host.getToken(2, false);
    vi.spyOn(host, 'getToken').mockResolvedValueOnce(two);
    await desk.tokens.get(1);
    expect(desk.tokens.of(1).view).toBeNull();
  });

  it('are not lost to a look that was asked for meanwhile', async () => {
    const slow = later<TokenView>();
    const one = await host.getToken(1, false);
    vi.spyOn(host, 'getToken').mockReturnValueOnce(slow.promise);
    const asked = desk.tokens.get(1);
    await desk.tokens.refresh(1);
    slow.resolve(one);
    expect(await asked).toBe(true);
    expect(desk.tokens.of(1)).toMatchObject({ busy: null, view: { connection: 1 } });
  });

  it('that are forgotten stay so, although a renewal comes after all, and a later one is asked for then', async () => {
    const slow = later<TokenView>();
    const one = await host.getToken(1, false);
    const get = vi.spyOn(host, 'getToken').mockReturnValueOnce(slow.promise);
    const forget = vi.spyOn(host, 'forgetToken');
    const renewed = desk.tokens.get(1, true);
    await vi.waitFor(() => expect(get).toHaveBeenCalledTimes(1));
    const forgotten = desk.tokens.forget(1);
    const again = desk.tokens.get(1);
    await vi.waitFor(() => expect(forget).toHaveBeenCalledTimes(1));
    expect(get).toHaveBeenCalledTimes(1);
    slow.resolve(one);
    await Promise.all([renewed, forgotten, again]);
    expect(forget).toHaveBeenCalledTimes(2);
    expect(get).toHaveBeenCalledTimes(2);
    expect(forget.mock.invocationCallOrder.at(-1)).toBeLessThan(get.mock.invocationCallOrder.at(-1) ?? 0);
  });

  it('that are refused leave the problem and the token at hand', async () => {
    await desk.tokens.get(1);
    vi.spyOn(host, 'getToken').mockRejectedValueOnce({ code: 'network', message: 'no route', detail: {} });
    await desk.tokens.get(1, true);
    expect(desk.tokens.of(1).problem?.code).toBe('network');
    expect(desk.tokens.of(1).view).not.toBeNull();
    expect(desk.tokens.of(1).busy).toBeNull();
  });

  it('count from the clock of the engine', async () => {
    const view = await host.getToken(1, false);
    const ahead = 3600;
    const life = { ...view.life, now: view.life.now + ahead, expires_at: view.life.now + ahead + 30 };
    vi.spyOn(host, 'getToken').mockResolvedValueOnce({ ...view, life });
    await desk.tokens.get(1);
    desk.clock.tick();
    expect(desk.tokens.lifeOf(1)?.state).toBe('ending');
  });
});

describe('sending', () => {
  it('shows the answer and puts it into the history', async () => {
    desk.request.url = 'http://127.0.0.1:8082/echo';
    await desk.request.send(1, false);
    expect(desk.request.outcome).toMatchObject({ kind: 'answer', call: { exchange: { response: { status: 401 } } } });
    await vi.waitFor(() => expect(desk.history.entries[0]?.status).toBe(401));
  });

  it('leaves a masked value out when it is filled from the history, and says so until it is entered', () => {
    const [entry] = pastCalls(0);
    if (!entry) throw new Error('the fake has no history');
    desk.request.fillFromHistory({ ...entry, url: 'https://api.example.com/a?api_key=••••&page=2' });
    expect(desk.request.form(null, false, 1).url).toBe('https://api.example.com/a?api_key=&page=2');
    expect(desk.request.missing).toEqual(['api_key']);
    desk.request.setParam(1, { name: 'page', value: '3' });
    expect(desk.request.missing).toEqual(['api_key']);
    desk.request.setParam(0, { name: 'api_key', value: 'k' });
    expect(desk.request.missing).toEqual([]);
  });

  it('asks for the token to be added only if there is a connection', () => {
    expect(desk.request.form(null, true, 1).with_token).toBe(false);
    expect(desk.request.form(1, true, 1).with_token).toBe(true);
  });

  it('is cancelled at once, and the late answer is dropped', async () => {
    const slow = later<CallView>();
    const call = await host.send(desk.request.form(1, true, 99));
    vi.spyOn(host, 'send').mockReturnValueOnce(slow.promise);
    const cancel = vi.spyOn(host, 'cancel');
    const sending = desk.request.send(1, true);
    const send = desk.request.running?.send;
    await desk.request.cancel();
    expect(cancel).toHaveBeenCalledWith(send);
    expect(desk.request.running).toBeNull();
    slow.resolve(call);
    await sending;
    expect(desk.request.outcome).toMatchObject({ kind: 'problem', problem: { code: 'cancelled' } });
  });
});

describe('connections', () => {
  it('become current when they are saved, and the secret leaves the window', async () => {
    const save = vi.spyOn(host, 'saveConnection');
    desk.newConnection();
    Object.assign(desk.draft.fields, { url: 'https://am.example.com', domain: 'orders', clientId: 'batch' });
    desk.draft.secret = 'planted-secret';
    expect(await desk.save()).toBe(true);
    expect(save.mock.calls[0]?.[0].secret).toBe('planted-secret');
    expect(desk.connections.current?.client_id).toBe('batch');
    expect(desk.draft.secret).toBe('');
    expect(JSON.stringify([desk.draft.fields, desk.connections.list])).not.toContain('planted-secret');
  });

  it('keep their secret when it is not typed again', () => {
    expect(desk.draft.editing?.id).toBe(1);
    expect(desk.draft.form.secret).toBeNull();
    desk.draft.open(null);
    expect(desk.draft.form.secret).toBe('');
  });

  it('send no secret that was typed for another method', () => {
    desk.draft.open(null);
    desk.draft.secret = 'planted-secret';
    desk.draft.fields.authMethod = 'private_key_jwt';
    expect(desk.draft.form.secret).toBe('');
    desk.draft.fields.authMethod = 'client_secret_post';
    expect(desk.draft.form.secret).toBe('planted-secret');
  });

  it('ask before typed text is lost', () => {
    desk.draft.fields.clientId = 'changed';
    desk.newConnection();
    expect(desk.leaving).not.toBeNull();
    expect(desk.draft.fields.clientId).toBe('changed');
    desk.leaving?.();
    expect(desk.draft.editing).toBeNull();
  });

  it('come back one by one after they were deleted, each with its own undo', async () => {
    await desk.remove(connection(2));
    await desk.remove(connection(3));
    const [undoTwo, undoThree] = desk.toasts.list.map(({ action }) => action);
    undoTwo?.run();
    await vi.waitFor(() => expect(desk.connections.currentId).toBe(2));
    expect(desk.connections.find(3)).toBeNull();
    undoThree?.run();
    await vi.waitFor(() => expect(desk.connections.currentId).toBe(3));
    expect(desk.draft.editing?.id).toBe(3);
  });

  it('leave the current one to the engine when it is deleted', async () => {
    host.connections = host.connections.filter(({ id }) => id <= 2);
    await desk.load();
    await desk.remove(connection(1));
    expect(host.current).toBe(2);
    expect(desk.connections.currentId).toBe(2);
    expect(desk.request.url).toBe(connection(2).api_url);
  });

  it('that were chosen while the engine was asked stay chosen', async () => {
    const slow = later<Awaited<ReturnType<FakeHost['overview']>>>();
    const before = await host.overview();
    vi.spyOn(host, 'overview').mockReturnValueOnce(slow.promise);
    const removing = desk.remove(connection(3));
    await vi.waitFor(() => expect(host.overview).toHaveBeenCalled());
    await desk.select(2);
    slow.resolve(before);
    await removing;
    expect(desk.connections.currentId).toBe(2);
    expect(desk.connections.find(3)).toBeNull();
  });

  it('that are saved late do not take the place of another form', async () => {
    const slow = later<ConnectionView>();
    vi.spyOn(host, 'saveConnection').mockReturnValueOnce(slow.promise);
    desk.draft.fields.scopes = 'echo:write';
    const saving = desk.save();
    desk.draft.open(connection(2));
    desk.draft.fields.scopes = 'typed meanwhile';
    slow.resolve({ ...connection(1), scopes: 'echo:write' });
    expect(await saving).toBe(true);
    expect(desk.draft.editing?.id).toBe(2);
    expect(desk.draft.fields.scopes).toBe('typed meanwhile');
    expect(desk.draft.busy).toBeNull();
  });

  it('keep what was typed while they were saved', async () => {
    const slow = later<ConnectionView>();
    vi.spyOn(host, 'saveConnection').mockReturnValueOnce(slow.promise);
    desk.draft.fields.scopes = 'one';
    desk.draft.secret = 'first-secret';
    const saving = desk.draft.save();
    desk.draft.fields.audience = 'typed meanwhile';
    desk.draft.secret = 'second-secret';
    slow.resolve({ ...connection(1), scopes: 'one', name: 'made by the engine' });
    await saving;
    expect(desk.draft.fields).toMatchObject({ scopes: 'one', audience: 'typed meanwhile', name: 'made by the engine' });
    expect(desk.draft.secret).toBe('second-secret');
    expect(desk.draft.dirty).toBe(true);
  });

  it('that could not be saved late say so without touching another form', async () => {
    let fail: (problem: unknown) => void = () => undefined;
    vi.spyOn(host, 'saveConnection').mockReturnValueOnce(new Promise((_, reject) => (fail = reject)));
    const saving = desk.save();
    desk.draft.open(null);
    fail({ code: 'keyring_locked', message: 'The keyring is locked.', detail: {} });
    expect(await saving).toBe(false);
    expect(desk.draft.problem).toBeNull();
    expect(desk.toasts.list.at(-1)?.text).toContain('The keyring is locked.');
  });

  it('are saved once, however often it is asked for meanwhile', async () => {
    const save = vi.spyOn(host, 'saveConnection');
    await Promise.all([desk.draft.save(), desk.draft.save()]);
    expect(save).toHaveBeenCalledTimes(1);
  });

  it('that are tested late do not tell about the next new form', async () => {
    const slow = later<ConnectionTest>();
    vi.spyOn(host, 'testConnection').mockReturnValueOnce(slow.promise);
    desk.draft.open(null);
    const testing = desk.draft.tryOut();
    desk.draft.open(null);
    slow.resolve({ ok: true, steps: [] });
    await testing;
    expect(desk.draft.test).toBeNull();
    expect(desk.draft.busy).toBeNull();
  });

  it('show the token URL of the latest text only', async () => {
    vi.useFakeTimers();
    try {
      desk.draft.open(null);
      desk.draft.fields.url = 'https://one.example';
      desk.draft.fields.domain = 'd';
      desk.draft.lookAtEndpoints();
      desk.draft.fields.url = 'https://two.example';
      desk.draft.lookAtEndpoints();
      await vi.advanceTimersByTimeAsync(500);
      expect(desk.draft.endpoints.token_url).toBe('https://two.example/d/oauth/token');
    } finally {
      vi.useRealTimers();
    }
  });

  it('are filled from a pasted curl line, whose secret stays in the engine', async () => {
    await desk.paste("curl -X POST http://localhost:8092/demo/oauth/token -u my-client:s3cret -d grant_type=client_credentials");
    expect(desk.draft.fields).toMatchObject({ url: 'http://localhost:8092', domain: 'demo', clientId: 'my-client' });
    expect(desk.draft.form.secret).toBeNull();
  });
});

describe('inspecting', () => {
  it('names the connection that is shown', async () => {
    const inspect = vi.spyOn(host, 'inspect');
    await desk.select(3);
    desk.inspector.text = 'eyJ';
    desk.inspector.keyKind = 'connection';
    await desk.inspector.inspect();
    expect(inspect.mock.calls[0]?.[0].key).toEqual({ kind: 'connection', id: 3 });
  });

  it('tells that a result is not about what the fields hold any more', async () => {
    const { inspector } = desk;
    inspector.text = 'eyJ';
    inspector.keyKind = 'secret';
    inspector.keySecret = 'one';
    await inspector.inspect();
    expect(inspector).toMatchObject({ stale: false, textIsStale: false });
    inspector.keySecret = 'two';
    expect(inspector).toMatchObject({ stale: true, textIsStale: false });
    inspector.keySecret = 'one';
    expect(inspector.stale).toBe(false);
    inspector.keyKind = 'none';
    expect(inspector.stale).toBe(true);
    inspector.keyKind = 'secret';
    inspector.text = 'eyK';
    expect(inspector).toMatchObject({ stale: true, textIsStale: true });
    await inspector.inspect();
    expect(inspector.stale).toBe(false);
  });

  it('keeps what the latest answer found, whichever comes first', async () => {
    const { inspector } = desk;
    const answers: ((place: string) => void)[] = [];
    const inspection = inspected('a', 'https://a', 'r', 0, 1);
    vi.spyOn(host, 'inspect').mockImplementation(() => new Promise((resolve) => {
      answers.push((place) => resolve({ found: [{ place, form: 'jwt', masked: 'eyJ' } as never], picked: 0, inspection, proof: [] }));
    }));
    inspector.text = 'first';
    const first = inspector.inspect();
    inspector.text = 'second';
    const second = inspector.inspect();
    answers[1]?.('second');
    await second;
    answers[0]?.('first');
    await first;
    expect(inspector.found.map(({ place }) => place)).toEqual(['second']);
    expect(inspector.stale).toBe(false);
  });

  it('without a connection does not ask for the keys of one', async () => {
    const inspect = vi.spyOn(host, 'inspect');
    desk.connections.currentId = null;
    desk.inspector.keyKind = 'connection';
    await desk.inspector.inspect();
    expect(inspect).not.toHaveBeenCalled();
    expect(desk.inspector).toMatchObject({ busy: false, problem: { code: 'not_found' } });
  });
});

describe('the guide', () => {
  it('leads from refused over a token to accepted', async () => {
    desk = new Desk(new FakeHost({ fresh: true }));
    await desk.load();
    await desk.beginGuide();
    await desk.guide.sendWithout();
    await desk.guide.fetchToken();
    await desk.guide.send();
    expect(desk.guide.refused?.exchange.response?.status).toBe(401);
    expect(desk.guide.accepted?.exchange.response?.status).toBe(200);
    expect(desk.guide.next).toBeNull();
  });
});

describe('problems', () => {
  it('that are none become defects with their text', () => {
    expect(problemOf('command refused')).toEqual({ code: 'internal', message: 'command refused', detail: { causes: [] } });
    expect(problemOf({ code: 'tls', message: 'm', detail: {} }).detail.causes).toEqual([]);
  });
});

describe('the gateway', () => {
  it('shows each request once, and starts over with a new gateway', async () => {
    await vi.waitFor(() => expect(desk.gateway.events).toHaveLength(3));
    desk.gateway.take({ ...desk.gateway.view });
    desk.request.url = 'http://127.0.0.1:8082/echo';
    await desk.request.send(1, false);
    await vi.waitFor(() => expect(desk.gateway.events).toHaveLength(4));
    expect(desk.gateway.events.map(({ sequence }) => sequence)).toEqual([4, 3, 2, 1]);
    desk.gateway.filter = '401 echo';
    expect(desk.gateway.shown.map(({ status }) => status)).toEqual([401, 401]);
  });

  it('is filtered by listener, status class and API', async () => {
    await vi.waitFor(() => expect(desk.gateway.events).toHaveLength(3));
    const { gateway } = desk;
    const all = gateway.events.length;
    gateway.listener = 'am';
    expect(gateway.shown.every(({ listener }) => listener === 'am')).toBe(true);
    gateway.listener = 'gateway';
    gateway.status = '4';
    expect(gateway.shown.every(({ status }) => status >= 400 && status < 500)).toBe(true);
    gateway.showAll();
    expect([gateway.filtered, gateway.shown.length]).toEqual([false, all]);
    gateway.api = 'http://127.0.0.1:8082/other';
    expect(gateway.shown).toHaveLength(0);
    gateway.api = 'http://127.0.0.1:8082/echo';
    expect(gateway.shown.length).toBeGreaterThan(0);
  });

  it('holds back what comes in while it is paused', async () => {
    await vi.waitFor(() => expect(desk.gateway.events).toHaveLength(3));
    desk.gateway.pause(true);
    desk.request.url = 'http://127.0.0.1:8082/echo';
    await desk.request.send(1, false);
    await vi.waitFor(() => expect(desk.gateway.held).toHaveLength(1));
    expect(desk.gateway.events).toHaveLength(3);
    desk.gateway.pause(false);
    expect([desk.gateway.events.length, desk.gateway.held.length]).toEqual([4, 0]);
  });
});

describe('live control', () => {
  const api = { of: 'api', api: '/echo' } as const;

  it('marks an API that is weak', async () => {
    const { control } = desk.gateway;
    await vi.waitFor(() => expect(control.now).not.toBeNull());
    expect(control.weak).toEqual([]);
    await control.setWeaknesses('/echo', ['no-auth']);
    expect(control.weak.map(({ path, weaknesses }) => [path, weaknesses])).toEqual([['/echo', ['no-auth']]]);
    await control.setWeaknesses('/echo', []);
    expect(control.weak).toEqual([]);
  });

  it('counts faults for the next requests, and knows others', async () => {
    const { control } = desk.gateway;
    await control.setFaults(api, ['unavailable']);
    expect([control.faulty, control.counts]).toEqual([true, false]);
    await control.setNextFaults({ of: 'client', domain: 'demo', client_id: 'demo-client' }, 2, ['expired']);
    expect(control.counts).toBe(true);
    await control.setNextFaults({ of: 'client', domain: 'demo', client_id: 'demo-client' }, 0, []);
    await control.setFaults(api, []);
    expect([control.faulty, control.counts]).toEqual([false, false]);
  });

  it('moves the clock and rotates keys', async () => {
    const { control } = desk.gateway;
    await control.shiftClock(3600);
    await control.shiftClock(-7200);
    expect([control.now?.clock.offset_seconds, control.clockIsMoved]).toEqual([-3600, true]);
    await control.resetClock();
    expect(control.clockIsMoved).toBe(false);
    await control.rotateKey('demo');
    expect(control.now?.domains[0]?.keys.map(({ until }) => until !== null)).toEqual([false, true]);
    await control.withdrawKeys('demo');
    expect(control.now?.domains[0]?.keys).toHaveLength(1);
  });

  it('says why it could not, and is gone with the gateway', async () => {
    const { control } = desk.gateway;
    await desk.gateway.stop();
    await vi.waitFor(() => expect(control.now).toBeNull());
    expect(await control.rotateKey('demo')).toBe(false);
    expect(control.problem?.code).toBe('not_found');
  });
});
