import type { Flow } from '@restante/sip';
import { expect, test } from 'vitest';
import { needsAdvertisedHost, ownContact } from '../../src/assembly/own-contact.ts';
import { configurationOf } from '../../src/config.ts';

function flow(protocol: Flow['protocol'], host: string): Flow {
  return { id: 'f', protocol, local: { host, port: 5060 }, remote: { host: '192.0.2.9', port: 5062 } };
}

function configuration(listen: string, advertisedHost?: string) {
  return configurationOf({
    domain: 'example.com',
    managementUri: 'sip:x@example.com',
    listen: [listen],
    ...(advertisedHost !== undefined && { advertisedHost }),
  });
}

test('RFC 3261 8.1.1.8: Contact is the address that the peer used, with its transport', () => {
  const contact = ownContact({});
  expect(contact(flow('UDP', '192.0.2.1'))).toBe('<sip:192.0.2.1:5060>');
  expect(contact(flow('TCP', '2001:db8::1'))).toBe('<sip:[2001:db8::1]:5060;transport=tcp>');
});

test('an advertised host stands in its place', () => {
  const contact = ownContact({ advertisedHost: 'pf.example.com' });
  expect(contact(flow('UDP', '0.0.0.0'))).toBe('<sip:pf.example.com:5060>');
});

test('only UDP on all addresses needs one', () => {
  expect(needsAdvertisedHost(configuration('udp:0.0.0.0:5060'))).toBe(true);
  expect(needsAdvertisedHost(configuration('udp:[::]:5060'))).toBe(true);
  expect(needsAdvertisedHost(configuration('tcp:0.0.0.0:5060'))).toBe(false);
  expect(needsAdvertisedHost(configuration('udp:0.0.0.0:5060', 'pf.example.com'))).toBe(false);
});
