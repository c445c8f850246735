import type { Random } from './ports.ts';

const poolBytes = 1024;
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Tags, branches and Call-IDs: random text, drawn from the port a block at a time because each draw has its price. */
export class Tokens {
  readonly #random: Random;
  #pool: Uint8Array = new Uint8Array(0);
  #used = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** RFC 3261 section 19.3 asks for at least 32 bits of randomness; this gives 8 for each byte. */
  next(bytes = 8): string {
    if (this.#used + bytes > this.#pool.length) {
      this.#pool = this.#random.bytes(Math.max(poolBytes, bytes));
      this.#used = 0;
    }
    let token = '';
    for (const end = this.#used + bytes; this.#used < end; this.#used += 1)
      token += hex[this.#pool[this.#used] ?? 0] ?? '';
    return token;
  }
}
