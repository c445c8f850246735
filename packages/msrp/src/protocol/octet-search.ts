/** Finds a short sequence by Boyer, Moore and Horspool: only one octet in as many as the sequence has is looked at. */
export class OctetSearch {
  readonly #wanted: Uint8Array;
  readonly #fixed: number;
  #length = 0;
  /** How far the sequence may move on when its last place holds this octet. */
  readonly #shifts = new Uint8Array(256);

  /** The sequence begins by `fixed`; what follows, at most so many octets, is set again and again. */
  constructor(fixed: Uint8Array, maxVariable: number) {
    this.#wanted = new Uint8Array(fixed.length + maxVariable);
    this.#wanted.set(fixed);
    this.#length = fixed.length;
    this.#fixed = fixed.length;
  }

  /** What is searched for; only the first `length` octets of it count. */
  get wanted(): Uint8Array {
    return this.#wanted;
  }

  get length(): number {
    return this.#length;
  }

  /** ASCII only. */
  set(variable: string): void {
    const wanted = this.#wanted;
    for (let index = 0; index < variable.length; index += 1)
      wanted[this.#fixed + index] = variable.charCodeAt(index);
    const last = this.#fixed + variable.length - 1;
    this.#length = last + 1;
    this.#shifts.fill(last + 1);
    for (let index = 0; index < last; index += 1) this.#shifts[wanted[index] ?? 0] = last - index;
  }

  /** Where the sequence begins, at `from` or later, or -1. */
  indexIn(octets: Uint8Array, from: number): number {
    const shifts = this.#shifts;
    const last = this.#length - 1;
    const final = this.#wanted[last];
    for (let at = from + last; at < octets.length;) {
      const octet = octets[at] ?? 0;
      if (octet === final && this.#isAt(octets, at - last)) return at - last;
      at += shifts[octet] ?? 1;
    }
    return -1;
  }

  #isAt(octets: Uint8Array, start: number): boolean {
    for (let index = this.#length - 2; index >= 0; index -= 1)
      if (octets[start + index] !== this.#wanted[index]) return false;
    return true;
  }
}
