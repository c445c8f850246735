import type { DatabaseSync } from 'node:sqlite';
import { integer } from './rows.ts';

const pollMilliseconds = 1000;

/** Notices that another process has written to the database: its data version moves on for others' commits only. */
export class ForeignChanges {
  readonly #version;
  readonly #changed: () => void;
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(db: DatabaseSync, changed: () => void) {
    this.#version = db.prepare('PRAGMA data_version');
    this.#changed = changed;
  }

  watch(): void {
    if (this.#timer !== undefined) return;
    this.#last = this.#read();
    this.#timer = setInterval(() => this.#poll(), pollMilliseconds).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #poll(): void {
    const version = this.#read();
    if (version === this.#last) return;
    this.#last = version;
    this.#changed();
  }

  #read(): number {
    try {
      return integer(this.#version.get() ?? {}, 'data_version');
    } catch {
      return this.#last; // A failing disk is told by the operations that need it.
    }
  }
}
