import type { Clock } from '@restante/sip';
import type { Store } from 'restante';

/** When a process dies: before its n-th operation on the store is done, or after that was committed. */
export interface Death {
  readonly operation: number;
  readonly phase: 'before' | 'after';
}

/** One process on a store that outlives it. Once it is dead nothing that it began goes on. */
export class Life {
  #dead = false;
  readonly #end = Promise.withResolvers<undefined>();
  /** Names of the operations on the store, in order. */
  readonly operations: string[] = [];
  /** An error that an operation ends with instead of being done. */
  failure: (operation: string) => Error | undefined = () => undefined;
  readonly #death: Death | undefined;
  readonly #onDeath: () => void;

  constructor(death: Death | undefined, onDeath: () => void) {
    this.#death = death;
    this.#onDeath = onDeath;
  }

  get dead(): boolean {
    return this.#dead;
  }

  get ended(): Promise<undefined> {
    return this.#end.promise;
  }

  die(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#onDeath();
    this.#end.resolve(undefined);
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      after: (milliseconds, act) =>
        clock.after(milliseconds, () => {
          if (!this.#dead) act();
        }),
    };
  }

  /** The same store, as long as the process lives; disposing of it leaves the store open. */
  store(store: Store): Store {
    return {
      queue: this.#port('queue', store.queue),
      deadlines: this.#port('deadlines', store.deadlines),
      notifications: this.#port('notifications', store.notifications),
      outbox: this.#port('outbox', store.outbox),
      deliveries: this.#port('deliveries', store.deliveries),
      registrations: this.#port('registrations', store.registrations),
      accounts: this.#port('accounts', store.accounts),
      inspection: this.#port('inspection', store.inspection),
      onForeignChange: (listener) => store.onForeignChange(listener),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  #port<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        return (...values: readonly unknown[]) =>
          this.#operate(`${name}.${String(key)}`, () => Reflect.apply(method, target, values));
      },
    });
  }

  async #operate(name: string, operation: () => unknown): Promise<unknown> {
    if (this.#dead) return never();
    this.operations.push(name);
    const failure = this.failure(name);
    if (failure !== undefined) throw failure;
    const isLast = this.#death?.operation === this.operations.length;
    if (isLast && this.#death?.phase === 'before') {
      this.die();
      return never();
    }
    const result = await operation();
    if (isLast) this.die();
    return this.#dead ? never() : result;
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
