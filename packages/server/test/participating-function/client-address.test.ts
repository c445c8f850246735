import { expect, test } from 'vitest';
import { destinationOf } from '../../src/participating-function/client-address.ts';
import type { Binding } from '../../src/participating-function/ports.ts';
import { throughProxy } from '../../src/participating-function/registration-request.ts';
import { aClient } from './deferred/values.ts';

const flow = { id: 'f1', protocol: 'UDP', host: '192.0.2.1', port: 40_000 };
const tcp = { ...flow, protocol: 'TCP' };

function destination(changes: Partial<Binding>): string {
  const found = destinationOf({
    ...aClient('phone').binding,
    contact: 'sip:bob@192.0.2.1:5060',
    flow,
    ...changes,
  });
  if (found === undefined) return 'by its address';
  return `${found.protocol} ${found.host} ${found.port}${found.flowId === undefined ? '' : ` ${found.flowId}`}`;
}

const rows: readonly [string, Partial<Binding>, string][] = [
  ['RFC 3261 10.3: UDP from the address of the Contact', {}, 'by its address'],
  [
    'RFC 3261 10.3: UDP from another port of that address',
    { contact: 'sip:192.0.2.1:7000' },
    'by its address',
  ],
  ['RFC 3581: a NAT in between', { contact: 'sip:bob@10.0.0.4:5060' }, 'UDP 192.0.2.1 40000 f1'],
  [
    'RFC 7118: a Contact that names no place',
    { contact: 'sip:x@a1.invalid;transport=ws', flow: { ...flow, protocol: 'WS' } },
    'WS 192.0.2.1 40000 f1',
  ],
  [
    'RFC 3327: the Path leads there',
    { contact: 'sip:bob@10.0.0.4', path: ['<sip:edge.example.com;lr>'] },
    'by its address',
  ],
  [
    'RFC 3261 10.3: a proxy without Path',
    { contact: 'sip:bob@10.0.0.4', flow: { ...flow, id: throughProxy } },
    'by its address',
  ],
  [
    'RFC 5626: an outbound client, by its flow',
    { instance: '<urn:uuid:1>', regId: 1, flow: tcp },
    'TCP 192.0.2.1 40000 f1',
  ],
  [
    'the connection of the client, then its Contact',
    { contact: 'sip:192.0.2.1:5070;transport=tcp', flow: tcp },
    'TCP 192.0.2.1 5070 f1',
  ],
  [
    'a host name as Contact, over its connection',
    { contact: 'sip:phone.example.net;transport=tcp', flow: tcp },
    'TCP 192.0.2.1 40000 f1',
  ],
  [
    'registered by TCP for its size, wants UDP',
    { contact: 'sip:192.0.2.1:5060', flow: tcp },
    'by its address',
  ],
  [
    'sips means TLS',
    { contact: 'sips:192.0.2.1', flow: { ...flow, protocol: 'TLS' } },
    'TLS 192.0.2.1 5061 f1',
  ],
  [
    'after a restart, without the connection',
    { contact: 'sip:192.0.2.1:5070;transport=tcp', flow: { ...tcp, id: '' } },
    'by its address',
  ],
  [
    'RFC 3581: after a restart, through the NAT',
    { contact: 'sip:bob@10.0.0.4', flow: { ...flow, id: '' } },
    'UDP 192.0.2.1 40000',
  ],
];

test.each(rows)('%s', (_name, changes, expected) => {
  expect(destination(changes)).toBe(expected);
});
