import type { Store } from '../../participating-function/ports.ts';
import { memoryDeadlines } from './memory-deadlines.ts';
import { memoryDeliveries, memoryInspection } from './memory-history.ts';
import { memoryOutbox } from './memory-outbox.ts';
import { memoryQueue } from './memory-queue.ts';
import { MemoryState } from './memory-state.ts';
import { memoryAccounts, memoryNotifications, memoryRegistrations } from './memory-users.ts';

/** A store that keeps the contract of the durable one, except that it ends with the process: for tests and examples. */
export function openMemoryStore(): Store {
  const state = new MemoryState();
  return {
    queue: memoryQueue(state),
    deadlines: memoryDeadlines(state),
    notifications: memoryNotifications(state),
    outbox: memoryOutbox(state),
    deliveries: memoryDeliveries(state),
    registrations: memoryRegistrations(state),
    accounts: memoryAccounts(state),
    inspection: memoryInspection(state),
    // There is no other process that could write here.
    onForeignChange: () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
