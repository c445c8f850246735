/** From `start` up to, without, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A write that no completed sync covers. */
export interface UnsyncedWrite extends Range {
  /** Something else was synced there before, so what the disk held is not what stood there when the record began. */
  readonly overwritesSynced: boolean;
}

/** What one file went through. */
export interface FileHistory {
  /** It was removed or cut to nothing: nothing of what stood there when the record began counts. */
  readonly begunAnew: boolean;
  readonly written: readonly Range[];
  readonly unsynced: readonly UnsyncedWrite[];
  /** How long it is after the loss of everything that was not synced. */
  readonly durableLength: number;
}

/** What is traced: the ways in which SQLite changes a file, and those in which it makes that last. */
export const tracedCalls = 'pwrite64,ftruncate,unlink,fdatasync,fsync';

interface PendingWrite extends UnsyncedWrite {
  isDone: boolean;
}

class History implements FileHistory {
  begunAnew = false;
  readonly written: Range[] = [];
  unsynced: PendingWrite[] = [];
  durableLength: number;
  readonly #synced: Range[] = [];
  #length: number;

  constructor(length: number) {
    this.durableLength = length;
    this.#length = length;
  }

  write(start: number, end: number): PendingWrite {
    const overwritesSynced = this.#synced.some((range) => range.start < end && start < range.end);
    const write = { start, end, overwritesSynced, isDone: false };
    this.written.push(write);
    this.unsynced.push(write);
    this.#length = Math.max(this.#length, end);
    return write;
  }

  cut(length: number): void {
    this.#length = length;
    if (length > 0) return;
    this.begunAnew = true;
    this.unsynced = [];
    this.durableLength = 0;
  }

  /** What is done now is on the disk when the sync that begins here has ended. */
  syncing(): () => void {
    const covered = this.unsynced.filter(({ isDone }) => isDone);
    const length = this.#length;
    return () => {
      this.#synced.push(...covered);
      this.unsynced = this.unsynced.filter((write) => !covered.includes(write));
      this.durableLength = length;
    };
  }
}

const begin =
  /^(\d+) +(\w+)\((?:\d+<(.*?)>(?:\(deleted\))?|"(.*?)")(?:, ""(?:\.\.\.)?)?(?:, (\d+))?(?:, (\d+))?(?:\) += (-?\d+|\?)| <unfinished)/;
const resumed = /^(\d+) +<\.\.\. \w+ resumed>.*\) += (-?\d+|\?)/;

/**
 * What processes did to files, one after another, as `strace -f -y -s 0` wrote it down: per path, what the loss of the
 * power would take. A call that did not return counts as done in part where it writes, and as not done where it syncs.
 */
export class WriteRecord {
  readonly #files = new Map<string, History>();
  readonly #lengthBefore: (path: string) => number;

  /** `lengthBefore` tells how long a file was when the first process began. */
  constructor(lengthBefore: (path: string) => number) {
    this.#lengthBefore = lengthBefore;
  }

  get files(): ReadonlyMap<string, FileHistory> {
    return this.#files;
  }

  /** Adds what one more process did, from its beginning to its end. */
  read(text: string): void {
    // Whatever the process before it began is over: a sync of this one covers it.
    for (const file of this.#files.values()) for (const write of file.unsynced) write.isDone = true;
    /** What happens when the call of this thread returns. */
    const open = new Map<string, (succeeded: boolean) => void>();
    for (const line of text.split('\n')) {
      const [, thread = '', call = '', descriptor, name, size = '0', offset = '0', result] =
        begin.exec(line) ?? [];
      const path = descriptor ?? name;
      if (path?.startsWith('/') === true) {
        const returned = began(this.#at(path), call, Number(size), Number(offset));
        if (result === undefined) open.set(thread, returned);
        else returned(Number(result) >= 0);
        continue;
      }
      const [, again = '', value] = resumed.exec(line) ?? [];
      open.get(again)?.(Number(value) >= 0);
      open.delete(again);
    }
  }

  #at(path: string): History {
    const file = this.#files.get(path) ?? new History(this.#lengthBefore(path));
    this.#files.set(path, file);
    return file;
  }
}

/** The call has begun; the result is to be called with whether it succeeded. */
function began(file: History, call: string, size: number, offset: number): (succeeded: boolean) => void {
  if (call === 'pwrite64') {
    const write = file.write(offset, offset + size);
    return (succeeded) => void (write.isDone = succeeded);
  }
  if (call === 'fdatasync' || call === 'fsync') {
    const synced = file.syncing();
    return (succeeded) => void (succeeded && synced());
  }
  if (call === 'ftruncate') return (succeeded) => void (succeeded && file.cut(size));
  if (call === 'unlink') return (succeeded) => void (succeeded && file.cut(0));
  throw new Error(`${call}: a way to change a file that is not understood`);
}
