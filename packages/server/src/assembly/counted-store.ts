import type { Settlement } from '../participating-function/deferred/deferred-message.ts';
import type { Store } from '../participating-function/ports.ts';

/** What became of messages since the start. */
export interface MessageCounters {
  /** Taken into the queue. */
  deferred: number;
  /** Went straight to a client. */
  passedOn: number;
  /** INVITEs that claimed something. */
  pulls: number;
  delivered: number;
  deleted: number;
  expired: number;
  withdrawn: number;
  /** Failed deliveries after which a message waits again. */
  failedDeliveries: number;
  dispositionsSent: number;
}

/** The same store, and counters that follow its commits: what is counted has happened. */
export function countedStore(store: Store): {
  readonly store: Store;
  readonly counters: Readonly<MessageCounters>;
} {
  const counters: MessageCounters = {
    deferred: 0,
    passedOn: 0,
    pulls: 0,
    delivered: 0,
    deleted: 0,
    expired: 0,
    withdrawn: 0,
    failedDeliveries: 0,
    dispositionsSent: 0,
  };
  const settled = (done: boolean, { outcome }: Settlement): boolean => {
    if (done) counters[outcome === 'delivered-late' ? 'delivered' : outcome] += 1;
    return done;
  };
  const { queue, deadlines, outbox, deliveries } = store;
  return {
    counters,
    store: {
      ...store,
      queue: {
        ...queue,
        enqueue: async (message, limits) => {
          const result = await queue.enqueue(message, limits);
          if (result.kind === 'stored') counters.deferred += 1;
          return result;
        },
        claim: async (pull, at) => {
          const result = await queue.claim(pull, at);
          if (result.kind === 'claimed') counters.pulls += 1;
          return result;
        },
        release: async (id, at, reason, failed) => {
          await queue.release(id, at, reason, failed);
          if (failed) counters.failedDeliveries += 1;
        },
        settle: async (id, settlement) => settled(await queue.settle(id, settlement), settlement),
      },
      deadlines: {
        ...deadlines,
        settleUnclaimed: async (id, settlement) =>
          settled(await deadlines.settleUnclaimed(id, settlement), settlement),
      },
      outbox: {
        ...outbox,
        sent: async (id, at, evidence) => {
          await outbox.sent(id, at, evidence);
          counters.dispositionsSent += 1;
        },
      },
      deliveries: {
        ...deliveries,
        delivered: async (message, at, evidence) => {
          await deliveries.delivered(message, at, evidence);
          counters.passedOn += 1;
        },
      },
    },
  };
}
