/** Remembers the latest keys, so that the same message is shown once. */
export class SeenMessages {
  readonly #capacity: number;
  readonly #keys = new Set<string>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    const [oldest] = this.#keys;
    if (this.#keys.size >= this.#capacity && oldest !== undefined) this.#keys.delete(oldest);
    this.#keys.add(key);
  }
}
