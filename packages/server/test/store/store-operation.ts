import { pullActions } from '@restante/cpm';
import * as fc from 'fast-check';
import type { Store } from '../../src/participating-function/ports.ts';
import { aMessage, aNewMessage, alice, bob, userAt } from '../participating-function/deferred/values.ts';
import { aBinding, aPull, aSettlement, anAccount, anOwed } from './store-values.ts';

const carol = userAt('sip:carol@example.com');
const small = fc.nat({ max: 5 });
const user = fc.constantFrom(bob, carol);
const target = fc.constantFrom('sip:phone', 'sip:tablet');
/** Which of the messages enqueued so far is meant, counted from the newest. */
const which = fc.nat({ max: 7 });
const action = fc.constantFrom(...pullActions);
const outcome = fc.constantFrom('delivered', 'deleted', 'expired', 'withdrawn');

/** What can be done to a store, as data: sequences of it shrink. */
export const anOperation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('enqueue'), user, identity: small, minutes: small }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('claim-all'), user, key: small }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('claim'),
      user,
      key: fc.nat({ max: 30 }),
      named: fc.array(fc.tuple(which, action), { maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('release'), which, failed: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('settle'), which, outcome, owes: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('settle-unclaimed'), which, outcome, owes: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('warn'), named: fc.array(which, { maxLength: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('notify'), user, target, upTo: fc.option(small) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver'), user, identity: small }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('forget'),
      minutes: small,
      limit: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('send'), row: small }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('postpone'), row: small, minutes: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abandon'), row: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hasten') }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('register'), user, contacts: fc.array(small, { maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('account'), user, name: small, gone: fc.boolean() }) },
);

export type StoreOperation = typeof anOperation extends fc.Arbitrary<infer Operation> ? Operation : never;

const minute = 60_000;

/** One store's run of a sequence: time goes on by a second with every operation. */
export class StoreRun {
  store: Store;
  readonly #ids: string[] = [];
  #now = 0;

  constructor(store: Store) {
    this.store = store;
  }

  /** What the store answers. */
  perform(operation: StoreOperation): Promise<unknown> {
    this.#now += 1000;
    const at = this.#now;
    const { queue, deadlines, deliveries, outbox, registrations, accounts } = this.store;
    switch (operation.do) {
      case 'enqueue':
        return this.#enqueue(operation.user, operation.identity, operation.minutes);
      case 'claim-all':
        return queue.claim(aPull(`all ${operation.key}`, 'deliver-all', { user: operation.user }), at);
      case 'claim': {
        const named = operation.named.map(([index, wanted]) => [this.#id(index), wanted] as const);
        return queue.claim(aPull(`p${operation.key}`, new Map(named), { user: operation.user }), at);
      }
      case 'release':
        return queue.release(this.#id(operation.which), at, 'no answer', operation.failed);
      case 'settle':
        return queue.settle(...this.#settlement(operation));
      case 'settle-unclaimed':
        return deadlines.settleUnclaimed(...this.#settlement(operation));
      case 'warn':
        return deadlines.markWarned(
          operation.named.map((index) => this.#id(index)),
          at,
        );
      case 'notify':
        return this.#notify(operation);
      case 'deliver':
        return this.#deliver(operation.user, operation.identity);
      case 'forget':
        return deliveries.forget(at - operation.minutes * 5000, operation.limit);
      case 'send':
        return outbox.sent(operation.row, at, '200 OK');
      case 'postpone':
        return outbox.postpone(operation.row, at, at + operation.minutes * minute, 'busy');
      case 'abandon':
        return outbox.abandon(operation.row, at, 'too late');
      case 'hasten':
        return outbox.hasten(alice, at);
      case 'register': {
        const { user, contacts } = operation;
        return registrations.save(
          user,
          contacts.map((contact) => aBinding(`sip:c${contact}`, { user })),
        );
      }
      case 'account':
        if (operation.gone) return accounts.remove(operation.user);
        return accounts.put(anAccount(`name${operation.name}`, { user: operation.user }));
      default:
        return Promise.reject(new Error('no such operation'));
    }
  }

  /** Everything that can be asked. */
  async everything(): Promise<unknown> {
    const { queue, deadlines, notifications, deliveries, outbox, registrations, accounts, inspection } =
      this.store;
    const now = this.#now + minute;
    const stories = [];
    for (const id of this.#ids) {
      stories.push(await inspection.story(id), await inspection.find(id), await queue.contents([id]));
    }
    return {
      stories,
      waiting: [await queue.waiting(bob), await queue.waiting(carol)],
      openClaims: await queue.openClaims(),
      next: await deadlines.next(),
      expired: [await deadlines.expired(now, 2), await deadlines.expired(now, 100)],
      expiring: await deadlines.expiring(this.#now, now, 100),
      due: [await outbox.due(this.#now, 100), await outbox.nextDue()],
      withWaiting: await notifications.withWaiting([bob, carol]),
      seen: [await deliveries.seen(bob, 'identity 1'), await deliveries.seen(carol, 'identity 2')],
      registrations: new Set(await registrations.load()),
      accounts: await accounts.list(),
      list: [await inspection.list({ limit: 3 }), await inspection.list({ user: bob, after: 2, limit: 3 })],
      counts: await inspection.counts(),
    };
  }

  #id(index: number): string {
    return this.#ids.at(-1 - index) ?? 'unknown';
  }

  #newId(): string {
    const id = `m${this.#now}`;
    this.#ids.push(id);
    return id;
  }

  #enqueue(user: typeof bob, identity: number, minutes: number): Promise<unknown> {
    const times = { acceptedAt: this.#now, expiresAt: this.#now + minutes * minute };
    const message = aNewMessage(this.#newId(), { user, identity: `identity ${identity}`, ...times });
    return this.store.queue.enqueue(message, { perUser: 4 });
  }

  #settlement({ which, outcome, owes }: StoreOperation & { do: 'settle' | 'settle-unclaimed' }) {
    const id = this.#id(which);
    return [id, aSettlement(outcome, this.#now, owes ? anOwed(id) : undefined)] as const;
  }

  async #notify({ user, target, upTo }: StoreOperation & { do: 'notify' }): Promise<number> {
    const at = this.#now;
    await this.store.notifications.record({ user, target, upTo: upTo ?? undefined, at, evidence: '200' });
    return this.store.notifications.told(user, target);
  }

  async #deliver(user: typeof bob, identity: number): Promise<unknown> {
    const changes = { user, identity: `identity ${identity}`, acceptedAt: this.#now };
    const seen = await this.store.deliveries.seen(user, changes.identity);
    if (seen === undefined) {
      await this.store.deliveries.delivered(aMessage(this.#newId(), changes), this.#now, '200 OK');
    }
    return seen;
  }
}
