import { expect, test } from 'vitest';
import type { SendOptions } from '../src/client-options.ts';
import { responseTo } from '../src/protocol/message.ts';
import type { SipResponse } from '../src/protocol/message.ts';
import type { Destination, NameService } from '../src/ports.ts';
import { RequestTimeout } from '../src/request-timeout.ts';
import { TransportFailure } from '../src/transport-failure.ts';
import { aRequest, Bench, field, noNames, RawPeer } from './support.ts';

const own = '192.0.2.1';
const host = '192.0.2.2';
const bob = `sip:bob@${host}`;

const to = (address: string, protocol: 'UDP' | 'TCP' = 'UDP'): Destination => ({
  protocol,
  host: address,
  port: 5060,
});

test('RFC 3261 8.1.1: what is missing is filled, what is there stays', async () => {
  await using bench = new Bench();
  const alice = bench.core(own, { userAgent: 'alice/1', supported: ['path'] });
  const peer = new RawPeer(bench.network, host);
  void alice.send(aRequest('MESSAGE', bob)).catch(() => {});
  await bench.clock.advance(0);
  const filled = peer.last;
  expect(field(filled, 'Via')).toMatch(/^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bK\w{16};rport$/);
  expect(field(filled, 'Max-Forwards')).toBe('70');
  expect(field(filled, 'From')).toMatch(/^<sip:alice@example\.com>;tag=\w+$/);
  expect(field(filled, 'To')).toBe(`<${bob}>`);
  expect(field(filled, 'Call-ID')).toMatch(/^\w{24}$/);
  expect(field(filled, 'CSeq')).toBe('1 MESSAGE');
  expect(field(filled, 'User-Agent')).toBe('alice/1');
  expect(field(filled, 'Supported')).toBeUndefined();
  const given = [
    ['From', '<sip:a@a>;tag=1'],
    ['To', '<sip:b@b>'],
    ['Call-ID', 'c'],
    ['CSeq', '7 OPTIONS'],
  ] as const;
  void alice.send(aRequest('OPTIONS', bob, [...given, ['Max-Forwards', '3']])).catch(() => {});
  await bench.clock.advance(0);
  for (const [name, value] of given) expect(field(peer.last, name)).toBe(value);
  expect(field(peer.last, 'Max-Forwards')).toBe('3');
  expect(field(peer.last, 'Supported')).toBe('path');
});

test('INVITE, ACK and CANCEL are not sent by send(), and a request needs a From', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  for (const method of ['INVITE', 'ACK', 'CANCEL'])
    await expect(alice.send(aRequest(method, bob))).rejects.toThrow(TypeError);
  const without = aRequest('MESSAGE', bob);
  await expect(alice.send({ ...without, headers: without.headers.without('From') })).rejects.toThrow('From');
});

test('every final response resolves, and provisional ones are told', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const provisional: number[] = [];
  const sent = alice.send(aRequest('MESSAGE', bob), {
    onProvisional: ({ status }) => provisional.push(status),
  });
  await bench.clock.advance(0);
  await peer.answer(own, '100 Trying');
  await bench.clock.advance(0);
  await peer.answer(own, '603 Decline');
  await bench.clock.advance(0);
  expect((await sent).status).toBe(603);
  expect(provisional).toEqual([100]);
});

test('the outbound proxy stands before the Route of requests outside a dialog, and nowhere else', async () => {
  await using bench = new Bench();
  const alice = bench.core(own, { outboundProxy: ['sip:192.0.2.3;lr', 'sip:192.0.2.4;lr'] });
  const proxy = new RawPeer(bench.network, '192.0.2.3');
  const peer = new RawPeer(bench.network, host);
  const send = async (
    options: SendOptions,
    headers: readonly (readonly [string, string])[] = [],
  ): Promise<void> => {
    void alice.send(aRequest('MESSAGE', 'tel:+15550100', headers), options).catch(() => {});
    await bench.clock.advance(0);
  };
  await send({}, [['Route', '<sip:192.0.2.5;lr>']]);
  expect(field(proxy.last, 'Route')).toBe('<sip:192.0.2.3;lr>, <sip:192.0.2.4;lr>, <sip:192.0.2.5;lr>');
  await send({ destination: to(host) });
  expect(field(peer.last, 'Route')).toBeUndefined();
  await send({}, [
    ['To', '<sip:bob@b>;tag=t'],
    ['Route', `<sip:${host};lr>`],
  ]);
  expect(field(peer.last, 'Route')).toBe(`<sip:${host};lr>`);
});

test('a tel URI without a Route has no server', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  await expect(alice.send(aRequest('MESSAGE', 'tel:+15550100'))).rejects.toThrow(TransportFailure);
  await expect(alice.send(aRequest('MESSAGE', 'sip:nowhere.example'))).rejects.toThrow('nowhere.example');
});

test('RFC 3263 4.3: after a refused connection and after 503 the next destination is tried, with a branch of its own', async () => {
  await using bench = new Bench();
  const alice = bench.core(own, {}, ['UDP', 'TCP']);
  const busy = new RawPeer(bench.network, '192.0.2.3');
  const peer = new RawPeer(bench.network, host);
  const destination = [to('192.0.2.9', 'TCP'), to('192.0.2.3'), to(host)];
  const sent = alice.send(aRequest('MESSAGE', 'sip:bob@b.example'), { destination });
  await bench.clock.advance(0);
  await busy.answer(own, '503 Service Unavailable');
  await bench.clock.advance(0);
  expect(field(peer.last, 'Via')).not.toBe(field(busy.last, 'Via'));
  for (const name of ['Call-ID', 'CSeq', 'From']) expect(field(peer.last, name)).toBe(field(busy.last, name));
  await peer.answer(own, '200 OK');
  await bench.clock.advance(0);
  expect((await sent).status).toBe(200);
});

test('RFC 3263 4.3: a connection that closes before the answer is left for the next destination', async () => {
  await using bench = new Bench();
  const alice = bench.core(own, {}, ['TCP']);
  const ending = new RawPeer(bench.network, '192.0.2.3', 'TCP');
  const peer = new RawPeer(bench.network, host, 'TCP');
  const destination = [to('192.0.2.3', 'TCP'), to(host, 'TCP')];
  const sent = alice.send(aRequest('MESSAGE', 'sip:bob@b.example'), { destination });
  await bench.clock.advance(0);
  ending.transport.breakConnections();
  await bench.clock.advance(0);
  await peer.answer(own, '200 OK');
  await bench.clock.advance(0);
  expect((await sent).status).toBe(200);
});

test('RFC 3263 4.3: a silent destination is left after timer F', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const sent = alice.send(aRequest('MESSAGE', bob), { destination: [to('192.0.2.9'), to(host)] });
  await bench.clock.advance(32_000);
  await peer.answer(own, '200 OK');
  await bench.clock.advance(0);
  expect((await sent).status).toBe(200);
});

test('RFC 3263 4: a name with two servers fails over between them', async () => {
  await using bench = new Bench();
  const nameService: NameService = {
    ...noNames,
    srv: async (name) =>
      name === '_sip._tcp.b.example'
        ? [1, 2].map((priority) => ({ priority, weight: 0, port: 5060, name: `s${priority}.b.example` }))
        : [],
    addresses: async (name) => [{ address: name.startsWith('s1') ? '192.0.2.9' : host, family: 4 }],
  };
  const alice = bench.core(own, { nameService }, ['TCP']);
  bench
    .core(host, {}, ['TCP'])
    .handle({ MESSAGE: ({ request, respond }) => respond(responseTo(request, 200)) });
  const sent = alice.send(aRequest('MESSAGE', 'sip:bob@b.example'));
  await bench.clock.advance(0);
  await bench.clock.advance(0);
  expect((await sent).status).toBe(200);
});

test('the last 503 is the answer where nothing else is left, with its Retry-After', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const sent = alice.send(aRequest('MESSAGE', bob));
  await bench.clock.advance(0);
  await peer.answer(own, '503 Service Unavailable', ['Retry-After: 30']);
  await bench.clock.advance(0);
  const response = await sent;
  expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '30']);
});

test('RFC 3261 8.1.3.4: redirections are followed when asked, the best Contact first, each once', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const asked: string[] = [];
  const answers: Readonly<Record<string, readonly [number, string?]>> = {
    [bob]: [302, '<sip:low@192.0.2.2?Subject=x>;q=0.1, <sip:high@192.0.2.2;method=MESSAGE>;q=0.9'],
    'sip:high@192.0.2.2': [302, `<${bob}>, <sip:middle@192.0.2.2>`],
    'sip:middle@192.0.2.2': [404],
    'sip:low@192.0.2.2': [200],
  };
  bench.core(host).handle({
    MESSAGE: ({ request, respond }) => {
      asked.push(request.uri);
      const [status, contact] = answers[request.uri] ?? [500];
      respond(responseTo(request, status, contact === undefined ? {} : { headers: [['Contact', contact]] }));
    },
  });
  const sent = alice.send(aRequest('MESSAGE', bob), { followRedirects: true });
  for (let turn = 0; turn < 10; turn += 1) await bench.clock.advance(0);
  expect((await sent).status).toBe(200);
  expect(asked).toEqual([bob, 'sip:high@192.0.2.2', 'sip:middle@192.0.2.2', 'sip:low@192.0.2.2']);
  const unasked = alice.send(aRequest('MESSAGE', bob));
  await bench.clock.advance(0);
  expect((await unasked).status).toBe(302);
});

test('RFC 3261 18.1.2: a response with a broken field is the answer all the same, a redirection to nowhere too', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  for (const [status, row] of [
    ['200 OK', 'Date: 2026-03-01'],
    ['302 Moved Temporarily', 'Contact: <sip:%zz@b>'],
  ] as const) {
    const sent = alice.send(aRequest('MESSAGE', bob), { followRedirects: true });
    await bench.clock.advance(0);
    await peer.answer(own, status, [row]);
    await bench.clock.advance(0);
    expect((await sent).status).toBe(Number(status.slice(0, 3)));
  }
});

test('an aborted request is forgotten, its late answer is a stray', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const controller = new AbortController();
  const sent = alice
    .send(aRequest('MESSAGE', bob), { signal: controller.signal })
    .catch((error: unknown) => error);
  await bench.clock.advance(0);
  controller.abort();
  expect(await sent).toMatchObject({ name: 'AbortError' });
  expect(alice.counters.clientTransactions).toBe(0);
  await peer.answer(own, '200 OK');
  await bench.clock.advance(0);
  expect(alice.counters.strayResponses).toBe(1);
  await expect(alice.send(aRequest('MESSAGE', bob), { signal: controller.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(peer.received).toHaveLength(1);
});

test('a time limit ends the wait, whatever is still to be tried', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const destination = [to('192.0.2.9'), to(host)];
  const sent = alice
    .send(aRequest('MESSAGE', bob), { timeoutMs: 3000, destination })
    .catch((error: unknown) => error);
  await bench.clock.advance(2999);
  expect(alice.counters.clientTransactions).toBe(1);
  await bench.clock.advance(1);
  expect(await sent).toBeInstanceOf(RequestTimeout);
  expect(alice.counters.clientTransactions).toBe(0);
  expect(peer.received).toEqual([]);
});

test('closing the user agent fails what is pending', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const sent = Promise.allSettled<SipResponse | object>([
    alice.send(aRequest('MESSAGE', bob)),
    alice.invite(aRequest('INVITE', bob)),
  ]);
  await bench.clock.advance(0);
  await alice.close();
  expect((await sent).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
