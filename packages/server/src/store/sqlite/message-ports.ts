import type {
  Deadlines,
  DeferredQueue,
  DeliveryRecord,
  QueueInspection,
} from '../../participating-function/ports.ts';
import { receivedWords } from '../ledger-words.ts';
import type { GroupedCalls } from './grouped-calls.ts';
import { decodeClaim, decodeContent, decodeMessage, encodeMessage, storedUser } from './message-codec.ts';

const noLimit = -1;

export function deferredQueue(calls: GroupedCalls): DeferredQueue {
  return {
    enqueue: (message, { perUser }) => calls.enqueue([encodeMessage(message, perUser), message.content.body]),
    waiting: async (user) => (await calls.call('waiting', user, 0, noLimit)).map(decodeMessage),
    contents: async (ids) => (await calls.call('contents', ids)).map((row) => row && decodeContent(row)),
    claim: async ({ key, user, device, actions }, at) => {
      const named = actions === 'deliver-all' ? actions : [...actions];
      const rows = await calls.call('claim', { key, user, device, actions: named }, at);
      if (rows === undefined) return { kind: 'repeated' };
      return rows.length === 0 ? { kind: 'nothing' } : { kind: 'claimed', claims: rows.map(decodeClaim) };
    },
    openClaims: async () => (await calls.call('openClaims')).map(decodeClaim),
    release: (id, at, reason, failed) => calls.call('release', id, at, reason, failed),
    settle: (id, settlement) => calls.call('settle', id, settlement, false),
  };
}

export function deadlines(calls: GroupedCalls): Deadlines {
  return {
    expired: async (now, limit) => (await calls.call('expired', now, limit)).map(decodeMessage),
    expiring: async (now, horizon, limit) =>
      (await calls.call('expiring', now, horizon, limit)).map(decodeMessage),
    markWarned: (ids, at) => calls.call('markWarned', ids, at),
    settleUnclaimed: (id, settlement) => calls.call('settle', id, settlement, true),
    next: () => calls.call('nextDeadlines'),
  };
}

export function deliveryRecord(calls: GroupedCalls): DeliveryRecord {
  return {
    seen: (user, identity) => calls.call('seen', user, identity),
    delivered: (message, at, evidence) => {
      const { id, user, identity, acceptedAt } = message;
      const received = receivedWords(message);
      return calls.call('delivered', { id, user, identity, acceptedAt, at, received, evidence });
    },
    forget: (horizon, limit) => calls.call('forget', horizon, limit),
  };
}

export function queueInspection(calls: GroupedCalls): QueueInspection {
  return {
    list: async ({ user, after = 0, limit }) => {
      const rows =
        user === undefined ? calls.call('list', after, limit) : calls.call('waiting', user, after, limit);
      return (await rows).map(decodeMessage);
    },
    find: async (id) => {
      const row = await calls.call('find', id);
      return row && decodeMessage(row);
    },
    story: async (id) => {
      const rows = await calls.call('story', id);
      return rows.map(({ at, user, event, detail, ofUser }) => {
        const entry = { at, user: storedUser(user), event, detail };
        return ofUser ? entry : { ...entry, message: id };
      });
    },
    ended: (limit) => calls.call('ended', limit),
    counts: () => calls.call('counts'),
  };
}
