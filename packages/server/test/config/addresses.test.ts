import { describe, expect, test } from 'vitest';
import {
  membershipIn,
  readListenAddress,
  readNetwork,
  writeListenAddress,
} from '../../src/config/addresses.ts';
import { UnreadableValue } from '../../src/config/units.ts';

describe('listening addresses', () => {
  test.each([
    ['udp:127.0.0.1:5060', { protocol: 'UDP', host: '127.0.0.1', port: 5060 }],
    ['TCP:[::1]:5070', { protocol: 'TCP', host: '::1', port: 5070 }],
    ['tls:0.0.0.0', { protocol: 'TLS', host: '0.0.0.0', port: 5061 }],
    ['udp:[::]', { protocol: 'UDP', host: '::', port: 5060 }],
    ['udp:127.0.0.1:0', { protocol: 'UDP', host: '127.0.0.1', port: 0 }],
  ])('%s is read', (text, address) => expect(readListenAddress(text)).toEqual(address));

  test.each([
    '',
    'upd:127.0.0.1:5060',
    '127.0.0.1:5060',
    'udp:localhost:5060',
    'udp:::1:5060',
    'udp:127.0.0.1:70000',
    'udp:1.2.3:5060',
    'udp:[127.0.0.1]:5060',
  ])('%s is refused', (text) => expect(() => readListenAddress(text)).toThrow(UnreadableValue));

  test.each(['udp:127.0.0.1:5060', 'tcp:[::1]:5060'])('%s is written as it was', (text) =>
    expect(writeListenAddress(readListenAddress(text))).toBe(text),
  );
});

describe('trusted networks', () => {
  const inside: readonly (readonly [string, string])[] = [
    ['127.0.0.1/32', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1/32', '::ffff:127.0.0.1'],
    ['10.0.0.0/8', '10.255.0.3'],
    ['::ffff:10.0.0.0/104', '10.1.2.3'],
    ['2001:db8::/32', '2001:db8:1::5'],
    ['2001:db8::/32', '[2001:db8:1::5]'],
    ['fe80::/10', 'fe80::1%eth0'],
    ['::1', '::1'],
    ['0.0.0.0/0', '192.0.2.1'],
  ];
  const outside: readonly (readonly [string, string])[] = [
    ['127.0.0.1/32', '127.0.0.2'],
    ['10.0.0.0/8', '11.0.0.1'],
    ['2001:db8::/32', '2001:db9::1'],
    ['0.0.0.0/0', '::1'],
    ['::/0', '192.0.2.1'],
    ['10.0.0.0/8', 'example.com'],
    ['10.0.0.0/8', ''],
  ];
  test.each(inside)('%s contains %s', (network, host) => {
    const isTrusted = membershipIn([readNetwork(network)]);
    expect([isTrusted(host), isTrusted(host)]).toEqual([true, true]);
  });
  test.each(outside)('%s does not contain %s', (network, host) =>
    expect(membershipIn([readNetwork(network)])(host)).toBe(false),
  );
  test('nobody is trusted where no network is given', () =>
    expect(membershipIn([])('127.0.0.1')).toBe(false));
  test.each(['', 'all', '10.0.0.0/33', '::1/129', '10.0/8', '10.0.0.0/8/9', '10.0.0.0/x', '10.0.0.0/-1'])(
    '%s is refused',
    (text) => expect(() => readNetwork(text)).toThrow(UnreadableValue),
  );
});
