const encoder = new TextEncoder();

/** Bodies up to this size are copied: a vectored write of many small parts costs more. */
const copiedBytes = 4096;
/** UTF-8 needs three octets for a UTF-16 unit at most. */
const octetsPerUnit = 3;

/** Gathers what leaves in one vectored write: heads and small bodies in one piece of memory, large bodies as they are. */
export class Batch {
  readonly #parts: Uint8Array[] = [];
  readonly #slabBytes: number;
  #slab: Uint8Array<ArrayBuffer>;
  /** Of the slab, what is in parts, and what is filled. */
  #cut = 0;
  #filled = 0;
  #length = 0;

  constructor(slabBytes: number) {
    this.#slabBytes = slabBytes;
    this.#slab = new Uint8Array(0);
  }

  /** Octets so far. */
  get length(): number {
    return this.#length;
  }

  text(text: string): void {
    this.#room(text.length * octetsPerUnit);
    const { written } = encoder.encodeInto(text, this.#slab.subarray(this.#filled));
    this.#filled += written;
    this.#length += written;
  }

  octets(octets: Uint8Array): void {
    this.#length += octets.length;
    if (octets.length > copiedBytes) {
      this.#cutOff();
      this.#parts.push(octets);
      return;
    }
    this.#room(octets.length);
    this.#slab.set(octets, this.#filled);
    this.#filled += octets.length;
  }

  /** The parts so far; what comes then begins anew, in the rest of the same memory. */
  take(): readonly Uint8Array[] {
    this.#cutOff();
    this.#length = 0;
    return this.#parts.splice(0);
  }

  #room(octets: number): void {
    if (this.#filled + octets <= this.#slab.length) return;
    this.#cutOff();
    this.#slab = new Uint8Array(Math.max(this.#slabBytes, octets));
    this.#cut = 0;
    this.#filled = 0;
  }

  #cutOff(): void {
    if (this.#filled > this.#cut) this.#parts.push(this.#slab.subarray(this.#cut, this.#filled));
    this.#cut = this.#filled;
  }
}
