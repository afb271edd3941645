import type { Introspected } from '../bindings/Introspected';
import type { KeptTokenView } from '../bindings/KeptTokenView';
import type { Problem } from '../bindings/Problem';
import type { Revoked } from '../bindings/Revoked';
import type { UserClaims } from '../bindings/UserClaims';
import { problemOf } from '../host/problem';
import { lifeAt, type LifeNow } from '../text/life';
import type { Context } from './context';

export type KeptAction = 'introspect' | 'userinfo' | 'revoke' | 'forget';

/** What came of the last question about a token of the list. */
export type Told = { kind: 'introspected'; said: Introspected } | { kind: 'user'; said: UserClaims } | { kind: 'problem'; problem: Problem };

/** All tokens of this run, whichever connection they were got with. */
export class KeptTokens {
  list = $state<KeptTokenView[]>([]);
  loaded = $state(false);
  problem = $state<Problem | null>(null);
  busy = $state<{ number: number; action: KeptAction } | null>(null);
  told = $state<{ number: number; told: Told } | null>(null);
  /** What was revoked since the list was opened, newest first. */
  revoked = $state<Revoked[]>([]);

  #ticket = 0;

  constructor(
    private readonly context: Context,
    /** A token is gone: who shows it looks again. */
    private readonly gone: (connections: number[]) => void,
  ) {}

  async load(): Promise<void> {
    const ticket = ++this.#ticket;
    try {
      const list = await this.context.host.keptTokens();
      if (ticket !== this.#ticket) return;
      this.list = list;
      this.problem = null;
    } catch (thrown) {
      if (ticket === this.#ticket) this.problem = problemOf(thrown);
    } finally {
      if (ticket === this.#ticket) this.loaded = true;
    }
  }

  lifeOf(token: KeptTokenView): LifeNow {
    return lifeAt(token.life, this.now(token));
  }

  /** The engine's clock, as of this token's line. */
  now(token: KeptTokenView): number {
    return Math.floor(this.context.clock.now) + this.#ahead(token);
  }

  introspect(token: KeptTokenView): Promise<void> {
    return this.#run(token, 'introspect', async () => ({ kind: 'introspected', said: await this.context.host.introspectToken(this.#ref(token)) }));
  }

  userinfo(token: KeptTokenView): Promise<void> {
    return this.#run(token, 'userinfo', async () => ({ kind: 'user', said: await this.context.host.askUserinfo(this.#ref(token)) }));
  }

  revoke(token: KeptTokenView): Promise<void> {
    return this.#run(token, 'revoke', async () => {
      const revoked = await this.context.host.revokeToken(this.#ref(token));
      this.revoked = [revoked, ...this.revoked];
      await this.#away(token);
      return null;
    });
  }

  forget(token: KeptTokenView): Promise<void> {
    return this.#run(token, 'forget', async () => {
      await this.context.host.forgetToken(this.#ref(token));
      await this.#away(token);
      return null;
    });
  }

  dismiss(revoked: Revoked): void {
    this.revoked = this.revoked.filter((one) => one !== revoked);
  }

  async #away(token: KeptTokenView): Promise<void> {
    this.list = this.list.filter(({ number }) => number !== token.number);
    this.gone(token.connections.map(({ id }) => id));
    await this.load();
  }

  async #run(token: KeptTokenView, action: KeptAction, work: () => Promise<Told | null>): Promise<void> {
    if (this.busy) return;
    const { number } = token;
    this.busy = { number, action };
    this.told = null;
    try {
      const told = await work();
      this.told = told && { number, told };
    } catch (thrown) {
      this.told = { number, told: { kind: 'problem', problem: problemOf(thrown) } };
    } finally {
      this.busy = null;
    }
  }

  #ref(token: KeptTokenView): { kind: 'kept'; number: number } {
    return { kind: 'kept', number: token.number };
  }

  #ahead(token: KeptTokenView): number {
    return this.#aheads.get(token) ?? this.#measure(token);
  }

  #aheads = new WeakMap<KeptTokenView, number>();

  #measure(token: KeptTokenView): number {
    const ahead = token.life.now - Math.floor(Date.now() / 1000);
    this.#aheads.set(token, ahead);
    return ahead;
  }
}
