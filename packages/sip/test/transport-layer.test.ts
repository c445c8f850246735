import { expect, test } from 'vitest';
import type { IncomingRequest } from '../src/incoming-request.ts';
import { responseTo } from '../src/protocol/message.ts';
import type { Flow, NameService } from '../src/ports.ts';
import { RequestTimeout } from '../src/request-timeout.ts';
import type { Routes } from '../src/user-agent-server.ts';
import { aRequest, Bench, field, noNames, RawPeer, rawRequest } from './support.ts';

const server = '192.0.2.2';
const routes: Routes = { MESSAGE: ({ request, respond }) => respond(responseTo(request, 200)) };
const large = new Uint8Array(1400).fill(0x61);

/** The Via of the response, and the port it went to. */
async function viaOfAnswer(via: string, port = 5070): Promise<{ via: string | undefined; to: number }> {
  await using bench = new Bench();
  bench.core(server).handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9', 'UDP', port);
  await peer.send(server, rawRequest('MESSAGE', { via }));
  await bench.clock.advance(0);
  const answer = bench.network.packets.at(-1);
  return { via: field(answer?.text ?? '', 'Via'), to: answer?.to.port ?? 0 };
}

test('RFC 3261 18.2.1: received is added where sent-by is not the source, and the answer goes to the sent-by port', async () => {
  const foreign = await viaOfAnswer('SIP/2.0/UDP pc.example:5060;branch=z9hG4bK1');
  expect(foreign).toEqual({
    via: 'SIP/2.0/UDP pc.example:5060;branch=z9hG4bK1;received=192.0.2.9',
    to: 5060,
  });
  const same = await viaOfAnswer('SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1');
  expect(same).toEqual({ via: 'SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1', to: 5070 });
});

test('RFC 3261 18.2.2: without a port the answer goes to 5060', async () =>
  expect((await viaOfAnswer('SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1')).to).toBe(5060));

test('RFC 3581 4: with rport the answer goes where the request came from', async () =>
  expect(await viaOfAnswer('SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1;rport')).toEqual({
    via: 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1;rport=5070;received=192.0.2.9',
    to: 5070,
  }));

test('RFC 3261 18.2.2: maddr with an address is where the answer goes', async () => {
  await using bench = new Bench();
  bench.core(server).handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9');
  const other = new RawPeer(bench.network, '192.0.2.10');
  await peer.send(
    server,
    rawRequest('MESSAGE', { via: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1;maddr=192.0.2.10' }),
  );
  await bench.clock.advance(0);
  expect(other.lines).toEqual(['SIP/2.0 200 OK']);
});

test('further Vias of a request are kept in their rows, below the stamped one', async () => {
  await using bench = new Bench();
  bench.core(server).handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9');
  const via = 'SIP/2.0/UDP p1.example;branch=z9hG4bK3, SIP/2.0/UDP p2.example;branch=z9hG4bK2';
  await peer.send(
    server,
    rawRequest('MESSAGE', { via, rows: ['v: SIP/2.0/UDP pc.example;branch=z9hG4bK1'] }),
  );
  await bench.clock.advance(0);
  const vias = peer.last.split('\r\n').filter((row) => row.startsWith('Via'));
  expect(vias).toHaveLength(2);
  const found = vias.join(', ').match(/p\d\.example|pc\.example|received=[\d.]+/g);
  expect(found).toEqual(['p1.example', 'received=192.0.2.9', 'p2.example', 'pc.example']);
});

test('IPv6: Via and Contact have brackets, and the answer finds its way', async () => {
  await using bench = new Bench();
  const alice = bench.core('2001:db8::1', { contactUser: 'alice' });
  bench.core('2001:db8::2').handle(routes);
  const sent = alice.send(aRequest('MESSAGE', 'sip:bob@[2001:db8::2]'));
  await bench.clock.advance(0);
  expect((await sent).status).toBe(200);
  expect(field(bench.network.packets[0]?.text ?? '', 'Via')).toMatch(
    /^SIP\/2\.0\/UDP \[2001:db8::1\]:5060;branch=z9hG4bK/,
  );
  expect(field(bench.network.packets[1]?.text ?? '', 'Via')).toMatch(/received=2001:db8::1/);
  expect(alice.contact('UDP', 6)).toBe('<sip:alice@[2001:db8::1]:5060>');
});

test("a public host stands in Via and Contact instead of the socket's", async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1', { publicHost: 'sip.example.com' });
  bench.core(server).handle(routes);
  const sent = alice.send(aRequest('MESSAGE', `sip:bob@${server}`));
  await bench.clock.advance(0);
  await sent;
  expect(field(bench.network.packets[0]?.text ?? '', 'Via')).toMatch(
    /^SIP\/2\.0\/UDP sip\.example\.com:5060;/,
  );
  expect(alice.contact('UDP')).toBe('<sip:sip.example.com:5060>');
});

test('RFC 3261 18.2.2: over TCP the answer takes the connection of the request', async () => {
  await using bench = new Bench();
  const flows: Flow[] = [];
  bench.core(server, {}, ['TCP']).handle({
    MESSAGE: ({ request, respond, flow }) => {
      flows.push(flow);
      respond(responseTo(request, 200));
    },
  });
  const peer = new RawPeer(bench.network, '192.0.2.9', 'TCP');
  await peer.send(server, rawRequest('MESSAGE', { via: 'SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK1' }));
  await bench.clock.advance(0);
  expect(peer.lines).toEqual(['SIP/2.0 200 OK']);
  expect(peer.flows[0]?.local.port).toBe(flows[0]?.remote.port);
});

test('RFC 3261 18.2.2: where that connection is gone, a new one goes to the sent-by port', async () => {
  await using bench = new Bench();
  const pending: IncomingRequest[] = [];
  bench.core(server, {}, ['TCP']).handle({ MESSAGE: (incoming) => void pending.push(incoming) });
  const peer = new RawPeer(bench.network, '192.0.2.9', 'TCP', 5062);
  await peer.send(server, rawRequest('MESSAGE', { via: 'SIP/2.0/TCP 192.0.2.9:5062;branch=z9hG4bK1' }));
  await bench.clock.advance(0);
  peer.transport.breakConnections();
  for (const { request, respond } of pending) respond(responseTo(request, 200));
  await bench.clock.advance(0);
  expect(peer.lines).toEqual(['SIP/2.0 200 OK']);
});

test('RFC 3263 5: and where that is refused, what DNS knows of sent-by', async () => {
  await using bench = new Bench();
  const nameService: NameService = {
    ...noNames,
    srv: async (name) =>
      name === '_sip._tcp.pc.example' ? [{ priority: 1, weight: 0, name: 'backup.example', port: 5064 }] : [],
    addresses: async (name) => (name === 'backup.example' ? [{ address: '192.0.2.10', family: 4 }] : []),
  };
  const pending: IncomingRequest[] = [];
  bench.core(server, { nameService }, ['TCP']).handle({ MESSAGE: (incoming) => void pending.push(incoming) });
  const peer = new RawPeer(bench.network, '192.0.2.9', 'TCP');
  const backup = new RawPeer(bench.network, '192.0.2.10', 'TCP', 5064);
  await peer.send(server, rawRequest('MESSAGE', { via: 'SIP/2.0/TCP pc.example;branch=z9hG4bK1' }));
  await bench.clock.advance(0);
  await peer.transport.close();
  for (const { request, respond } of pending) respond(responseTo(request, 200));
  await bench.clock.advance(0);
  expect(backup.lines).toEqual(['SIP/2.0 200 OK']);
});

test('RFC 3261 18.1.1: a request over 1300 octets goes by TCP, with that in its Via', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1', {}, ['UDP', 'TCP']);
  bench.core(server, {}, ['UDP', 'TCP']).handle(routes);
  const sent = alice.send(aRequest('MESSAGE', `sip:bob@${server}`, [['Content-Type', 'text/plain']], large));
  await bench.clock.advance(0);
  expect((await sent).status).toBe(200);
  expect(bench.network.packets.map(({ protocol }) => protocol)).toEqual(['TCP', 'TCP']);
  expect(bench.network.packets[0]?.text).toContain('Via: SIP/2.0/TCP 192.0.2.1:5060');
});

test('RFC 3261 18.1.1: exactly 1300 octets still go by UDP', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1', {}, ['UDP', 'TCP']);
  bench.core(server, {}, ['UDP', 'TCP']).handle(routes);
  const send = async (length: number): Promise<string | undefined> => {
    const at = bench.network.packets.length;
    const headers = [
      ['Content-Type', 'text/plain'],
      ['Call-ID', 'c'],
      ['From', '<sip:a@a>;tag=x'],
    ] as const;
    const sent = alice.send(aRequest('MESSAGE', `sip:bob@${server}`, headers, new Uint8Array(length)));
    await bench.clock.advance(33_000);
    await sent;
    return (
      bench.network.packets[at] &&
      `${bench.network.packets[at].protocol} ${bench.network.packets[at].bytes.length}`
    );
  };
  const probe = Number((await send(1000))?.split(' ')[1]);
  expect(await send(1300 - probe + 1000)).toBe('UDP 1300');
  expect(await send(1301 - probe + 1000)).toBe('TCP 1301');
});

test('RFC 3261 18.1.1: where TCP is refused it goes by UDP after all, and is not tried by TCP again soon', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1', {}, ['UDP', 'TCP']);
  bench.core(server).handle(routes);
  const send = async (): Promise<number> => {
    const sent = alice.send(
      aRequest('MESSAGE', `sip:bob@${server}`, [['Content-Type', 'text/plain']], large),
    );
    await bench.clock.advance(0);
    return (await sent).status;
  };
  expect(await send()).toBe(200);
  expect(bench.network.packets[0]?.text).toContain('Via: SIP/2.0/UDP 192.0.2.1:5060');
  expect(alice.counters.sendFailures).toBe(1);
  expect(await send()).toBe(200);
  expect(alice.counters.sendFailures).toBe(1);
  await bench.clock.advance(300_000);
  expect(await send()).toBe(200);
  expect(alice.counters.sendFailures).toBe(2);
});

test('RFC 3261 18.1.1: without a TCP transport a large request goes by UDP', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1');
  bench.core(server).handle(routes);
  const sent = alice.send(aRequest('MESSAGE', `sip:bob@${server}`, [['Content-Type', 'text/plain']], large));
  await bench.clock.advance(0);
  expect((await sent).status).toBe(200);
});

test('a malformed request gets 400 with the fault as its reason phrase, over TCP on the same connection', async () => {
  await using bench = new Bench();
  const core = bench.core(server, {}, ['TCP']);
  core.handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9', 'TCP');
  const via = 'SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK1';
  const broken = rawRequest('MESSAGE', { via }).map((row) =>
    row.startsWith('CSeq') ? 'CSeq: x MESSAGE' : row,
  );
  await peer.send(server, broken);
  await peer.send(server, rawRequest('MESSAGE', { via }));
  await bench.clock.advance(0);
  expect(peer.lines[0]).toMatch(/^SIP\/2\.0 400 CSeq/);
  expect(peer.lines[1]).toBe('SIP/2.0 200 OK');
  expect(core.counters.malformed).toBe(1);
  expect(new Set(peer.flows.map(({ id }) => id)).size).toBe(1);
});

test('RFC 3581 4: a malformed request is answered where it came from, too', async () => {
  await using bench = new Bench();
  bench.core(server).handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9', 'UDP', 5070);
  const broken = rawRequest('MESSAGE', { via: 'SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK1;rport' });
  await peer.send(
    server,
    broken.filter((row) => !row.startsWith('Call-ID')),
  );
  await bench.clock.advance(0);
  expect(peer.lines[0]).toMatch(/^SIP\/2\.0 400 Call-ID/);
  expect(field(peer.last, 'Via')).toContain('rport=5070;received=192.0.2.9');
});

test('a request whose Via cannot be read is answered by the way it came', async () => {
  await using bench = new Bench();
  bench.core(server).handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9', 'UDP', 5070);
  await peer.send(server, rawRequest('MESSAGE', { via: 'SIP/2.0/UDP @@@' }));
  await bench.clock.advance(0);
  expect(peer.lines[0]).toMatch(/^SIP\/2\.0 400 Via/);
});

test('RFC 3261 21.5.6: another version of SIP gets 505', async () => {
  await using bench = new Bench();
  bench.core(server).handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9');
  const [line = '', ...rows] = rawRequest('MESSAGE');
  await peer.send(server, [line.replace('SIP/2.0', 'SIP/7.0'), ...rows]);
  await bench.clock.advance(0);
  expect(peer.lines[0]).toMatch(/^SIP\/2\.0 505 /);
});

/** Without its CSeq. */
const broken = (method: string): readonly string[] =>
  rawRequest(method).filter((row) => !row.startsWith('CSeq'));

test('a malformed ACK, a malformed response and bytes that are no SIP are dropped and counted', async () => {
  await using bench = new Bench();
  const core = bench.core(server);
  core.handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send(server, broken('ACK'));
  await peer.send(server, ['SIP/2.0 200 OK', ...broken('MESSAGE').slice(1)]);
  await peer.sendText(server, 'GET / HTTP/1.1\r\n\r\n');
  await bench.clock.advance(0);
  expect(peer.received).toEqual([]);
  expect(core.counters).toMatchObject({ dropped: 3, malformed: 0, received: 3 });
});

test("RFC 3261 21.4.11: a body over the transport's limit gets 413", async () => {
  await using bench = new Bench();
  const transport = bench.network.transport('TCP', server);
  const core = bench.core(server, { transports: [transport] }, []);
  core.handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9', 'TCP');
  const rows = rawRequest('MESSAGE', { via: 'SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK1' });
  const flow = await peer.send(server, rows);
  await bench.clock.advance(0);
  const head = new TextEncoder().encode([...rows, 'Content-Length: 999999', '', ''].join('\r\n'));
  transport.receiver.oversized(head, {
    ...flow,
    local: flow.remote,
    remote: { host: '192.0.2.9', port: 5060 },
  });
  await bench.clock.advance(0);
  expect(peer.lines).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 413 Request Entity Too Large']);
  expect(core.counters.oversized).toBe(1);
});

test('the trace sees what crosses the sockets, both ways', async () => {
  await using bench = new Bench();
  const seen: string[] = [];
  const note = (way: string) => (bytes: Uint8Array, flow: Flow) =>
    void seen.push(`${way} ${flow.remote.host} ${new TextDecoder().decode(bytes).slice(0, 11)}`);
  const alice = bench.core('192.0.2.1', { trace: { sent: note('>'), received: note('<') } });
  bench.core(server).handle(routes);
  const sent = alice.send(aRequest('MESSAGE', `sip:bob@${server}`));
  await bench.clock.advance(0);
  await sent;
  expect(seen).toEqual(['> 192.0.2.2 MESSAGE sip', '< 192.0.2.2 SIP/2.0 200']);
});

test('RFC 5626 5.3: a request for a flow takes that flow, whatever its size, or fails when it is closed', async () => {
  await using bench = new Bench();
  let flow: Flow | undefined;
  const core = bench.core(server, {}, ['UDP', 'TCP']);
  core.handle({
    MESSAGE: (incoming) => {
      flow = incoming.flow;
      incoming.respond(responseTo(incoming.request, 200));
    },
  });
  const peer = new RawPeer(bench.network, '192.0.2.9', 'TCP', 5077);
  await peer.send(server, rawRequest('MESSAGE', { via: 'SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK1' }));
  await bench.clock.advance(0);
  if (flow === undefined) throw new Error('no flow');
  const request = aRequest('MESSAGE', 'sip:raw@unreachable.invalid', [['Content-Type', 'text/plain']], large);
  const sent = core.send(request, { flow });
  await bench.clock.advance(0);
  expect(peer.lines.at(-1)).toBe('MESSAGE sip:raw@unreachable.invalid SIP/2.0');
  await peer.answer(server, '202 Accepted');
  await bench.clock.advance(0);
  expect((await sent).status).toBe(202);
  peer.transport.breakConnections();
  await expect(core.send(request, { flow })).rejects.toThrow('closed');
});

test("a lost datagram is nobody's error but a timeout", async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1');
  const sent = alice.send(aRequest('MESSAGE', 'sip:bob@192.0.2.77')).catch((error: unknown) => error);
  await bench.clock.advance(32_000);
  expect(await sent).toBeInstanceOf(RequestTimeout);
});
