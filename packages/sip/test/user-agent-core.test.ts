import { expect, test } from 'vitest';
import { responseTo } from '../src/protocol/message.ts';
import { aRequest, Bench } from './support.ts';

const bob = 'sip:bob@192.0.2.2';

test('RFC 3261 8: a request is answered by the handler of its method', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1', { userAgent: 'alice/1' });
  const server = bench.core('192.0.2.2', { userAgent: 'bob/1' });
  server.handle({ MESSAGE: ({ request, respond }) => respond(responseTo(request, 202)) });
  const sent = alice.send(aRequest('MESSAGE', bob));
  await bench.clock.advance(0);
  const response = await sent;
  expect(response.status).toBe(202);
  expect(response.headers.get('Server')).toBe('bob/1');
  expect(response.headers.get('To')).toMatch(/^<sip:bob@192.0.2.2>;tag=.+/);
});

test('RFC 3261 13: an INVITE is accepted, acknowledged and ended by BYE', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1', { contactUser: 'alice' });
  const server = bench.core('192.0.2.2', { contactUser: 'bob' });
  const ends: string[] = [];
  server.handle({
    INVITE: ({ request, accept }) => {
      void accept(responseTo(request, 200)).ended.then((end) => ends.push(end));
    },
  });
  const inviting = alice.invite(aRequest('INVITE', bob));
  await bench.clock.advance(0);
  const { response, session } = await inviting;
  expect(response.headers.get('Contact')).toBe('<sip:bob@192.0.2.2:5060>');
  session?.ack();
  await bench.clock.advance(5000);
  const bye = session?.bye();
  await bench.clock.advance(0);
  expect((await bye)?.status).toBe(200);
  expect(ends).toEqual(['bye']);
  expect(bench.lines).toEqual([
    'INVITE sip:bob@192.0.2.2 SIP/2.0',
    'SIP/2.0 200 OK',
    'ACK sip:bob@192.0.2.2:5060 SIP/2.0',
    'BYE sip:bob@192.0.2.2:5060 SIP/2.0',
    'SIP/2.0 200 OK',
  ]);
});

test('RFC 7118 5.2.2: our Contact names its transport; one by WSS says ws', async () => {
  await using bench = new Bench();
  const core = bench.core('192.0.2.1', {}, ['UDP', 'TCP', 'WSS']);
  expect(core.contact('UDP')).toBe('<sip:192.0.2.1:5060>');
  expect(core.contact('TCP')).toBe('<sip:192.0.2.1:5060;transport=tcp>');
  expect(core.contact('WSS')).toBe('<sip:192.0.2.1:5060;transport=ws>');
});
