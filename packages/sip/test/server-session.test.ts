import { expect, test } from 'vitest';
import { responseTo } from '../src/protocol/message.ts';
import type { IncomingInvite } from '../src/incoming-invite.ts';
import { InviteCancelled } from '../src/rejection.ts';
import type { ServerSession, SessionOptions } from '../src/server-session.ts';
import type { UserAgentCore } from '../src/user-agent-core.ts';
import { Bench, field, RawPeer, rawRequest } from './support.ts';
import type { RawDraft } from './support.ts';

const server = '192.0.2.2';
const contact = 'Contact: <sip:raw@192.0.2.9>';

interface Scene {
  readonly bench: Bench;
  readonly core: UserAgentCore;
  readonly peer: RawPeer;
  readonly sessions: ServerSession[];
  readonly ends: string[];
  readonly invitations: IncomingInvite[];
}

/** A server that accepts at once (or not at all), and a peer of raw SIP. */
function scene(
  bench: Bench,
  { accepts = true, options }: { accepts?: boolean; options?: SessionOptions } = {},
): Scene {
  const core = bench.core(server, { contactUser: 'bob' });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  const ends: string[] = [];
  const sessions: ServerSession[] = [];
  const invitations: IncomingInvite[] = [];
  core.handle({
    INVITE: (incoming) => {
      invitations.push(incoming);
      if (!accepts) return;
      const session = incoming.accept(responseTo(incoming.request, 200), options);
      sessions.push(session);
      void session.ended.then((end) => ends.push(end));
    },
    MESSAGE: ({ request, respond }) => respond(responseTo(request, 200)),
  });
  return { bench, core, peer, sessions, ends, invitations };
}

async function send({ bench, peer }: Scene, method: string, draft: RawDraft = {}): Promise<void> {
  const branch = `z9hG4bK${method}${draft.cseq ?? ''}`;
  await peer.send(server, rawRequest(method, { branch, rows: [contact], ...draft }));
  await bench.clock.advance(0);
}

/** The To of the 2xx: with it requests are inside the dialog. */
function dialogTo({ peer }: Scene): string {
  return field(peer.received.find((text) => text.startsWith('SIP/2.0 200')) ?? '', 'To') ?? '';
}

test('RFC 3261 13.3.1.4: the 2xx comes again at 0.5, 1.5, 3.5, 7.5 s, then every 4 s, until the ACK', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'INVITE');
  await bench.clock.advance(11_500);
  expect(stage.peer.lines).toEqual(Array(6).fill('SIP/2.0 200 OK'));
  await send(stage, 'ACK', { branch: 'z9hG4bKack', to: dialogTo(stage) });
  await bench.clock.advance(20_000);
  expect(stage.peer.received).toHaveLength(6);
  expect(stage.core.counters.dialogs).toBe(1);
});

test('RFC 3261 12.1.1: the 2xx carries our Contact and the Record-Route of the INVITE', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  const recorded = ['Record-Route: <sip:p2.example;lr>', 'Record-Route: <sip:p1.example;lr>'];
  await send(stage, 'INVITE', { rows: [contact, ...recorded] });
  const answer = stage.peer.last;
  expect(field(answer, 'Contact')).toBe('<sip:bob@192.0.2.2:5060>');
  expect(answer.split('\r\n').filter((row) => row.startsWith('Record-Route'))).toEqual(recorded);
});

test('RFC 3261 13.3.1.4: the 2xx says what is allowed and supported', async () => {
  await using bench = new Bench();
  bench.core(server, { supported: ['path'] }).handle({
    INVITE: ({ request, accept }) => void accept(responseTo(request, 200), { byeWithinMs: Infinity }),
    MESSAGE: ({ request, respond }) => respond(responseTo(request, 200)),
  });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send(server, rawRequest('INVITE'));
  await bench.clock.advance(0);
  expect(field(peer.last, 'Allow')).toBe('INVITE, MESSAGE, ACK, CANCEL, BYE, OPTIONS');
  expect(field(peer.last, 'Supported')).toBe('path');
});

test('RFC 3261 15.1.2: a BYE ends the session; a second one gets 481', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'INVITE');
  const to = dialogTo(stage);
  await send(stage, 'ACK', { to });
  await send(stage, 'BYE', { to, cseq: 2 });
  expect(stage.peer.lines.at(-1)).toBe('SIP/2.0 200 OK');
  expect(stage.ends).toEqual(['bye']);
  await send(stage, 'BYE', { to, cseq: 3 });
  expect(stage.peer.lines.at(-1)).toBe('SIP/2.0 481 No Such Dialog');
});

test('a BYE before the ACK is answered with 200 and ends the retransmission of the 2xx', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'INVITE');
  await send(stage, 'BYE', { to: dialogTo(stage), cseq: 2 });
  const { length } = stage.peer.received;
  await bench.clock.advance(60_000);
  expect(stage.ends).toEqual(['bye']);
  expect(stage.peer.received).toHaveLength(length);
});

test('RFC 3261 13.3.1.4: without an ACK our own BYE leaves after 64*T1', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'INVITE');
  await bench.clock.advance(31_999);
  expect(stage.ends).toEqual([]);
  await bench.clock.advance(1);
  expect(stage.ends).toEqual(['no-ack']);
  expect(stage.peer.lines.at(-1)).toBe('BYE sip:raw@192.0.2.9 SIP/2.0');
  expect(field(stage.peer.last, 'From')).toBe(dialogTo(stage));
  expect(field(stage.peer.last, 'CSeq')).toBe('1 BYE');
  await stage.peer.answer(server, '200 OK');
  await bench.clock.advance(60_000);
  expect(stage.core.counters).toMatchObject({ dialogs: 0, clientTransactions: 0, serverTransactions: 0 });
});

test('RFC 3261 25.1: an escaped NUL in a Record-Route harms no timer, and goes back escaped', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  const recorded = '"a\\\0b" <sip:192.0.2.9;lr>';
  await stage.peer.send(server, rawRequest('INVITE', { rows: [contact, `Record-Route: ${recorded}`] }));
  await bench.clock.advance(32_000);
  expect(stage.ends).toEqual(['no-ack']);
  expect(field(stage.peer.last, 'Route')).toBe(recorded);
});

test('without a BYE our own leaves 64*T1 after the 2xx', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'INVITE');
  await send(stage, 'ACK', { to: dialogTo(stage) });
  await bench.clock.advance(32_000);
  expect(stage.ends).toEqual(['no-bye']);
  expect(stage.peer.lines.at(-1)).toBe('BYE sip:raw@192.0.2.9 SIP/2.0');
});

test('a session may last longer, and end by a BYE of our own', async () => {
  await using bench = new Bench();
  const stage = scene(bench, { options: { byeWithinMs: Infinity } });
  await send(stage, 'INVITE');
  await send(stage, 'ACK', { to: dialogTo(stage) });
  await bench.clock.advance(3_600_000);
  expect(stage.ends).toEqual([]);
  const bye = stage.sessions[0]?.bye();
  await bench.clock.advance(0);
  await stage.peer.answer(server, '200 OK');
  await bench.clock.advance(0);
  expect((await bye)?.status).toBe(200);
  expect(stage.ends).toEqual(['own-bye']);
});

test('a retransmitted INVITE is absorbed once it is accepted (RFC 6026), with no second session', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'INVITE');
  await send(stage, 'INVITE');
  expect(stage.invitations).toHaveLength(1);
  expect(stage.peer.lines).toEqual(['SIP/2.0 200 OK']);
});

test('RFC 3261 14.2: a re-INVITE is refused with 488 unless the session takes it; its ACK ends in its transaction', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'INVITE');
  const to = dialogTo(stage);
  await send(stage, 'ACK', { to });
  await send(stage, 'INVITE', { to, cseq: 2, branch: 'z9hG4bKre' });
  expect(stage.peer.lines.at(-1)).toBe('SIP/2.0 488 Not Acceptable Here');
  await send(stage, 'ACK', { to, cseq: 2, branch: 'z9hG4bKre' });
  await bench.clock.advance(3000);
  expect(stage.peer.lines.filter((line) => line.includes('488'))).toHaveLength(1);
  expect(stage.invitations).toHaveLength(1);
});

test('a session may answer re-INVITEs itself', async () => {
  await using bench = new Bench();
  const options: SessionOptions = {
    requests: { INVITE: ({ request, respond }) => respond(responseTo(request, 420)) },
  };
  const stage = scene(bench, { options });
  await send(stage, 'INVITE');
  await send(stage, 'INVITE', { to: dialogTo(stage), cseq: 2, branch: 'z9hG4bKre' });
  expect(stage.peer.lines.at(-1)).toBe('SIP/2.0 420 Bad Extension');
});

test('RFC 3261 14.2: a re-INVITE that the session accepts moves its target and is answered until its ACK', async () => {
  await using bench = new Bench();
  const options: SessionOptions = {
    requests: { INVITE: ({ request, respond }) => respond(responseTo(request, 200)) },
    byeWithinMs: Infinity,
  };
  const stage = scene(bench, { options });
  await send(stage, 'INVITE');
  const to = dialogTo(stage);
  await send(stage, 'ACK', { to });
  const moved = { to, cseq: 2, branch: 'z9hG4bKre', rows: ['Contact: <sip:raw@192.0.2.9;moved>'] };
  await send(stage, 'INVITE', moved);
  await bench.clock.advance(1600);
  expect(stage.peer.lines).toEqual(Array(4).fill('SIP/2.0 200 OK'));
  await send(stage, 'ACK', { to, cseq: 2, branch: 'z9hG4bKack2' });
  await bench.clock.advance(60_000);
  expect(stage.peer.received).toHaveLength(4);
  expect(stage.core.counters.dialogs).toBe(1);
  void stage.sessions[0]?.bye().catch(() => {});
  await bench.clock.advance(0);
  expect(stage.peer.lines.at(-1)).toBe('BYE sip:raw@192.0.2.9;moved SIP/2.0');
  expect(stage.ends).toEqual(['own-bye']);
});

test('a session may take methods that have no handler outside it', async () => {
  await using bench = new Bench();
  const options: SessionOptions = {
    requests: { INFO: ({ request, respond }) => respond(responseTo(request, 200, { reason: 'Inside' })) },
  };
  const stage = scene(bench, { options });
  await send(stage, 'INVITE');
  await send(stage, 'INFO', { to: dialogTo(stage), cseq: 2 });
  expect(stage.peer.lines.at(-1)).toBe('SIP/2.0 200 Inside');
  await send(stage, 'INFO', { cseq: 3 });
  expect(stage.peer.lines.at(-1)).toBe('SIP/2.0 405 INFO Is Not Allowed');
});

test('RFC 3261 12.2.2: a request inside the dialog with a lower CSeq gets 500; others go to their handler', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'INVITE', { cseq: 7 });
  const to = dialogTo(stage);
  await send(stage, 'MESSAGE', { to, cseq: 8 });
  expect(stage.peer.lines.at(-1)).toBe('SIP/2.0 200 OK');
  await send(stage, 'MESSAGE', { to, cseq: 6, branch: 'z9hG4bKlow' });
  expect(stage.peer.lines.at(-1)).toBe('SIP/2.0 500 CSeq 6 Is Lower Than 8');
});

test('a stray ACK is ignored', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'ACK', { to: '<sip:bob@192.0.2.2>;tag=gone' });
  await send(stage, 'ACK');
  expect(stage.peer.received).toEqual([]);
});

test('RFC 3261 9.2: a CANCEL before the answer gets 200, the INVITE 487, and accepting throws', async () => {
  await using bench = new Bench();
  const stage = scene(bench, { accepts: false });
  await send(stage, 'INVITE', { branch: 'z9hG4bKinvite' });
  await send(stage, 'CANCEL', { branch: 'z9hG4bKinvite' });
  expect(stage.peer.lines).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 487 Request Terminated']);
  const [ok = '', terminated = ''] = stage.peer.received;
  expect(field(ok, 'CSeq')).toBe('1 CANCEL');
  expect(field(terminated, 'CSeq')).toBe('1 INVITE');
  expect(field(ok, 'To')).toBe(field(terminated, 'To'));
  const [invitation] = stage.invitations;
  expect(invitation?.cancelled.aborted).toBe(true);
  expect(() => invitation?.accept(responseTo(invitation.request, 200))).toThrow(InviteCancelled);
  expect(stage.core.counters.dialogs).toBe(0);
});

test('RFC 3261 9.2: a CANCEL after the 200 is answered and changes nothing', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'INVITE', { branch: 'z9hG4bKinvite' });
  await send(stage, 'CANCEL', { branch: 'z9hG4bKinvite' });
  expect(stage.peer.lines).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 200 OK']);
  expect(field(stage.peer.last, 'CSeq')).toBe('1 CANCEL');
  expect(field(stage.peer.last, 'To')).toBe(dialogTo(stage));
  expect(stage.invitations[0]?.cancelled.aborted).toBe(false);
  expect(stage.core.counters.dialogs).toBe(1);
});

test('RFC 3261 8.1.1.8: an INVITE without a Contact is refused with 400 before the handler sees it', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await stage.peer.sendText(
    server,
    [...rawRequest('INVITE').filter((row) => !row.startsWith('Contact')), 'Content-Length: 0', '', ''].join(
      '\r\n',
    ),
  );
  await bench.clock.advance(0);
  expect(stage.peer.lines).toEqual(['SIP/2.0 400 Contact: missing']);
  expect(stage.invitations).toEqual([]);
});

test('over TCP our own BYE takes the connection of the INVITE while it is open', async () => {
  await using bench = new Bench();
  const core = bench.core(server, {}, ['TCP']);
  core.handle({
    INVITE: ({ request, accept }) => {
      accept(responseTo(request, 200));
    },
  });
  const peer = new RawPeer(bench.network, '192.0.2.9', 'TCP');
  const rows = ['Contact: <sip:raw@unreachable.invalid;transport=tcp>'];
  await peer.send(server, rawRequest('INVITE', { rows, via: 'SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK1' }));
  await bench.clock.advance(33_000);
  expect(peer.lines.at(-1)).toBe('BYE sip:raw@unreachable.invalid;transport=tcp SIP/2.0');
  expect(new Set(peer.flows.map(({ id }) => id)).size).toBe(1);
});

test('closing the user agent ends its sessions', async () => {
  await using bench = new Bench();
  const stage = scene(bench);
  await send(stage, 'INVITE');
  await stage.core.close();
  await bench.clock.advance(0);
  expect(stage.ends).toEqual(['closed']);
});
