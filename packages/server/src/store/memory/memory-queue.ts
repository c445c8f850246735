import type { PullAction } from '@restante/cpm';
import type {
  Claim,
  MessageId,
  NewDeferredMessage,
  PullRequest,
  Settlement,
} from '../../participating-function/deferred/deferred-message.ts';
import type { DeferredQueue, EnqueueResult } from '../../participating-function/ports.ts';
import { acceptedWords, claimedWords, owedWords, releasedWords, settledWords } from '../ledger-words.ts';
import type { HeldMessage, MemoryState } from './memory-state.ts';

// The order of the seed, 8.3.1.6.3 step 7.
const actionOrder: Readonly<Record<PullAction, number>> = { delete: 1, interwork: 2, store: 3, deliver: 4 };

export function memoryQueue(state: MemoryState): DeferredQueue {
  return {
    enqueue: async (message, { perUser }) => enqueue(state, message, perUser),
    waiting: async (user) => state.waitingFor(user).map(({ message }) => message),
    contents: async (ids) => ids.map((id) => state.messages.get(id)?.content),
    claim: async (pull, at) => {
      if (state.pullKeys.has(pull.key)) return { kind: 'repeated' };
      const chosen = choose(state, pull);
      if (chosen.length === 0) return { kind: 'nothing' };
      state.pulls += 1;
      state.pullKeys.set(pull.key, { number: state.pulls, at });
      for (const [held, action] of chosen) {
        held.claim = { pull: pull.key, action, device: pull.device, number: state.pulls };
        held.message = { ...held.message, claimed: true };
      }
      const claims = openClaims(state).filter(({ pull: key }) => key === pull.key);
      for (const { action, message } of claims) {
        state.tell(message.id, message.user, at, claimedWords(action, pull.device));
      }
      return { kind: 'claimed', claims };
    },
    openClaims: async () => openClaims(state),
    release: async (id, at, reason, failed) => {
      const held = state.messages.get(id);
      if (held?.claim === undefined) return;
      const attempts = held.message.attempts + (failed ? 1 : 0);
      held.claim = undefined;
      held.message = { ...held.message, attempts, claimed: false };
      state.tell(id, held.message.user, at, releasedWords(reason, failed));
    },
    settle: async (id, settlement) => settleMessage(state, id, settlement),
  };
}

function enqueue(state: MemoryState, message: NewDeferredMessage, perUser: number): EnqueueResult {
  const { user, identity } = message;
  const own = state.waiting.get(user) ?? new Map<string, MessageId>();
  const twin = own.get(identity);
  if (twin !== undefined) return { kind: 'already-waiting', id: twin };
  const ended = state.endedAs(user, identity);
  if (ended !== undefined) return { kind: 'already-settled', outcome: ended.outcome };
  if (own.size >= perUser) return { kind: 'queue-full' };
  state.sequence += 1;
  const { content, ...description } = message;
  state.messages.set(message.id, {
    message: { ...description, sequence: state.sequence, attempts: 0, claimed: false, warned: false },
    content: { headers: content.headers, body: content.body.slice() },
    claim: undefined,
  });
  state.waiting.set(user, own.set(identity, message.id));
  state.tell(message.id, user, message.acceptedAt, acceptedWords(message));
  return { kind: 'stored', sequence: state.sequence };
}

function choose(state: MemoryState, { user, actions }: PullRequest): readonly [HeldMessage, PullAction][] {
  const free = state.waitingFor(user).filter(({ claim }) => claim === undefined);
  if (actions === 'deliver-all') return free.map((held) => [held, 'deliver']);
  const chosen: [HeldMessage, PullAction][] = [];
  for (const held of free) {
    const action = actions.get(held.message.id);
    if (action !== undefined) chosen.push([held, action]);
  }
  return chosen;
}

function openClaims(state: MemoryState): readonly Claim[] {
  const held = [...state.messages.values()].flatMap(({ message, claim }) =>
    claim === undefined ? [] : [{ message, claim }],
  );
  held.sort(
    (one, other) =>
      one.claim.number - other.claim.number ||
      actionOrder[one.claim.action] - actionOrder[other.claim.action] ||
      one.message.sequence - other.message.sequence,
  );
  return held.map(({ message, claim: { pull, action, device } }) => ({ pull, action, device, message }));
}

/** Removes a message for good; false where it is gone already. */
export function settleMessage(state: MemoryState, id: MessageId, settlement: Settlement): boolean {
  const held = state.messages.get(id);
  if (held === undefined) return false;
  const { user, identity } = held.message;
  const { outcome, at, owed } = settlement;
  state.messages.delete(id);
  const own = state.waiting.get(user);
  own?.delete(identity);
  if (own?.size === 0) state.waiting.delete(user);
  state.end({ id, user, identity, outcome, at });
  state.tell(id, user, at, settledWords(settlement));
  if (owed === undefined) return true;
  state.owed += 1;
  state.outbox.set(state.owed, {
    id: state.owed,
    message: id,
    user,
    notification: owed,
    owedSince: at,
    attempts: 0,
    dueAt: at,
  });
  state.tell(id, user, at, owedWords(owed));
  return true;
}
