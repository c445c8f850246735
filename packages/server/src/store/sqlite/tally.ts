import type { DatabaseSync } from 'node:sqlite';
import { integer, text } from './rows.ts';

type TallyName = 'waiting' | 'users' | 'owed';

/** Counts that no query has to count: changed by every operation, written once for a batch, in its transaction. */
export class Tally {
  #waiting = 0;
  #users = 0;
  #owed = 0;
  /** The last sequence number given out; undefined until the transaction has asked for one. */
  #sequence: number | undefined;
  readonly #write;
  readonly #writeSequence;
  readonly #read;
  readonly #readSequence;

  constructor(db: DatabaseSync) {
    this.#write = db.prepare('UPDATE tally SET value = value + ? WHERE name = ?');
    this.#writeSequence = db.prepare("UPDATE tally SET value = ? WHERE name = 'sequence'");
    this.#read = db.prepare("SELECT name, value FROM tally WHERE name <> 'sequence'");
    this.#readSequence = db.prepare("SELECT value FROM tally WHERE name = 'sequence'");
  }

  add(name: TallyName, change: number): void {
    if (name === 'waiting') this.#waiting += change;
    else if (name === 'users') this.#users += change;
    else this.#owed += change;
  }

  /** The number of the next message; a number is never given out twice, whatever has been removed. */
  nextSequence(): number {
    this.#sequence ??= integer(this.#readSequence.get() ?? {}, 'value');
    this.#sequence += 1;
    return this.#sequence;
  }

  /** Called inside the transaction, last. */
  write(): void {
    this.#writeChange('waiting', this.#waiting);
    this.#writeChange('users', this.#users);
    this.#writeChange('owed', this.#owed);
    if (this.#sequence !== undefined) this.#writeSequence.run(this.#sequence);
    this.discard();
  }

  /** The transaction was rolled back: nothing changed. */
  discard(): void {
    this.#waiting = 0;
    this.#users = 0;
    this.#owed = 0;
    this.#sequence = undefined;
  }

  read(): Readonly<Record<TallyName, number>> {
    const counts = { waiting: this.#waiting, users: this.#users, owed: this.#owed };
    for (const row of this.#read.all()) {
      const name = text(row, 'name');
      if (name === 'waiting' || name === 'users' || name === 'owed') counts[name] += integer(row, 'value');
    }
    return counts;
  }

  #writeChange(name: TallyName, change: number): void {
    if (change !== 0) this.#write.run(change, name);
  }
}
