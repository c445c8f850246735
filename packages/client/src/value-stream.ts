/** How a reader of a stream is stopped. */
export interface ReadOptions {
  /** Ends the loop quietly when aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Values for any number of `for await` loops; each loop sees every value from its first step on.
 * While there is no loop, values are kept for the next one. Each buffer is bounded: where it is full the oldest value
 * gives way, unless the producer asks `hasRoom` first.
 */
export class ValueStream<T> {
  readonly #capacity: number;
  readonly #readers = new Set<Reader<T>>();
  #kept: T[] = [];
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Would the next value be kept by everybody without another giving way? */
  get hasRoom(): boolean {
    if (this.#readers.size === 0) return this.#kept.length < this.#capacity;
    return [...this.#readers].every(({ buffered }) => buffered < this.#capacity);
  }

  /** Returns false where an older value had to give way. */
  push(value: T): boolean {
    if (this.#closed) return true;
    const room = this.hasRoom;
    if (this.#readers.size === 0) keep(this.#kept, value, this.#capacity);
    for (const reader of this.#readers) reader.push(value, this.#capacity);
    return room;
  }

  /** A loop begins to see values when it takes its first step. */
  read({ signal }: ReadOptions = {}): AsyncIterable<T> {
    return { [Symbol.asyncIterator]: () => this.#reader(signal) };
  }

  /** Ends every loop once it has seen what is buffered. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader.end();
  }

  #reader(signal: AbortSignal | undefined): AsyncIterator<T, undefined> {
    const reader = new Reader<T>(this.#readers.size === 0 ? this.#kept : [], (unread) => {
      signal?.removeEventListener('abort', abort);
      // What the last loop did not see waits for the next one.
      if (this.#readers.delete(reader) && this.#readers.size === 0) this.#kept = unread;
    });
    const abort = (): void => reader.leave();
    if (this.#readers.size === 0) this.#kept = [];
    this.#readers.add(reader);
    if (signal?.aborted) reader.leave();
    else if (this.#closed) reader.end();
    else signal?.addEventListener('abort', abort, { once: true });
    return reader;
  }
}

type Step<T> = IteratorResult<T, undefined>;

class Reader<T> implements AsyncIterator<T, undefined> {
  readonly #buffer: T[];
  readonly #waiting: ((step: Step<T>) => void)[] = [];
  readonly #left: (unread: T[]) => void;
  #ended = false;

  constructor(buffer: T[], left: (unread: T[]) => void) {
    this.#buffer = buffer;
    this.#left = left;
  }

  get buffered(): number {
    return this.#buffer.length;
  }

  push(value: T, capacity: number): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting({ done: false, value });
    else keep(this.#buffer, value, capacity);
  }

  end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
  }

  leave(): void {
    this.#left(this.#buffer.splice(0));
    this.end();
  }

  next(): Promise<Step<T>> {
    const value = this.#buffer.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return this.return();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<Step<T>> {
    this.leave();
    return Promise.resolve({ done: true, value: undefined });
  }
}

function keep<T>(buffer: T[], value: T, capacity: number): void {
  if (buffer.length >= capacity) buffer.shift();
  buffer.push(value);
}
