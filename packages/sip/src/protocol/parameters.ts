/** Parameters of a header field or a URI: names in lower case; values without quotes and escapes, `true` for none. */
export type Parameters = ReadonlyMap<string, string | true>;

/** Where there are none. */
export const noParameters: Parameters = new Map();

/** Of more than these a Map is made, so that no number of them costs its square. */
const mostInList = 16;

/** The few parameters that most values have: in a list they are found sooner than by their hashes. */
class ParameterList implements Parameters {
  /** Each name with its value behind it. */
  readonly #entries: readonly (string | true)[];
  #map: Parameters | undefined;

  constructor(entries: readonly (string | true)[]) {
    this.#entries = entries;
  }

  get size(): number {
    return this.#entries.length >> 1;
  }

  get(name: string): string | true | undefined {
    const at = placeIn(this.#entries, this.#entries.length, name);
    return at < 0 ? undefined : this.#entries[at + 1];
  }

  has(name: string): boolean {
    return placeIn(this.#entries, this.#entries.length, name) >= 0;
  }

  forEach(visit: (value: string | true, name: string, parameters: Parameters) => void): void {
    this.#asMap.forEach((value, name) => visit(value, name, this));
  }

  entries(): MapIterator<[string, string | true]> {
    return this.#asMap.entries();
  }

  keys(): MapIterator<string> {
    return this.#asMap.keys();
  }

  values(): MapIterator<string | true> {
    return this.#asMap.values();
  }

  [Symbol.iterator](): MapIterator<[string, string | true]> {
    return this.#asMap.entries();
  }

  get #asMap(): Parameters {
    return (this.#map ??= mapOf(this.#entries, this.#entries.length));
  }
}

function placeIn(entries: readonly (string | true)[], length: number, name: string): number {
  for (let at = 0; at < length; at += 2) if (entries[at] === name) return at;
  return -1;
}

function mapOf(entries: readonly (string | true)[], length: number): Map<string, string | true> {
  const map = new Map<string, string | true>();
  for (let at = 0; at < length; at += 2) map.set(String(entries[at]), entries[at + 1] ?? true);
  return map;
}

/** Where parameters are collected: growing an array for each value would cost more than one copy. */
const scratch: (string | true)[] = [];

/** Collects the parameters of one value, in their order; one after another, never two at a time. */
export class ParameterBuilder {
  #used = 0;
  #map: Map<string, string | true> | undefined;

  /** The first of two parameters of one name counts. */
  add(name: string, value: string | true): void {
    if (this.#map !== undefined) {
      if (!this.#map.has(name)) this.#map.set(name, value);
    } else if (placeIn(scratch, this.#used, name) < 0) {
      scratch[this.#used] = name;
      scratch[this.#used + 1] = value;
      this.#used += 2;
      if (this.#used > mostInList * 2) this.#map = mapOf(scratch, this.#used);
    }
  }

  finish(): Parameters {
    return this.#map ?? new ParameterList(scratch.slice(0, this.#used));
  }
}
