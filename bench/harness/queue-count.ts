import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';

const patienceMilliseconds = 30_000;

/** Sees from outside how many messages are left in the database of a running server, as committed. */
export interface QueueCount {
  /** Resolves when no more than so many are left; looks without a pause, so it is for the last moments of a run. */
  until(left: number): Promise<void>;
  close(): void;
}

export function openQueueCount(data: string): QueueCount {
  const db = new DatabaseSync(join(data, 'restante.db'), { readOnly: true });
  const count = db.prepare('SELECT count(*) AS left FROM message');
  return {
    until: async (left) => {
      const end = performance.now() + patienceMilliseconds;
      while (Number(count.get()?.['left']) > left) {
        if (performance.now() > end) throw new Error(`more than ${left} messages stay in the queue`);
        await nextTurn();
      }
    },
    close: () => db.close(),
  };
}
