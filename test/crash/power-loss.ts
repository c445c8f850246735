import { closeSync, ftruncateSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SeededRandom } from './seeded-random.ts';
import { WriteRecord } from './unsynced.ts';
import type { FileHistory, Range, UnsyncedWrite } from './unsynced.ts';

export interface PowerLoss {
  /** Pieces of at most one page that did not reach the disk as they were written. */
  readonly pieces: number;
  /** Octets that were cut off the ends of files. */
  readonly cut: number;
  /** The database itself had been written to, not only its log. */
  readonly intoDatabase: boolean;
  /** Changes that the record does not explain: then it proves nothing. */
  readonly unexplained: readonly string[];
}

const page = 4096;
/** SQLite makes it anew after every crash: nothing of it is meant to last. */
const shared = '-shm';
/** Holds nothing but a lock. */
const lock = 'server.lock';

/** A data folder as it was on the disk before servers were traced, and what is left of it when the power fails. */
export class Disk {
  readonly #folder: string;
  readonly #before = new Map<string, Buffer>();
  readonly #record = new WriteRecord((path) => this.#before.get(nameOf(path))?.length ?? 0);

  constructor(folder: string) {
    this.#folder = folder;
    for (const name of filesIn(folder)) this.#before.set(name, readFileSync(join(folder, name)));
  }

  /** What a server that is dead now wrote and synced. */
  note(record: string): void {
    this.#record.read(record);
  }

  /** Takes from the files, at random, what the records do not show to be synced. */
  lose(random: SeededRandom): PowerLoss {
    const loss = { pieces: 0, cut: 0, intoDatabase: false, unexplained: new Array<string>() };
    for (const name of filesIn(this.#folder)) {
      const path = join(this.#folder, name);
      const history = this.#record.files.get(path);
      loss.unexplained.push(...this.#unexplained(name, history));
      if (history === undefined) continue;
      if (name.endsWith('.db') && history.written.length > 0) loss.intoDatabase = true;
      const { pieces, cut } = this.#take(path, history, random);
      loss.pieces += pieces;
      loss.cut += cut;
    }
    for (const name of readdirSync(this.#folder)) if (name.endsWith(shared)) rmSync(join(this.#folder, name));
    return loss;
  }

  #take(path: string, history: FileHistory, random: SeededRandom): { pieces: number; cut: number } {
    const everything = random.chance(0.4);
    const before = history.begunAnew ? Buffer.alloc(0) : (this.#before.get(nameOf(path)) ?? Buffer.alloc(0));
    const { length } = readFileSync(path);
    const file = openSync(path, 'r+');
    let pieces = 0;
    for (const write of history.unsynced) {
      for (const piece of piecesOf(write)) {
        if (!everything && random.chance(0.4)) continue;
        const content = contentOf(piece, write, before, everything ? 0 : random.fraction(), random);
        writeSync(file, content, 0, content.length, piece.start);
        pieces += 1;
      }
    }
    const shortest = Math.min(length, history.durableLength);
    const shorter = everything ? shortest : Math.round(random.between(shortest, length));
    if (everything || random.chance(0.5)) ftruncateSync(file, shorter);
    else ftruncateSync(file, length);
    closeSync(file);
    return { pieces, cut: length - shorter };
  }

  /** What was not traced must be as it was. */
  #unexplained(name: string, history: FileHistory | undefined): readonly string[] {
    const now = readFileSync(join(this.#folder, name));
    const before = history?.begunAnew === true ? undefined : this.#before.get(name);
    const known = (history?.written ?? []).toSorted((one, other) => one.start - other.start);
    let from = 0;
    for (const { start, end } of [...known, { start: now.length, end: now.length }]) {
      if (start > from && !isSame(now, before, { start: from, end: start }))
        return [`${name} has changed between ${from} and ${start} without a traced write`];
      from = Math.max(from, end);
    }
    return [];
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => !name.endsWith(shared) && !name.startsWith(lock));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function isSame(now: Buffer, before: Buffer | undefined, { start, end }: Range): boolean {
  return before?.subarray(start, end).equals(now.subarray(start, end)) === true;
}

/** A write reaches the disk page by page. */
function* piecesOf({ start, end }: Range): Generator<Range> {
  let from = start;
  while (from < end) {
    const to = Math.min(end, (Math.floor(from / page) + 1) * page);
    yield { start: from, end: to };
    from = to;
  }
}

/** What the disk may hold in place of what was not synced: what was there, zeroes, or anything. */
function contentOf(
  { start, end }: Range,
  { overwritesSynced }: UnsyncedWrite,
  before: Buffer,
  choice: number,
  random: SeededRandom,
): Buffer {
  if (choice < 0.5 && !overwritesSynced && end <= before.length) return before.subarray(start, end);
  return choice < 0.8 ? Buffer.alloc(end - start) : random.bytes(end - start);
}
