import type { MessageSource } from './source.ts';

const nothing = new Uint8Array(0);

/** Reads a source block by block, one ahead, so that reading and sending go on at the same time. */
export class BlockReader {
  readonly #source: MessageSource;
  readonly #blockBytes: number;
  readonly #tell: { filled(): void; failed(error: Error): void };
  #block: Uint8Array = nothing;
  #used = 0;
  #next: Uint8Array | undefined;
  #offset: number;
  #isReading = false;
  /** Everything was read. */
  #isDone = false;
  #isClosed = false;

  constructor(
    source: MessageSource,
    settings: { readonly blockBytes: number; readonly startAt: number },
    tell: { filled(): void; failed(error: Error): void },
  ) {
    this.#source = source;
    this.#blockBytes = settings.blockBytes;
    this.#offset = settings.startAt;
    this.#tell = tell;
  }

  /** Is there something to take, be it the end, and is it known whether more comes behind it? */
  get isReady(): boolean {
    this.#fill();
    return this.#used < this.#block.length ? this.#knowsMore : this.#isDone && this.#next === undefined;
  }

  /** Was the last octet taken? */
  get isAtEnd(): boolean {
    return this.#used === this.#block.length && this.#next === undefined && this.#isDone;
  }

  /** At most so many octets; none only at the end of an empty message. */
  take(octets: number): Uint8Array {
    const end = Math.min(this.#used + octets, this.#block.length);
    const taken = this.#block.subarray(this.#used, end);
    this.#used = end;
    this.#fill();
    return taken;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#block = nothing;
    this.#next = undefined;
    this.#source.close?.();
  }

  get #knowsMore(): boolean {
    return this.#source.size !== undefined || this.#next !== undefined || this.#isDone;
  }

  #fill(): void {
    if (this.#used === this.#block.length && this.#next !== undefined) {
      this.#block = this.#next;
      this.#used = 0;
      this.#next = undefined;
    }
    if (this.#next === undefined && !this.#isReading && !this.#isDone && !this.#isClosed) this.#read();
  }

  #read(): void {
    const { size } = this.#source;
    const length = Math.min(this.#blockBytes, (size ?? Number.POSITIVE_INFINITY) - this.#offset);
    if (length <= 0) {
      this.#isDone = true;
      return;
    }
    try {
      const read = this.#source.read(this.#offset, length);
      if (read instanceof Uint8Array) return this.#take(read, length);
      this.#isReading = true;
      void this.#await(read, length);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #await(read: Promise<Uint8Array>, length: number): Promise<void> {
    try {
      const octets = await read;
      this.#isReading = false;
      if (this.#isClosed) return;
      this.#take(octets, length);
      this.#fill();
      this.#tell.filled();
    } catch (error) {
      this.#isReading = false;
      this.#fail(error);
    }
  }

  #take(octets: Uint8Array, wanted: number): void {
    const { size } = this.#source;
    this.#offset += octets.length;
    if (octets.length > wanted || (size !== undefined && octets.length < wanted))
      return this.#fail(new Error('the source gave another number of octets than its size promised'));
    if (octets.length < wanted || this.#offset === size) this.#isDone = true;
    if (octets.length > 0) this.#next = octets;
    if (this.#used === this.#block.length && this.#next !== undefined) this.#fill();
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#isDone = true;
    this.#tell.failed(error instanceof Error ? error : new Error(String(error)));
  }
}
