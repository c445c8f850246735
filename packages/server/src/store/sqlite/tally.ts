import type { DatabaseSync } from 'node:sqlite';
import { integer, text } from './rows.ts';

type TallyName = 'waiting' | 'users' | 'owed';

/** Counts that no query has to count: changed by every operation, written once for a batch, in its transaction. */
export class Tally {
  readonly #changes = new Map<TallyName, number>();
  readonly #write;
  readonly #read;

  constructor(db: DatabaseSync) {
    this.#write = db.prepare('UPDATE tally SET value = value + ? WHERE name = ?');
    this.#read = db.prepare('SELECT name, value FROM tally');
  }

  add(name: TallyName, change: number): void {
    this.#changes.set(name, (this.#changes.get(name) ?? 0) + change);
  }

  /** Called inside the transaction, last. */
  write(): void {
    for (const [name, change] of this.#changes) if (change !== 0) this.#write.run(change, name);
    this.#changes.clear();
  }

  /** The transaction was rolled back: nothing changed. */
  discard(): void {
    this.#changes.clear();
  }

  read(): Readonly<Record<TallyName, number>> {
    const counts = { waiting: 0, users: 0, owed: 0 };
    for (const row of this.#read.all()) {
      const name = text(row, 'name');
      if (name === 'waiting' || name === 'users' || name === 'owed') {
        counts[name] = integer(row, 'value') + (this.#changes.get(name) ?? 0);
      }
    }
    return counts;
  }
}
