import { parseUri } from '@restante/sip';
import { describe, expect, test } from 'vitest';
import { messageKey, messageUri, opaqueId, uuid } from '../src/message-identity.ts';
import { canonicalUser } from '../src/user.ts';

const random = Uint8Array.from({ length: 16 }, (_, index) => index * 17);

describe('PF-20: message-URI-IDs are opaque', () => {
  test('a SIP URI of random octets and the host', () => {
    expect(messageUri(random, 'pf.home.example')).toBe(
      'sip:dm-00112233445566778899aabbccddeeff@pf.home.example',
    );
    expect(messageUri(random, '2001:db8::1')).toBe('sip:dm-00112233445566778899aabbccddeeff@[2001:db8::1]');
    expect(parseUri(messageUri(random, '[2001:db8::1]'))).toMatchObject({ kind: 'sip', host: '2001:db8::1' });
  });

  test('PF-20: issued without headers, so that cpm_action can follow a question mark', () => {
    expect(messageUri(random, 'pf.home.example')).not.toMatch(/[?;&]/);
  });

  test('fewer than 64 bits of randomness are refused', () => {
    expect(() => messageUri(random.subarray(0, 7), 'pf')).toThrow(RangeError);
    expect(() => opaqueId(random.subarray(0, 7))).toThrow(RangeError);
    expect(opaqueId(random.subarray(0, 8))).toBe('0011223344556677');
  });
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
