import type { DatabaseSync } from 'node:sqlite';
import { text } from '../rows.ts';

/** All bindings of one user, as JSON. */
export interface RegistrationRow {
  readonly user: string;
  readonly bindings: string;
}

export function registrationOperations(db: DatabaseSync) {
  const load = db.prepare('SELECT user, bindings FROM registration WHERE user > ? ORDER BY user LIMIT ?');
  const put = db.prepare(`
    INSERT INTO registration (user, bindings) VALUES (?, ?)
    ON CONFLICT (user) DO UPDATE SET bindings = excluded.bindings`);
  const remove = db.prepare('DELETE FROM registration WHERE user = ?');

  return {
    loadRegistrations(after: string, limit: number): readonly RegistrationRow[] {
      return load
        .all(after, limit)
        .map((row) => ({ user: text(row, 'user'), bindings: text(row, 'bindings') }));
    },
    /** Undefined bindings: the user has none. */
    saveRegistration(user: string, bindings: string | undefined): void {
      if (bindings === undefined) remove.run(user);
      else put.run(user, bindings);
    },
  };
}
