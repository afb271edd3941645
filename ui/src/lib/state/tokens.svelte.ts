import type { Companion } from '../bindings/Companion';
import type { GrantInputs } from '../bindings/GrantInputs';
import type { Introspected } from '../bindings/Introspected';
import type { Problem } from '../bindings/Problem';
import type { SignIn } from '../bindings/SignIn';
import type { TokenLife } from '../bindings/TokenLife';
import type { TokenView } from '../bindings/TokenView';
import type { Revoked } from '../bindings/Revoked';
import type { UserClaims } from '../bindings/UserClaims';
import { problemOf } from '../host/problem';
import { lifeAt, type LifeNow } from '../text/life';
import type { Context } from './context';

export type TokenAction = 'get' | 'renew' | 'forget' | 'revoke' | 'introspect' | 'userinfo' | 'reveal';

const SIGN_IN_AFTER_MS = 250;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SIGN_IN_AFTER_MS));

/** What the window knows of one connection's token. */
export interface Held {
  view: TokenView | null;
  life: TokenLife | null;
  /** The engine's clock minus ours, in seconds. */
  ahead: number;
  busy: TokenAction | null;
  problem: Problem | null;
  /** What the person is to do for the token that is being got. */
  signIn: SignIn | null;
  introspection: Introspected | null;
  user: UserClaims | null;
  /** What the last revocation did; gone with the next token. */
  revoked: Revoked | null;
}

const NOTHING: Held = { view: null, life: null, ahead: 0, busy: null, problem: null, signIn: null, introspection: null, user: null, revoked: null };

/**
 * The tokens of the connections. Everything is kept per connection, and every answer carries the ticket under which it was
 * asked for: what comes late, or for another connection, is dropped.
 */
export class Tokens {
  #held = $state<Record<number, Held>>({});
  #tickets = new Map<number, number>();
  /** The token that the engine is asked for last, until it comes. */
  #asked = new Map<number, Promise<unknown>>();
  /** What is being forgotten: a token that is asked for afterwards is not part of it. */
  #forgetting = new Map<number, Promise<unknown>>();

  constructor(
    private readonly context: Context,
    /** A sign-in is to be done. */
    private readonly onSignIn: (connection: number) => void = () => undefined,
  ) {}

  of(connection: number | null): Held {
    return (connection === null ? undefined : this.#held[connection]) ?? NOTHING;
  }

  /** The life of a connection's token now; null if it holds none. */
  lifeOf(connection: number | null): LifeNow | null {
    const { life, ahead } = this.of(connection);
    return life ? lifeAt(life, this.context.clock.now + ahead) : null;
  }

  /** The engine's clock, for counting claims. */
  engineNow(connection: number | null): number {
    return this.context.clock.now + this.of(connection).ahead;
  }

  /** Takes over the life that the overview tells, before the whole token is looked at. */
  takeLife(connection: number, life: TokenLife | null): void {
    this.#change(connection, { life, ahead: this.#aheadOf(life) });
  }

  /** Forgets what the window knows: the connection was changed or deleted, or its secret was. */
  drop(connection: number): void {
    this.#nextTicket(connection);
    this.#held[connection] = { ...NOTHING };
  }

  /** Looks at what the engine holds, without asking the server. What is under way brings the newer answer anyway. */
  async refresh(connection: number): Promise<void> {
    if (this.of(connection).busy !== null) return;
    const ticket = this.#nextTicket(connection);
    try {
      const view = await this.context.host.currentToken(connection);
      if (this.#isLatest(connection, ticket)) this.#show(connection, this.#again(connection, view));
    } catch (thrown) {
      if (this.#isLatest(connection, ticket)) this.#change(connection, { problem: problemOf(thrown) });
    }
  }

  /** Gets a token: the held one while it is good, or a fresh one. */
  async get(connection: number, fresh = false, inputs: GrantInputs | null = null): Promise<boolean> {
    return this.#run(connection, fresh ? 'renew' : 'get', async (latest) => {
      await this.#forgetting.get(connection);
      const asked = this.context.host.getToken(connection, fresh, inputs);
      this.#asked.set(connection, asked);
      let over = false;
      const ended = (): void => {
        over = true;
        if (this.#asked.get(connection) === asked) this.#asked.delete(connection);
      };
      asked.then(ended, ended);
      void this.#watchSignIn(connection, () => latest() && !over);
      const view = await asked;
      if (latest()) this.#show(connection, view);
    });
  }

  /** Shows what is to be done elsewhere, while the token is waited for. Most tokens come before anything is to be asked. */
  async #watchSignIn(connection: number, waiting: () => boolean): Promise<void> {
    for (await pause(); waiting(); await pause()) {
      const signIn = await this.context.host.signIn(connection).catch(() => null);
      if (!waiting()) return;
      if (!signIn) continue;
      this.#change(connection, { signIn });
      return this.onSignIn(connection);
    }
  }

  /** Opens the address of the sign-in again. */
  async openSignIn(connection: number): Promise<void> {
    try {
      await this.context.host.openSignIn(connection);
    } catch (thrown) {
      this.context.toasts.say(problemOf(thrown).message, 'bad');
    }
  }

  async cancelSignIn(connection: number): Promise<void> {
    await this.context.host.cancelSignIn(connection).catch(() => undefined);
  }

  /** Also what was asked for before: the engine may begin with it only after it has forgotten. */
  async forget(connection: number): Promise<boolean> {
    const token = { kind: 'connection', id: connection } as const;
    const forgetting = this.#run(connection, 'forget', async (latest) => {
      const asked = this.#asked.get(connection);
      await this.context.host.forgetToken(token);
      if (latest()) this.#show(connection, null);
      if (!asked) return;
      await this.cancelSignIn(connection);
      await asked.catch(() => undefined);
      await this.context.host.forgetToken(token);
    });
    this.#forgetting.set(connection, forgetting);
    return forgetting;
  }

  async revoke(connection: number): Promise<boolean> {
    return this.#run(connection, 'revoke', async (latest) => {
      const revoked = await this.context.host.revokeToken({ kind: 'connection', id: connection });
      if (!latest()) return;
      this.#show(connection, null);
      this.#change(connection, { revoked });
    });
  }

  async introspect(connection: number): Promise<boolean> {
    return this.#run(connection, 'introspect', async (latest) => {
      const introspection = await this.context.host.introspectToken({ kind: 'connection', id: connection });
      if (latest()) this.#change(connection, { introspection });
    });
  }

  /** Asks the server for the user behind the token. */
  async userinfo(connection: number): Promise<boolean> {
    return this.#run(connection, 'userinfo', async (latest) => {
      const user = await this.context.host.askUserinfo({ kind: 'connection', id: connection });
      if (latest()) this.#change(connection, { user });
    });
  }

  /** A note that was read. */
  dismissRevoked(connection: number): void {
    this.#change(connection, { revoked: null });
  }

  /** Brings the token itself into the window. It is not kept here: whoever shows it lets go of it. */
  reveal(connection: number): Promise<string | null> {
    return this.#reveal(connection, () => this.context.host.revealToken(connection));
  }

  /** The same for what came with it. */
  revealCompanion(connection: number, companion: Companion): Promise<string | null> {
    return this.#reveal(connection, () => this.context.host.revealCompanion(connection, companion));
  }

  async #reveal(connection: number, ask: () => Promise<string>): Promise<string | null> {
    let token: string | null = null;
    await this.#run(connection, 'reveal', async (latest) => {
      const revealed = await ask();
      if (latest()) token = revealed;
    });
    return token;
  }

  async #run(connection: number, action: TokenAction, work: (latest: () => boolean) => Promise<void>): Promise<boolean> {
    const ticket = this.#nextTicket(connection);
    const latest = (): boolean => this.#isLatest(connection, ticket);
    this.#change(connection, { busy: action, problem: null });
    try {
      await work(latest);
      return latest();
    } catch (thrown) {
      if (latest()) this.#change(connection, { problem: problemOf(thrown) });
      return false;
    } finally {
      if (latest()) this.#change(connection, { busy: null, signIn: null });
    }
  }

  /** A second look at a token says nothing about where the first came from. */
  #again(connection: number, view: TokenView | null): TokenView | null {
    return view && { ...view, from_cache: this.#isShown(connection, view) && (this.of(connection).view?.from_cache ?? false) };
  }

  #isShown(connection: number, view: TokenView): boolean {
    return this.of(connection).view?.exchange.sent_at === view.exchange.sent_at;
  }

  #show(connection: number, view: TokenView | null): void {
    if (view && view.connection !== connection) return;
    const life = view?.life ?? null;
    const change = { view, life, ahead: this.#aheadOf(life), problem: null };
    this.#change(connection, view && this.#isShown(connection, view) ? change : { ...change, introspection: null, user: null, revoked: null });
  }

  #change(connection: number, change: Partial<Held>): void {
    this.#held[connection] = { ...this.of(connection), ...change };
  }

  #aheadOf(life: TokenLife | null): number {
    return life ? life.now - Math.floor(Date.now() / 1000) : 0;
  }

  #nextTicket(connection: number): number {
    const ticket = (this.#tickets.get(connection) ?? 0) + 1;
    this.#tickets.set(connection, ticket);
    return ticket;
  }

  #isLatest(connection: number, ticket: number): boolean {
    return this.#tickets.get(connection) === ticket;
  }
}
