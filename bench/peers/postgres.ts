import { chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { freePort, runToEnd, startService } from '../harness/process.ts';
import type { Owner } from '../harness/process.ts';

/** A PostgreSQL of its own, with the settings it comes with: fsync and synchronous commit are on. */
export interface Postgres {
  readonly pid: number;
  /** Of the database, as Kamailio names it. */
  readonly url: string;
  /** Runs statements and gives what they select, without ornament. */
  query(sql: string): Promise<string>;
  stop(): Promise<void>;
}

const installed = '/usr/lib/postgresql';
const database = 'kamailio';

/** The programs of the newest one that is installed. */
function program(name: string): string {
  const [newest] = readdirSync(installed).toSorted((a, b) => Number(b) - Number(a));
  if (newest === undefined) throw new Error(`no PostgreSQL in ${installed}`);
  return join(installed, newest, 'bin', name);
}

/** PostgreSQL refuses to run as root; the user that its package brings runs it then. */
async function owner(): Promise<Owner | undefined> {
  if (userInfo().uid !== 0) return undefined;
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

async function idOf(flag: string): Promise<number> {
  return Number(await runToEnd('id', [flag, 'postgres']));
}

/** Makes a cluster in the new folder `folder`, with a database that has the tables of `schema`. */
export async function createCluster(folder: string, schema: string): Promise<void> {
  mkdirSync(folder, { mode: 0o700 });
  const whose = await owner();
  if (whose !== undefined) chownSync(folder, whose.uid, whose.gid);
  const options = ['-D', folder, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C'];
  await runToEnd(program('initdb'), options, { owner: whose });
  const postgres = await startPostgres(folder);
  try {
    await runToEnd(program('createdb'), [...address(postgres.port), database]);
    await postgres.query(schema);
  } finally {
    await postgres.stop();
  }
}

/** Starts the cluster in `folder` on a port of its own. */
export async function startPostgres(folder: string): Promise<Postgres & { readonly port: number }> {
  const port = await freePort();
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`];
  const service = startService(program('postgres'), ['-D', folder, '-p', String(port), ...settings], {
    log: `${folder}-${port}.log`,
    owner: await owner(),
  });
  await service.until(/ready to accept connections/);
  const psql = [...address(port), '-qtAX', '-v', 'ON_ERROR_STOP=1', database];
  return {
    pid: service.pid,
    port,
    url: `postgres://postgres:none@127.0.0.1:${port}/${database}`,
    query: (sql) => runToEnd(program('psql'), psql, { input: sql }),
    // The fast shutdown: connections are ended, nothing is lost.
    stop: () => service.stop('SIGINT'),
  };
}

function address(port: number): readonly string[] {
  return ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
}
