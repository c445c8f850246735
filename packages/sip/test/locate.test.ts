import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SequenceRandom } from '../../../test/support/sequence-random.ts';
import { inOrder, locate, locateSentBy } from '../src/locate.ts';
import { parseUri } from '../src/protocol/uri.ts';
import type { Destination, NameService, NaptrRecord, SrvRecord, TransportProtocol } from '../src/ports.ts';

interface Zone {
  readonly naptr?: Readonly<
    Record<string, readonly (readonly [order: number, preference: number, service: string, to: string])[]>
  >;
  readonly srv?: Readonly<
    Record<string, readonly (readonly [priority: number, weight: number, port: number, name: string])[]>
  >;
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
}

class Names implements NameService {
  readonly asked: string[] = [];
  readonly #zone: Zone;

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  async naptr(name: string): Promise<readonly NaptrRecord[]> {
    this.asked.push(`NAPTR ${name}`);
    const rows = this.#zone.naptr?.[name] ?? [];
    return rows.map(([order, preference, service, replacement]) => ({
      order,
      preference,
      flags: 's',
      service,
      replacement,
    }));
  }

  async srv(name: string): Promise<readonly SrvRecord[]> {
    this.asked.push(`SRV ${name}`);
    const rows = this.#zone.srv?.[name] ?? [];
    return rows.map(([priority, weight, port, target]) => ({ priority, weight, port, name: target }));
  }

  async addresses(name: string): Promise<readonly { address: string; family: 4 | 6 }[]> {
    this.asked.push(`A ${name}`);
    return (this.#zone.addresses?.[name] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
  }
}

const all: readonly TransportProtocol[] = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'];

interface Facts {
  readonly zone?: Zone;
  readonly protocols?: readonly TransportProtocol[];
  readonly families?: readonly (4 | 6)[];
  readonly names?: NameService;
}

const shown = ({ protocol, host, port, serverName }: Destination): string =>
  `${protocol} ${host} ${port}${serverName === undefined ? '' : ` ${serverName}`}`;

function optionsOf({ zone = {}, protocols = all, families = [4, 6], names }: Facts) {
  return {
    nameService: names ?? new Names(zone),
    random: new SequenceRandom(),
    supports: (protocol: TransportProtocol, family: 4 | 6) =>
      protocols.includes(protocol) && families.includes(family),
  };
}

async function located(text: string, facts: Facts = {}): Promise<string[]> {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') throw new Error('a SIP URI expected');
  const found: string[] = [];
  for await (const destination of locate(uri, optionsOf(facts))) found.push(shown(destination));
  return found;
}

const numeric: readonly (readonly [uri: string, destination: string])[] = [
  ['sip:192.0.2.1', 'UDP 192.0.2.1 5060'],
  ['sip:bob@192.0.2.1:5070', 'UDP 192.0.2.1 5070'],
  ['sip:192.0.2.1;transport=tcp', 'TCP 192.0.2.1 5060'],
  ['sip:192.0.2.1;transport=TCP', 'TCP 192.0.2.1 5060'],
  ['sip:192.0.2.1;transport=ws', 'WS 192.0.2.1 80'],
  ['sip:192.0.2.1;transport=tls', 'TLS 192.0.2.1 5061'],
  ['sips:192.0.2.1;transport=ws', 'WSS 192.0.2.1 443'],
  ['sips:192.0.2.1', 'TLS 192.0.2.1 5061'],
  ['sips:192.0.2.1;transport=tcp', 'TLS 192.0.2.1 5061'],
  ['sips:192.0.2.1:5099;transport=ws', 'WSS 192.0.2.1 5099'],
  ['sip:[2001:db8::1]', 'UDP 2001:db8::1 5060'],
  ['sip:[2001:DB8::1]:5070;transport=tcp', 'TCP 2001:db8::1 5070'],
  ['sip:example.com;maddr=192.0.2.7', 'UDP 192.0.2.7 5060'],
];

for (const [uri, destination] of numeric)
  test(`RFC 3263 4: ${uri} -> ${destination}, without DNS`, async () => {
    const names = new Names({});
    expect(await located(uri, { names })).toEqual([destination]);
    expect(names.asked).toEqual([]);
  });

test('RFC 7118 5.2.2: a sip URI that says ws is reached by WSS where there is no WS', async () => {
  const zone: Zone = { addresses: { 'a.example': ['192.0.2.1'] } };
  const facts: Facts = { zone, protocols: ['UDP', 'WSS'] };
  expect(await located('sip:a.example:8443;transport=ws;lr', facts)).toEqual([
    'WSS 192.0.2.1 8443 a.example',
  ]);
  expect(await located('sip:192.0.2.1;transport=ws', facts)).toEqual(['WSS 192.0.2.1 443']);
  expect(await located('sip:192.0.2.1;transport=ws')).toEqual(['WS 192.0.2.1 80']);
});

test('RFC 3263 4.1: without UDP a numeric host is reached by TCP', async () =>
  expect(await located('sip:192.0.2.1', { protocols: ['TCP'] })).toEqual(['TCP 192.0.2.1 5060']));

test('RFC 3263 4.2: a name with a port is looked up for addresses only', async () => {
  const names = new Names({ addresses: { 'a.example': ['192.0.2.1', '2001:db8::1'] } });
  expect(await located('sip:a.example:5070', { names })).toEqual([
    'UDP 192.0.2.1 5070',
    'UDP 2001:db8::1 5070',
  ]);
  expect(names.asked).toEqual(['A a.example']);
});

test('an address of a family that we do not have is left out', async () =>
  expect(
    await located('sip:a.example:5070', {
      zone: { addresses: { 'a.example': ['2001:db8::1', '192.0.2.1'] } },
      families: [4],
    }),
  ).toEqual(['UDP 192.0.2.1 5070']));

const provider: Zone = {
  naptr: {
    'example.com': [
      [90, 50, 'SIP+D2U', '_sip._udp.example.com'],
      [50, 60, 'SIP+D2T', '_sip._tcp.example.com'],
      [50, 50, 'SIPS+D2T', '_sips._tcp.example.com'],
      [10, 10, 'E2U+sip', 'nothing.example.com'],
    ],
  },
  srv: {
    '_sips._tcp.example.com': [[0, 1, 5061, 's1.example.com']],
    '_sip._tcp.example.com': [
      [2, 1, 5062, 's2.example.com'],
      [1, 1, 5060, 's1.example.com'],
    ],
    '_sip._udp.example.com': [[0, 1, 5060, 's2.example.com']],
  },
  addresses: { 's1.example.com': ['192.0.2.1'], 's2.example.com': ['192.0.2.2', '192.0.2.3'] },
};

test('RFC 3263 4.1: NAPTR by order and preference, then SRV by priority, then every address', async () =>
  expect(await located('sip:example.com', { zone: provider })).toEqual([
    'TLS 192.0.2.1 5061 example.com',
    'TCP 192.0.2.1 5060',
    'TCP 192.0.2.2 5062',
    'TCP 192.0.2.3 5062',
    'UDP 192.0.2.2 5060',
    'UDP 192.0.2.3 5060',
  ]));

test('RFC 3263 4.1: services that we have no transport for are left out', async () =>
  expect(await located('sip:example.com', { zone: provider, protocols: ['UDP'] })).toEqual([
    'UDP 192.0.2.2 5060',
    'UDP 192.0.2.3 5060',
  ]));

test('RFC 3263 4.1: sips takes secure services only; the certificate is that of the domain asked for', async () =>
  expect(await located('sips:example.com', { zone: provider })).toEqual(['TLS 192.0.2.1 5061 example.com']));

test('RFC 3263 4.1: with a transport parameter no NAPTR is asked', async () => {
  const names = new Names(provider);
  expect(await located('sip:example.com;transport=tcp', { names })).toEqual([
    'TCP 192.0.2.1 5060',
    'TCP 192.0.2.2 5062',
    'TCP 192.0.2.3 5062',
  ]);
  expect(names.asked[0]).toBe('SRV _sip._tcp.example.com');
});

test('RFC 3263 4.1: without NAPTR each of our protocols is asked for by SRV', async () =>
  expect(await located('sip:example.com', { zone: { ...provider, naptr: {} } })).toEqual([
    'UDP 192.0.2.2 5060',
    'UDP 192.0.2.3 5060',
    'TCP 192.0.2.1 5060',
    'TCP 192.0.2.2 5062',
    'TCP 192.0.2.3 5062',
    'TLS 192.0.2.1 5061 example.com',
  ]));

test('RFC 3263 4.2: without NAPTR and SRV the addresses of the name itself', async () =>
  expect(await located('sip:a.example', { zone: { addresses: { 'a.example': ['192.0.2.1'] } } })).toEqual([
    'UDP 192.0.2.1 5060',
  ]));

test('names are resolved only as far as the caller goes on', async () => {
  const names = new Names(provider);
  const uri = parseUri('sip:example.com');
  if (uri.kind !== 'sip') throw new Error('a SIP URI expected');
  for await (const destination of locate(uri, optionsOf({ names }))) {
    expect(shown(destination)).toBe('TLS 192.0.2.1 5061 example.com');
    break;
  }
  expect(names.asked).toEqual(['NAPTR example.com', 'SRV _sips._tcp.example.com', 'A s1.example.com']);
});

async function failing(): Promise<never> {
  throw new Error('SERVFAIL');
}

test('a name server that fails counts as one that knows nothing', async () => {
  const names: NameService = {
    naptr: failing,
    srv: failing,
    addresses: async () => [{ address: '192.0.2.1', family: 4 }],
  };
  expect(await located('sip:a.example', { names })).toEqual(['UDP 192.0.2.1 5060']);
  expect(await located('sip:a.example', { names: { ...names, addresses: failing } })).toEqual([]);
});

test('RFC 2782: a target of a dot says that there is no such service', async () =>
  expect(
    await located('sip:a.example;transport=tcp', {
      zone: { srv: { '_sip._tcp.a.example': [[0, 0, 0, '.']] }, addresses: { 'a.example': ['192.0.2.1'] } },
    }),
  ).toEqual(['TCP 192.0.2.1 5060']));

const records = fc.array(
  fc.record({
    priority: fc.nat({ max: 3 }),
    weight: fc.nat({ max: 100 }),
    name: fc.string(),
    port: fc.nat({ max: 65_535 }),
  }),
  { maxLength: 12 },
);

test('RFC 2782: every record comes once, the lower priority first', () =>
  fc.assert(
    fc.property(records, fc.nat(), (given, seed) => {
      const ordered = inOrder(given, new SequenceRandom(seed));
      expect(new Set(ordered).size).toBe(given.length);
      expect(ordered.map(({ priority }) => priority)).toEqual(
        given.map(({ priority }) => priority).toSorted((a, b) => a - b),
      );
    }),
  ));

test('RFC 2782: within a priority the weight decides how often a record is first', () => {
  const random = new SequenceRandom(7);
  const given = [1, 3].map((weight) => ({ priority: 0, weight, name: String(weight), port: 0 }));
  const first = Array.from({ length: 4000 }, () => inOrder(given, random)[0]?.weight);
  const share = first.filter((weight) => weight === 3).length / first.length;
  expect(share).toBeGreaterThan(0.55);
  expect(share).toBeLessThan(0.85);
});

const sentBy: readonly (readonly [host: string, port: number | undefined, expected: readonly string[]])[] = [
  ['192.0.2.1', undefined, ['TCP 192.0.2.1 5060']],
  ['192.0.2.1', 5070, ['TCP 192.0.2.1 5070']],
  ['s2.example.com', 5070, ['TCP 192.0.2.2 5070', 'TCP 192.0.2.3 5070']],
  ['example.com', undefined, ['TCP 192.0.2.1 5060', 'TCP 192.0.2.2 5062', 'TCP 192.0.2.3 5062']],
  ['s1.example.com', undefined, ['TCP 192.0.2.1 5060']],
];

for (const [host, port, expected] of sentBy)
  test(`RFC 3263 5: sent-by ${host}${port === undefined ? '' : `:${port}`} -> ${expected.join(', ')}`, async () => {
    const found: string[] = [];
    const via = { host, ...(port !== undefined && { port }) };
    for await (const destination of locateSentBy(via, 'TCP', optionsOf({ zone: provider })))
      found.push(shown(destination));
    expect(found).toEqual(expected);
  });
