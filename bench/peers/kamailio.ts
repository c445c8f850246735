import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { freePort, startService } from '../harness/process.ts';
import type { System } from '../harness/system.ts';
import { untilAnswering } from './answering.ts';
import { createCluster, startPostgres } from './postgres.ts';

/** What the Kamailio of a benchmark does with a message. */
export type KamailioKind = 'postgres' | 'sqlite' | 'stateless';

export const kamailioNames: Readonly<Record<KamailioKind, string>> = {
  postgres: 'Kamailio msilo + PostgreSQL',
  sqlite: 'Kamailio msilo + SQLite WAL',
  stateless: 'Kamailio stateless 202',
};

/** The Debian packages behind each. */
export const kamailioPackages: Readonly<Record<KamailioKind, readonly string[]>> = {
  postgres: ['kamailio', 'kamailio-postgres-modules', 'postgresql'],
  sqlite: ['kamailio', 'kamailio-sqlite-modules'],
  stateless: ['kamailio'],
};

/** Where Debian puts the statements that make Kamailio's tables. */
const schemas = '/usr/share/kamailio';
const count = 'SELECT count(*) AS stored FROM silo';

/** What answers for the store of a peer. */
interface Database {
  readonly url: string;
  readonly file: string;
  readonly processes: readonly number[];
  storedCount(): Promise<number | undefined>;
  stop(): Promise<void>;
}

let started = 0;

/** Starts Kamailio with an empty store of its own and waits until it answers. */
export async function startKamailio(folder: string, kind: KamailioKind, children: number): Promise<System> {
  started += 1;
  const own = join(folder, `kamailio-${started}`);
  mkdirSync(own, { mode: 0o711 });
  const database = await openDatabase(folder, own, kind);
  const port = await freePort();
  const service = startService('kamailio', parameters(own, kind, port, database, children), {
    log: join(own, 'log'),
  });
  try {
    await untilAnswering(port);
  } catch (error) {
    await service.stop('SIGKILL');
    await database.stop();
    throw new Error(service.output().slice(-3000), { cause: error });
  }
  return {
    name: kamailioNames[kind],
    port,
    processes: [service.pid, ...database.processes],
    storedCount: () => database.storedCount(),
    stop: async () => {
      await service.stop();
      await database.stop();
      rmSync(own, { recursive: true, force: true });
    },
  };
}

function parameters(
  own: string,
  kind: KamailioKind,
  port: number,
  { url, file }: Database,
  children: number,
): readonly string[] {
  const configuration = join(own, 'kamailio.cfg');
  const text = readFileSync(join(import.meta.dirname, 'msilo.cfg'), 'utf8');
  writeFileSync(
    configuration,
    text
      .replaceAll('DATABASE_URL', url)
      .replaceAll('DATABASE_FILE', file)
      .replaceAll('OWN_PORT', String(port)),
  );
  return [
    ...['-f', configuration, '-DD', '-E', '-Y', own, '-P', join(own, 'pid')],
    ...['-l', `udp:127.0.0.1:${port}`, '-l', `tcp:127.0.0.1:${port}`],
    ...['-n', String(children), '-N', String(children), '-A', `PEER_${kind.toUpperCase()}`],
    // Room for transactions and for bursts, as much as the product asks the system for.
    ...['-m', '512', '-M', '16', '-b', String(4 * 1024 * 1024)],
  ];
}

async function openDatabase(folder: string, own: string, kind: KamailioKind): Promise<Database> {
  if (kind === 'postgres') return openPostgres(folder);
  if (kind === 'sqlite') return openSqlite(own);
  return {
    url: '',
    file: '',
    processes: [],
    storedCount: async () => undefined,
    stop: async () => {},
  };
}

function schema(folder: 'postgres' | 'db_sqlite'): string {
  return ['standard', 'msilo']
    .map((name) => readFileSync(join(schemas, folder, `${name}-create.sql`), 'utf8'))
    .join('\n');
}

/** One cluster below `folder` serves all rounds, started and emptied for each. */
async function openPostgres(folder: string): Promise<Database> {
  const cluster = join(folder, 'postgres');
  if (!existsSync(cluster)) await createCluster(cluster, schema('postgres'));
  const postgres = await startPostgres(cluster);
  await postgres.query('TRUNCATE silo');
  return {
    url: postgres.url,
    file: '',
    processes: [postgres.pid],
    storedCount: async () => Number(await postgres.query(count)),
    stop: () => postgres.stop(),
  };
}

async function openSqlite(own: string): Promise<Database> {
  const file = join(own, 'silo.sqlite');
  const db = new DatabaseSync(file);
  db.exec(schema('db_sqlite'));
  db.close();
  return {
    // Kamailio cuts the path after three slashes.
    url: `sqlite:///${file}`,
    file,
    processes: [],
    storedCount: async () => {
      const reader = new DatabaseSync(file, { readOnly: true });
      const row = reader.prepare(count).get();
      reader.close();
      return Number(row?.['stored']);
    },
    stop: async () => {},
  };
}
