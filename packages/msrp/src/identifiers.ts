import type { Random } from '@restante/sip';
import { octetsOf, textOf } from './protocol/octets.ts';

const letters = octetsOf('abcdefghijklmnopqrstuvwxyz234567');

/** Five bits a character. */
function identifier(random: Random, characters: number): string {
  const octets = random.bytes(characters);
  for (let index = 0; index < characters; index += 1) octets[index] = letters[(octets[index] ?? 0) & 31] ?? 0;
  return textOf(octets, 0, characters);
}

/** RFC 4975 section 7.1: 64 bits at least; these are 80. */
export const transactionIdentifier = (random: Random): string => identifier(random, 16);

/** RFC 4975 section 14.1: 80 bits at least, for who knows it may use the session; these are 120. */
export const sessionIdentifier = (random: Random): string => identifier(random, 24);
