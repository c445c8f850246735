import { opaqueId } from '@restante/cpm';
import type { Instant, Random } from '@restante/sip';
import type { MessageId } from './deferred/deferred-message.ts';

/** Digits of the time in base 36: enough until the year 5188. */
const timeDigits = 9;
/** RFC 4086's spirit: nobody guesses 80 bits. */
const randomOctets = 10;

/** A fresh id (PF-1): it sorts by time of acceptance, and nobody can guess it (PF-20). */
export function newMessageId(now: Instant, random: Random): MessageId {
  return `dm-${now.toString(36).padStart(timeDigits, '0')}${opaqueId(random.bytes(randomOctets))}`;
}
