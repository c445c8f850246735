/** Octets from `start` up to, and without, `end`, counted from 0. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** Which octets of a message are there, as few spans in order. Adding at the end of the first span costs nothing. */
export class RangeSet {
  /** Starts and ends in turn, ascending; neighbours are joined. */
  readonly #edges: number[] = [];

  constructor(spans: Iterable<ByteSpan> = []) {
    for (const { start, end } of spans) this.add(start, end);
  }

  /** How many spans there are. */
  get size(): number {
    return this.#edges.length / 2;
  }

  /** How many octets are there from 0 on without a gap. */
  get prefix(): number {
    return this.#edges[0] === 0 ? (this.#edges[1] ?? 0) : 0;
  }

  /** Behind the last octet that is there. */
  get end(): number {
    return this.#edges.at(-1) ?? 0;
  }

  /** How many octets are there in all. */
  get octets(): number {
    let sum = 0;
    for (let at = 0; at < this.#edges.length; at += 2)
      sum += (this.#edges[at + 1] ?? 0) - (this.#edges[at] ?? 0);
    return sum;
  }

  get spans(): readonly ByteSpan[] {
    const spans: ByteSpan[] = [];
    for (let at = 0; at < this.#edges.length; at += 2)
      spans.push({ start: this.#edges[at] ?? 0, end: this.#edges[at + 1] ?? 0 });
    return spans;
  }

  /** Is every octet of [0, length) there? */
  covers(length: number): boolean {
    return this.prefix >= length;
  }

  /** Is any octet of [start, end) there? */
  meets(start: number, end: number): boolean {
    const at = this.#firstEdgeAbove(start);
    if (start >= end) return false;
    return at % 2 === 1 || (this.#edges[at] ?? Number.POSITIVE_INFINITY) < end;
  }

  add(start: number, end: number): void {
    if (start >= end) return;
    const edges = this.#edges;
    if (edges.length === 2 && edges[1] === start) {
      edges[1] = end;
      return;
    }
    // Edges that touch are swallowed, so that neighbours become one.
    const from = this.#firstEdgeAbove(start - 1);
    const to = this.#firstEdgeAbove(end);
    const put: number[] = [];
    if (from % 2 === 0) put.push(start);
    if (to % 2 === 0) put.push(end);
    edges.splice(from, to - from, ...put);
  }

  /** The index of the first edge that is greater than the position. */
  #firstEdgeAbove(position: number): number {
    let low = 0;
    let high = this.#edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#edges[middle] ?? 0) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
