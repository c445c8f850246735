import { expect, test } from 'vitest';
import { ha1 } from '../src/protocol/digest.ts';
import { DigestVerifier } from '../src/digest-verifier.ts';
import { responseTo } from '../src/protocol/message.ts';
import { RequestTimeout } from '../src/request-timeout.ts';
import { SequenceRandom } from '../../../test/support/sequence-random.ts';
import { aRequest, Bench, field, RawPeer, rawRequest } from './support.ts';

const own = '192.0.2.1';
const host = '192.0.2.2';
const bob = `sip:bob@${host}`;
const contact = `Contact: <sip:bob@${host}>`;

test('RFC 3261 8.1.1.8: an INVITE has a Contact of ours unless it brings one', async () => {
  await using bench = new Bench();
  const alice = bench.core(own, { contactUser: 'alice' }, ['UDP', 'TCP']);
  const udp = new RawPeer(bench.network, host);
  const tcp = new RawPeer(bench.network, host, 'TCP');
  for (const uri of [bob, `${bob};transport=tcp`]) void alice.invite(aRequest('INVITE', uri)).catch(() => {});
  await bench.clock.advance(0);
  expect(field(udp.last, 'Contact')).toBe('<sip:alice@192.0.2.1:5060>');
  expect(field(tcp.last, 'Contact')).toBe('<sip:alice@192.0.2.1:5060;transport=tcp>');
  void alice.invite(aRequest('INVITE', bob, [['Contact', '<sip:me@here>']])).catch(() => {});
  await bench.clock.advance(0);
  expect(field(udp.last, 'Contact')).toBe('<sip:me@here>');
});

test('RFC 3261 13.2.2.4: each retransmission of the 2xx is acknowledged again', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const inviting = alice.invite(aRequest('INVITE', bob));
  await bench.clock.advance(0);
  const invite = peer.last;
  const accept = () => peer.answer(own, '200 OK', [contact], 'b', invite);
  await accept();
  await bench.clock.advance(0);
  const { session } = await inviting;
  await accept();
  await bench.clock.advance(0);
  expect(peer.received).toHaveLength(1);
  session?.ack();
  session?.ack();
  await bench.clock.advance(0);
  await accept();
  await bench.clock.advance(0);
  const acks = peer.received.slice(1);
  expect(acks).toHaveLength(2);
  expect(acks[0]).toBe(acks[1]);
  expect(field(acks[0] ?? '', 'CSeq')).toBe('1 ACK');
  expect(field(acks[0] ?? '', 'Via')).not.toBe(field(invite, 'Via'));
});

test('RFC 3261 12.2.1.1: ACK and BYE take the route set of the 2xx', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const proxy = new RawPeer(bench.network, '192.0.2.3');
  const inviting = alice.invite(aRequest('INVITE', bob));
  await bench.clock.advance(0);
  await peer.answer(own, '200 OK', [contact, 'Record-Route: <sip:192.0.2.4;lr>, <sip:192.0.2.3;lr>']);
  await bench.clock.advance(0);
  const { session } = await inviting;
  const bye = session?.bye();
  await bench.clock.advance(0);
  expect(proxy.lines).toEqual([`ACK ${bob} SIP/2.0`, `BYE ${bob} SIP/2.0`]);
  expect(field(proxy.last, 'CSeq')).toBe('2 BYE');
  await proxy.answer(own, '200 OK');
  await bench.clock.advance(0);
  expect((await bye)?.status).toBe(200);
  await session?.ended;
});

test('RFC 3261 13.2.2.4: a second 2xx with another To tag is acknowledged and ended', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const inviting = alice.invite(aRequest('INVITE', bob));
  await bench.clock.advance(0);
  const invite = peer.last;
  await peer.answer(own, '200 OK', [contact], 'first', invite);
  await peer.answer(own, '200 OK', [contact], 'second', invite);
  await bench.clock.advance(0);
  const { session } = await inviting;
  expect(session?.dialog.state.remoteTag).toBe('first');
  expect(peer.lines.slice(1)).toEqual([`ACK ${bob} SIP/2.0`, `BYE ${bob} SIP/2.0`]);
  for (const text of peer.received.slice(1)) expect(field(text, 'To')).toContain('tag=second');
});

test('RFC 3261 15.1.2: a BYE of the peer ends the session, a re-INVITE is refused', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const inviting = alice.invite(aRequest('INVITE', bob));
  await bench.clock.advance(0);
  const invite = peer.last;
  await peer.answer(own, '200 OK', [contact], 'b', invite);
  await bench.clock.advance(0);
  const { session } = await inviting;
  session?.ack();
  await bench.clock.advance(0);
  const inside = (method: string, cseq: number): readonly string[] =>
    rawRequest(method, {
      cseq,
      branch: `z9hG4bK${method}`,
      to: field(invite, 'From') ?? '',
      via: `SIP/2.0/UDP ${host};branch=z9hG4bK${method}`,
    })
      .map((row) => (row.startsWith('From:') ? `From: <${bob}>;tag=b` : row))
      .map((row) => (row.startsWith('Call-ID:') ? `Call-ID: ${field(invite, 'Call-ID')}` : row));
  await peer.send(own, inside('INVITE', 1));
  await bench.clock.advance(0);
  expect(peer.lines.at(-1)).toBe('SIP/2.0 488 Not Acceptable Here');
  await peer.send(own, inside('BYE', 2));
  await bench.clock.advance(0);
  expect(peer.lines.at(-1)).toBe('SIP/2.0 200 OK');
  await session?.ended;
  expect(alice.counters.dialogs).toBe(0);
});

test('RFC 3261 9.1: aborting cancels, but not before a provisional response', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const controller = new AbortController();
  const inviting = alice
    .invite(aRequest('INVITE', bob), { signal: controller.signal })
    .catch((error: unknown) => error);
  await bench.clock.advance(0);
  const invite = peer.last;
  controller.abort();
  expect(await inviting).toMatchObject({ name: 'AbortError' });
  expect(peer.received).toHaveLength(1);
  await peer.answer(own, '180 Ringing', [], 'b', invite);
  await bench.clock.advance(0);
  expect(peer.lines.at(-1)).toBe(`CANCEL ${bob} SIP/2.0`);
  for (const name of ['Via', 'From', 'To', 'Call-ID'])
    expect(field(peer.last, name)).toBe(field(invite, name));
  expect(field(peer.last, 'CSeq')).toBe('1 CANCEL');
  await peer.answer(own, '200 OK');
  await peer.answer(own, '487 Request Terminated', [], 'b', invite);
  await bench.clock.advance(0);
  expect(peer.lines.at(-1)).toBe(`ACK ${bob} SIP/2.0`);
});

test('RFC 3261 9.1: an answer that is faster than the CANCEL is acknowledged and ended by BYE', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const controller = new AbortController();
  const inviting = alice
    .invite(aRequest('INVITE', bob), { signal: controller.signal })
    .catch((error: unknown) => error);
  await bench.clock.advance(0);
  controller.abort();
  await inviting;
  await peer.answer(own, '200 OK', [contact]);
  await bench.clock.advance(0);
  expect(peer.lines.slice(1)).toEqual([`ACK ${bob} SIP/2.0`, `BYE ${bob} SIP/2.0`]);
});

test('RFC 3261 9.1: without a final response 64*T1 after the CANCEL the INVITE is given up', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const inviting = alice
    .invite(aRequest('INVITE', bob), { timeoutMs: 1000 })
    .catch((error: unknown) => error);
  await bench.clock.advance(0);
  await peer.answer(own, '180 Ringing');
  await bench.clock.advance(1000);
  expect(await inviting).toBeInstanceOf(RequestTimeout);
  expect(peer.lines.at(-1)).toBe(`CANCEL ${bob} SIP/2.0`);
  await bench.clock.advance(32_000);
  expect(alice.counters.clientTransactions).toBe(0);
});

test('an INVITE that only rings is cancelled after three minutes', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const rang: number[] = [];
  const inviting = alice
    .invite(aRequest('INVITE', bob), { onProvisional: ({ status }) => rang.push(status) })
    .catch((error: unknown) => error);
  await bench.clock.advance(0);
  await peer.answer(own, '180 Ringing');
  await bench.clock.advance(179_999);
  expect(rang).toEqual([180]);
  expect(peer.received).toHaveLength(1);
  await bench.clock.advance(1);
  expect(await inviting).toBeInstanceOf(RequestTimeout);
});

test('a 2xx without a Contact makes no session', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const inviting = alice.invite(aRequest('INVITE', bob)).catch((error: unknown) => error);
  await bench.clock.advance(0);
  await peer.answer(own, '200 OK');
  await bench.clock.advance(0);
  expect(await inviting).toMatchObject({ message: expect.stringContaining('Contact') });
});

test('RFC 3261 22.1: an INVITE is sent again with credentials, which the ACK carries too', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const verifier = new DigestVerifier({
    realm: 'example.com',
    clock: bench.clock,
    random: new SequenceRandom(3),
    findHa1: (user, realm, algorithm) => ha1(user, realm, 'secret', algorithm),
  });
  bench.core(host).handle({
    INVITE: async ({ request, accept }) => {
      await verifier.authenticate(request);
      accept(responseTo(request, 200));
    },
  });
  const inviting = alice.invite(aRequest('INVITE', bob), {
    credentials: { username: 'alice', password: 'secret' },
  });
  for (let turn = 0; turn < 5; turn += 1) await bench.clock.advance(0);
  const { response, session } = await inviting;
  expect(response.status).toBe(200);
  session?.ack();
  await bench.clock.advance(0);
  const texts = bench.network.packets.map(({ text }) => text);
  const second = texts.filter((text) => text.startsWith('INVITE'))[1] ?? '';
  const ack = texts.findLast((text) => text.startsWith('ACK')) ?? '';
  expect(field(ack, 'CSeq')).toBe('2 ACK');
  expect(field(ack, 'Authorization')).toBe(field(second, 'Authorization'));
});

test('RFC 3261 22.2: a BYE that is challenged is sent again with the credentials of the session', async () => {
  await using bench = new Bench();
  const alice = bench.core(own);
  const peer = new RawPeer(bench.network, host);
  const proxy = new RawPeer(bench.network, '192.0.2.3');
  const credentials = { username: 'alice', password: 'secret' };
  const inviting = alice.invite(aRequest('INVITE', bob), { credentials });
  await bench.clock.advance(0);
  await peer.answer(own, '200 OK', [contact, 'Record-Route: <sip:192.0.2.3;lr>']);
  await bench.clock.advance(0);
  const ending = (await inviting).session?.bye();
  await bench.clock.advance(0);
  const challenge = 'Proxy-Authenticate: Digest realm="p", nonce="n", qop="auth"';
  await proxy.answer(own, '407 Proxy Authentication Required', [challenge]);
  await bench.clock.advance(0);
  expect(field(proxy.last, 'CSeq')).toBe('3 BYE');
  expect(field(proxy.last, 'Proxy-Authorization')).toMatch(/^Digest username="alice", realm="p"/);
  await proxy.answer(own, '200 OK');
  await bench.clock.advance(0);
  expect((await ending)?.status).toBe(200);
});

test('loss: with a third of all datagrams lost a whole session still comes about and ends once', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    await using bench = new Bench();
    const alice = bench.core(own);
    const ends: string[] = [];
    let invitations = 0;
    bench.core(host).handle({
      INVITE: ({ request, accept }) => {
        invitations += 1;
        void accept(responseTo(request, 200), { byeWithinMs: Infinity }).ended.then((end) => ends.push(end));
      },
    });
    const random = new SequenceRandom(seed);
    bench.network.lose = () => (random.bytes(1)[0] ?? 0) < 85;
    const inviting = alice.invite(aRequest('INVITE', bob));
    await bench.clock.advance(16_000);
    const { session } = await inviting;
    session?.ack();
    await bench.clock.advance(14_000);
    const bye = session?.bye();
    await bench.clock.advance(32_000);
    expect((await bye)?.status).toBe(200);
    expect([invitations, ends]).toEqual([1, ['bye']]);
  }
});
