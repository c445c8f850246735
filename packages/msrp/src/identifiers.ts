import type { Random } from '@restante/sip';
import { octetsOf, textOf } from './protocol/octets.ts';

const letters = octetsOf('abcdefghijklmnopqrstuvwxyz234567');

/** Five bits a character. */
function identifier(random: Random, characters: number): string {
  return textOf(letterOctets(random, characters), 0, characters);
}

function letterOctets(random: Random, characters: number): Uint8Array {
  const octets = random.bytes(characters);
  for (let index = 0; index < characters; index += 1) octets[index] = letters[(octets[index] ?? 0) & 31] ?? 0;
  return octets;
}

const transactionCharacters = 16;

/** RFC 4975 section 7.1: 64 bits at least; these are 80. */
export const transactionIdentifier = (random: Random): string => identifier(random, transactionCharacters);

/** RFC 4975 section 14.1: 80 bits at least, for who knows it may use the session; these are 120. */
export const sessionIdentifier = (random: Random): string => identifier(random, 24);

/** Transaction identifiers, drawn many at a time: each chunk needs one. */
export class TransactionIdentifiers {
  readonly #random: Random;
  #drawn: Uint8Array = new Uint8Array(0);
  #used = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): string {
    if (this.#used === this.#drawn.length) {
      // No more than a short message needs at first.
      this.#drawn = letterOctets(this.#random, transactionCharacters * (this.#used === 0 ? 1 : atATime));
      this.#used = 0;
    }
    this.#used += transactionCharacters;
    return textOf(this.#drawn, this.#used - transactionCharacters, this.#used);
  }
}

const atATime = 32;
