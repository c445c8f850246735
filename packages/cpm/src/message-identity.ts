import type { CpmUser } from './user.ts';

/** Octets of randomness below which an identifier could be guessed (64 bits, PF-20). */
const fewestRandomBytes = 8;

/**
 * An identifier for imdn.Message-ID, a notification's `id` and the like: letters and digits only.
 *
 * @param random at least 8 octets that nobody can guess
 * @throws RangeError where there are fewer
 */
export function opaqueId(random: Uint8Array): string {
  if (random.length < fewestRandomBytes) throw new RangeError('an identifier needs 8 octets of randomness');
  return hex(random);
}

/**
 * A UUID (RFC 9562 section 5.4) for Conversation-ID and Contribution-ID.
 *
 * @param random 16 octets
 * @throws RangeError where there are fewer
 */
export function uuid(random: Uint8Array): string {
  if (random.length < 16) throw new RangeError('a UUID needs 16 octets of randomness');
  const bytes = random.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** What tells one message from another (D-6): who sent it and its imdn.Message-ID, never its Call-ID. */
export function messageKey(originator: CpmUser, messageId: string): string {
  return `${originator} ${messageId}`;
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
