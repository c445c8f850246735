import type { DatabaseSync } from 'node:sqlite';
import { accountOperations } from './operations/accounts.ts';
import { claimOperation, claimUpkeepOperations } from './operations/claims.ts';
import { deadlineOperations } from './operations/deadlines.ts';
import { deliveryOperations } from './operations/deliveries.ts';
import { enqueueOperation } from './operations/enqueue.ts';
import { forgetOperation } from './operations/forget.ts';
import { Ledger } from './operations/ledger.ts';
import { notificationOperations } from './operations/notifications.ts';
import { outboxOperations } from './operations/outbox.ts';
import { readingOperations } from './operations/reading.ts';
import { registrationOperations } from './operations/registrations.ts';
import { settleOperations } from './operations/settle.ts';
import { storyOperations } from './operations/story.ts';
import type { Tally } from './tally.ts';

/** Every operation of the store, synchronous, to be run inside a transaction. */
export function operationsOn(db: DatabaseSync, tally: Tally) {
  const ledger = new Ledger(db);
  return {
    ...enqueueOperation(db, tally),
    ...readingOperations(db),
    ...claimOperation(db, ledger),
    ...claimUpkeepOperations(db, ledger),
    ...settleOperations(db, ledger, tally),
    ...deadlineOperations(db, ledger),
    ...notificationOperations(db, ledger),
    ...outboxOperations(db, ledger, tally),
    ...deliveryOperations(db, ledger),
    ...forgetOperation(db),
    ...registrationOperations(db),
    ...accountOperations(db),
    ...storyOperations(db, tally),
  };
}

export type Operations = ReturnType<typeof operationsOn>;
export type OperationName = keyof Operations;

/** They change nothing, so a batch of them needs no transaction and costs no sync. */
export const readOnly: ReadonlySet<string> = new Set<OperationName>([
  'waiting',
  'list',
  'find',
  'contents',
  'openClaims',
  'expired',
  'expiring',
  'nextDeadlines',
  'told',
  'withWaiting',
  'due',
  'nextDue',
  'seen',
  'loadRegistrations',
  'findAccount',
  'knowsAccount',
  'listAccounts',
  'story',
  'ended',
  'counts',
]);
