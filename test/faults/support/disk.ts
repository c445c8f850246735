import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of the server's own that the test fills and clears. */
export interface SmallDisk extends Disposable {
  /** Where the server keeps its data. */
  readonly data: string;
  /** Nothing more can be written. `pid`: the server. */
  fill(pid: number): void;
  makeRoom(pid: number): void;
}

/** Who may mount has a real disk of 4 MB; everybody else a process whose files may not grow. */
export function smallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'restante-disk-'));
  return isDone('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder)
    ? new MountedDisk(folder)
    : new LimitedDisk(folder);
}

class MountedDisk implements SmallDisk {
  readonly data: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.data = join(folder, 'data');
  }

  fill(): void {
    const ballast = openSync(join(this.#folder, 'ballast'), 'a');
    for (const piece of [new Uint8Array(65_536), new Uint8Array(1)]) writeUntilFull(ballast, piece);
    closeSync(ballast);
  }

  makeRoom(): void {
    rmSync(join(this.#folder, 'ballast'));
  }

  [Symbol.dispose](): void {
    execFileSync('umount', [this.#folder]);
    rmSync(this.#folder, { recursive: true });
  }
}

function writeUntilFull(file: number, piece: Uint8Array): void {
  try {
    while (writeSync(file, piece) === piece.length);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

class LimitedDisk implements SmallDisk {
  readonly data: string;

  constructor(folder: string) {
    this.data = folder;
  }

  fill(pid: number): void {
    limitFileSize(pid, '0');
  }

  makeRoom(pid: number): void {
    limitFileSize(pid, 'unlimited');
  }

  [Symbol.dispose](): void {
    rmSync(this.data, { recursive: true });
  }
}

/** What the database's files are, while nothing can be written to them. */
export class ReadOnlyDisk implements Disposable {
  readonly data = mkdtempSync(join(tmpdir(), 'restante-read-only-'));

  /** Not even who has the files open writes to them: by their own attribute, else by the limit of the process. */
  protect(pid: number): 'immutable' | 'limited' {
    if (isDone('chattr', '+i', ...this.#files()) && !isWritable(join(this.data, 'restante.db')))
      return 'immutable';
    limitFileSize(pid, '0');
    return 'limited';
  }

  release(pid: number): void {
    isDone('chattr', '-i', ...this.#files());
    limitFileSize(pid, 'unlimited');
  }

  [Symbol.dispose](): void {
    isDone('chattr', '-i', ...this.#files());
    rmSync(this.data, { recursive: true });
  }

  /** Those that are written by system calls; the third one is memory that the processes share. */
  #files(): readonly string[] {
    const written = readdirSync(this.data).filter((name) => !name.endsWith('-shm'));
    return written.map((name) => join(this.data, name));
  }
}

function isWritable(path: string): boolean {
  try {
    closeSync(openSync(path, 'a'));
    return true;
  } catch {
    return false;
  }
}

/** The soft limit only, so that it can be raised again by anybody. */
function limitFileSize(pid: number, octets: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${octets}:`]);
}

function isDone(command: string, ...parameters: readonly string[]): boolean {
  try {
    execFileSync(command, parameters, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
