import { parseUri } from '@restante/sip';
import { expect, test } from 'vitest';
import { messageKey, opaqueId, uuid } from '../src/message-identity.ts';
import { canonicalUser } from '../src/user.ts';

const random = Uint8Array.from({ length: 16 }, (_, index) => index * 17);

test('PF-20: an identifier is letters and digits, and of at least 64 random bits', () => {
  expect(() => opaqueId(random.subarray(0, 7))).toThrow(RangeError);
  expect(opaqueId(random.subarray(0, 8))).toBe('0011223344556677');
});

test('RFC 9562 5.4: Conversation-ID and Contribution-ID are UUIDs of version 4', () => {
  expect(uuid(random)).toBe('00112233-4455-4677-8899-aabbccddeeff');
  expect(uuid(new Uint8Array(32).fill(0xff))).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
  expect(() => uuid(random.subarray(0, 15))).toThrow(RangeError);
});

function key(uri: string, messageId: string) {
  return messageKey(canonicalUser(parseUri(uri), 'home.example'), messageId);
}

test('D-6: the same originator and imdn.Message-ID are the same message, whatever form the address has', () => {
  expect(key('tel:+1-5550100', 'a')).toBe(key('sip:+15550100@home.example;user=phone', 'a'));
  expect(key('tel:+15550100', 'a')).not.toBe(key('tel:+15550100', 'A'));
  expect(key('tel:+15550100', 'a')).not.toBe(key('tel:+15550101', 'a'));
});
