import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { freePort, startService } from '../harness/process.ts';
import type { System } from '../harness/system.ts';
import { untilAnswering } from './answering.ts';

let started = 0;

/** Starts bare-server.ts with an empty database; UDP only. */
export async function startBare(folder: string): Promise<System> {
  started += 1;
  const own = join(folder, `bare-${started}`);
  mkdirSync(own);
  const file = join(own, 'messages.sqlite');
  const port = await freePort();
  const program = join(import.meta.dirname, 'bare-server.ts');
  const parameters = ['--disable-warning=ExperimentalWarning', program, String(port), file];
  const service = startService(process.execPath, parameters, { log: join(own, 'log') });
  await untilAnswering(port);
  return {
    name: 'bare Node + SQLite',
    port,
    processes: [service.pid],
    storedCount: async () => {
      const reader = new DatabaseSync(file, { readOnly: true });
      const row = reader.prepare('SELECT count(*) AS stored FROM message').get();
      reader.close();
      return Number(row?.['stored']);
    },
    stop: async () => {
      await service.stop();
      rmSync(own, { recursive: true, force: true });
    },
  };
}
