import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '../../packages/server/src/store/sqlite/sqlite-store.ts';
import type { Remainder } from './verdict.ts';

export interface Remains extends Remainder {
  /** Pulls or reports are under way or owed. */
  readonly busy: boolean;
  readonly faults: readonly string[];
}

/** Looks into a data folder, beside a server or without one. */
export async function inspect(directory: string): Promise<Remains> {
  const store = await openSqliteStore({ directory, role: 'tool' });
  try {
    const [messages, claims, { waiting, claimed, owed }] = await Promise.all([
      store.inspection.list({ limit: 1_000_000 }),
      store.queue.openClaims(),
      store.inspection.counts(),
    ]);
    const busy = claims.length > 0 || owed > 0;
    const faults = integrityFaults(join(directory, 'restante.db'));
    if (busy) faults.push(`in the end ${claims.length} messages are claimed and ${owed} reports owed`);
    if (waiting !== messages.length || claimed !== claims.length)
      faults.push(`the store counts ${waiting} waiting messages and has ${messages.length}`);
    const ids = messages.map(({ dispositions }) => dispositions?.messageId ?? '');
    return { at: Date.now(), waiting: new Set(ids), busy, faults };
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** What the ledger tells of a message. */
export async function storyOf(directory: string, uri: string): Promise<readonly string[]> {
  const id = /^sip:([^@]+)@/.exec(uri)?.[1] ?? '';
  const store = await openSqliteStore({ directory, role: 'tool' });
  try {
    const entries = await store.inspection.story(id);
    return entries.map(({ at, event, detail }) => `${at} ledger: ${event}: ${detail}`);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

function integrityFaults(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const found = database.prepare('PRAGMA integrity_check').all();
  database.close();
  return found.map((row) => String(row['integrity_check'])).filter((line) => line !== 'ok');
}
