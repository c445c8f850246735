// The store of bare-server.ts: a commit, synced, for each group.
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

const path: string = workerData;
const db = new DatabaseSync(path);
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
db.exec('CREATE TABLE IF NOT EXISTS message (sequence INTEGER PRIMARY KEY, datagram BLOB NOT NULL) STRICT');
const begin = db.prepare('BEGIN');
const insert = db.prepare('INSERT INTO message (datagram) VALUES (?)');
const end = db.prepare('COMMIT');

parentPort?.on('message', (datagrams: readonly Uint8Array[]) => {
  begin.run();
  for (const datagram of datagrams) insert.run(datagram);
  end.run();
  parentPort?.postMessage('committed', []);
});
