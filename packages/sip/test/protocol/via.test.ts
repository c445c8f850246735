import { parseVia, parseVias, serializeVia } from '@restante/sip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultOf } from './bytes.ts';

const readable = [
  ['SIP/2.0/UDP a', { protocol: 'SIP/2.0', transport: 'UDP', host: 'a' }],
  [
    'sip/2.0/tls a.example.com:5061',
    { protocol: 'SIP/2.0', transport: 'TLS', host: 'a.example.com', port: 5061 },
  ],
  [
    'SIP / 2.0\t/ TCP   a : 5060 ; branch = z9hG4bK1',
    { transport: 'TCP', host: 'a', port: 5060, branch: 'z9hG4bK1' },
  ],
  ['SIP/2.0/UDP [2001:db8::1]:5060;rport', { host: '2001:db8::1', port: 5060, rport: true }],
  ['SIP/2.0/UDP a;rport=1234;received=192.0.2.1', { rport: 1234, received: '192.0.2.1' }],
  ['SIP/2.0/UDP a;received=[2001:db8::1]', { received: '2001:db8::1' }],
  ['SIP/2.0/UDP a;received=2001:db8::1;branch=x', { received: '2001:db8::1', branch: 'x' }],
  ['SIP/2.0/UDP host_name;branch=a;branch=b', { host: 'host_name', branch: 'a' }],
  ['SIP/7.0/UDP a', { protocol: 'SIP/7.0' }],
  ['SIP/2.0/UNKNOWN a', { transport: 'UNKNOWN' }],
] as const;

for (const [text, expected] of readable)
  test(`RFC 3261 20.42: ${text}`, () => expect(parseVia(text)).toMatchObject(expected));

test('RFC 3261 20.42: what is not there is no property', () => {
  expect(Object.keys(parseVia('SIP/2.0/UDP a')).sort()).toEqual([
    'host',
    'parameters',
    'protocol',
    'transport',
  ]);
});

const wrong = [
  ['', 'protocol expected'],
  ['SIP', "'/' expected after the protocol"],
  ['SIP/2.0', "'/' expected after the version"],
  ['SIP/2.0/', 'transport expected'],
  ['SIP/2.0/UDP', 'white space expected'],
  ['SIP/2.0/UDP ', 'no host'],
  ['SIP/2.0/UDP ;branch=x', 'no host'],
  ['SIP/2.0/UDP a:', 'port expected'],
  ['SIP/2.0/UDP a:x', 'not a port'],
  ['SIP/2.0/UDP a:65536', 'not a port'],
  ['SIP/2.0/UDP [::1', 'not an IPv6 reference'],
  ['SIP/2.0/UDP [x]', 'not an IPv6 reference'],
  ['SIP/2.0/UDP 2001:db8::1', 'not a port'],
  ['SIP/2.0/UDP a b', "'b' not expected"],
  ['SIP/2.0/UDP a;', 'parameter name expected'],
  ['SIP/2.0/UDP a;branch=', 'parameter branch has no value'],
  ['SIP/2.0/UDP a;rport=x', 'rport is not a port'],
  ['SIP/2.0/UDP a;rport=70000', 'rport is not a port'],
] as const;

for (const [text, fault] of wrong)
  test(`RFC 3261 25.1: '${text}' is no Via`, () => {
    const { message } = faultOf(() => parseVia(text));
    expect(message.startsWith('Via: ')).toBe(true);
    expect(message).toContain(fault);
  });

test('RFC 3261 7.3.1: hops are separated by commas, also behind quotes', () => {
  const hops = parseVias('SIP/2.0/UDP a;x="1,2" , SIP/2.0/TCP b,SIP/2.0/WS c');
  expect(hops.map(({ host, transport }) => `${transport} ${host}`)).toEqual(['UDP a', 'TCP b', 'WS c']);
  expect(faultOf(() => parseVias('SIP/2.0/UDP a,')).message).toContain('protocol expected');
});

test('RFC 3581 4: the values beside the parameters are what is written', () => {
  const via = parseVia('SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK1;x="a b"');
  expect(serializeVia({ ...via, received: '2001:db8::1', rport: 5070 })).toBe(
    'SIP/2.0/UDP 192.0.2.1:5060;rport=5070;branch=z9hG4bK1;x="a b";received=2001:db8::1',
  );
  expect(
    serializeVia({ protocol: 'SIP/2.0', transport: 'TCP', host: '::1', parameters: new Map(), branch: 'b' }),
  ).toBe('SIP/2.0/TCP [::1];branch=b');
});

const anyVia = fc.record(
  {
    transport: fc.constantFrom('UDP', 'TCP', 'TLS', 'WS', 'WSS'),
    host: fc.constantFrom('a.example.com', '192.0.2.1', '2001:db8::1'),
    port: fc.nat(65_535),
    branch: fc.stringMatching(/^z9hG4bK[A-Za-z0-9.-]{1,20}$/),
    received: fc.constantFrom('192.0.2.9', '2001:db8::9'),
    rport: fc.oneof(fc.nat(65_535), fc.constant(true as const)),
  },
  { requiredKeys: ['transport', 'host'] },
);

test('any Via is read as it was written', () => {
  fc.assert(
    fc.property(anyVia, (parts) => {
      const via = { protocol: 'SIP/2.0', parameters: new Map(), ...parts };
      const { parameters, ...read } = parseVia(serializeVia(via));
      expect(read).toEqual({ protocol: 'SIP/2.0', ...parts });
      expect(parameters.get('branch')).toBe(parts.branch);
    }),
  );
});
