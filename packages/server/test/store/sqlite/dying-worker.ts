import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from '../../../src/store/sqlite/thread-messages.ts';

// Stands for the store's worker: ends by itself at `counts`, throws at `nextDue`, answers everything else by 1.
parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'close') parentPort?.close();
  if (message.kind !== 'calls') return;
  const names = message.calls.map(({ name }) => name);
  if (names.includes('counts')) process.exit(1);
  if (names.includes('nextDue')) throw new Error('the disk is gone');
  tell({ kind: 'replies', replies: message.calls.map(() => ({ value: 1 })) });
});
tell({ kind: 'ready' });

function tell(message: FromWorker): void {
  parentPort?.postMessage(message, []);
}
