import { parentPort, workerData } from 'node:worker_threads';
import { BackgroundCheckpoint } from './background-checkpoint.ts';
import { openDatabase } from './database.ts';
import type { OpenDatabase } from './database.ts';
import { ForeignChanges } from './foreign-changes.ts';
import { GroupCommit } from './group-commit.ts';
import { operationsOn } from './operations.ts';
import { Tally } from './tally.ts';
import { unpackMessages } from './thread-messages.ts';
import type { Call, FromWorker, Reply, ToWorker, WorkerSettings } from './thread-messages.ts';

function tell(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

/** The contents of messages are moved, not copied. */
function buffersOf(replies: readonly Reply[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const reply of replies) {
    const value = typeof reply === 'object' && 'value' in reply ? reply.value : undefined;
    if (!Array.isArray(value)) continue;
    for (const row of value) if (hasBody(row)) buffers.push(row.body.buffer);
  }
  return buffers;
}

function hasBody(row: unknown): row is { readonly body: Uint8Array<ArrayBuffer> } {
  if (typeof row !== 'object' || row === null || !('body' in row)) return false;
  return row.body instanceof Uint8Array && row.body.buffer instanceof ArrayBuffer;
}

function callsOf({ messages, calls }: Extract<ToWorker, { kind: 'calls' }>): readonly Call[] {
  if (messages === undefined) return calls;
  const enqueues = unpackMessages(messages).map((parameters): Call => ({ name: 'enqueue', parameters }));
  return [...enqueues, ...calls];
}

function serve({ db, path, close }: OpenDatabase): void {
  const tally = new Tally(db);
  const groupCommit = new GroupCommit(db, tally, operationsOn(db, tally));
  const moveTheRest = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  const checkpoint = new BackgroundCheckpoint(path, () => {
    try {
      moveTheRest.get();
    } catch {
      // A failing disk is told by the commits that need it.
    }
  });
  const foreignChanges = new ForeignChanges(db, () => tell({ kind: 'foreign-change' }));
  parentPort?.on('message', (message: ToWorker) => {
    if (message.kind === 'calls') {
      const replies = groupCommit.run(callsOf(message));
      tell({ kind: 'replies', replies }, buffersOf(replies));
      checkpoint.committed(replies.length);
    } else if (message.kind === 'watch') {
      foreignChanges.watch();
    } else {
      foreignChanges.stop();
      void checkpoint.close().then(() => {
        close();
        parentPort?.close();
      });
    }
  });
}

try {
  const settings: WorkerSettings = workerData;
  serve(openDatabase(settings));
  tell({ kind: 'ready' });
} catch (error) {
  tell({ kind: 'refused', reason: error instanceof Error ? error.message : String(error) });
  parentPort?.close();
}
