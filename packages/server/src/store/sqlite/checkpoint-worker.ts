import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

// A connection of its own: the writer goes on committing while pages move into the database file.
const path: string = workerData;
const db = new DatabaseSync(path, { timeout: 0 });
const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');

parentPort?.on('message', (order: 'checkpoint' | 'close') => {
  if (order === 'close') {
    db.close();
    parentPort?.close();
    return;
  }
  try {
    checkpoint.get();
  } catch {
    // A failing disk is told by the commits that need it; the writer checkpoints by itself when the log grows long.
  }
  parentPort?.postMessage('done', []);
});
