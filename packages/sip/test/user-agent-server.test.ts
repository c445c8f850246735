import { expect, test } from 'vitest';
import { HeaderFields } from '../src/protocol/header-fields.ts';
import type { IncomingRequest } from '../src/incoming-request.ts';
import { responseTo } from '../src/protocol/message.ts';
import { SipRejection } from '../src/rejection.ts';
import { requireHops } from '../src/request-checks.ts';
import type { UserAgentCoreOptions, HandleOptions } from '../src/user-agent-options.ts';
import type { Routes } from '../src/user-agent-server.ts';
import { Bench, field, RawPeer, rawRequest } from './support.ts';
import type { RawDraft } from './support.ts';

const routes: Routes = {
  MESSAGE: ({ request, respond }) => respond(responseTo(request, 200)),
  INVITE: ({ request, respond }) => respond(responseTo(request, 486)),
};

/** What a server with these handlers answers to one request. */
async function answerTo(
  method: string,
  draft: RawDraft = {},
  { body = '', ...options }: HandleOptions & { body?: string; core?: Partial<UserAgentCoreOptions> } = {},
): Promise<string> {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2', options.core);
  server.handle(routes, options);
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest(method, draft), body);
  await bench.clock.advance(0);
  return peer.last;
}

const statusLine = (text: string): string => text.slice(0, text.indexOf('\r\n'));

test('RFC 3261 8.2.1: a method without a handler gets 405 with Allow', async () => {
  const answer = await answerTo('PUBLISH');
  expect(statusLine(answer)).toBe('SIP/2.0 405 PUBLISH Is Not Allowed');
  expect(field(answer, 'Allow')).toBe('MESSAGE, INVITE, ACK, CANCEL, BYE, OPTIONS');
});

test('RFC 3261 8.2.2.1: an unknown scheme gets 416', async () => {
  expect(statusLine(await answerTo('MESSAGE', { uri: 'fax:+15550100' }))).toBe(
    'SIP/2.0 416 Unsupported URI Scheme fax',
  );
  expect(statusLine(await answerTo('MESSAGE', { uri: 'tel:+15550100' }))).toBe('SIP/2.0 200 OK');
});

test('RFC 3261 8.2.2.3: what is required and not supported gets 420 with Unsupported', async () => {
  const answer = await answerTo(
    'MESSAGE',
    { rows: ['Require: path, foo', 'Require: bar'] },
    { requireSupported: ['path'] },
  );
  expect(statusLine(answer)).toBe('SIP/2.0 420 Bad Extension: foo, bar');
  expect(field(answer, 'Unsupported')).toBe('foo, bar');
});

test('RFC 3261 8.2.2.3: what is supported may be required, in any case of letters', async () =>
  expect(
    statusLine(
      await answerTo(
        'MESSAGE',
        { rows: ['Require: PATH, timer'] },
        { requireSupported: ['path'], core: { supported: ['timer'] } },
      ),
    ),
  ).toBe('SIP/2.0 200 OK'));

test('RFC 3261 8.2.3: a body of another type gets 415 with Accept', async () => {
  const options = { accept: ['message/cpim'], body: 'x' };
  const answer = await answerTo('MESSAGE', { rows: ['Content-Type: text/html'] }, options);
  expect(statusLine(answer)).toBe('SIP/2.0 415 Unsupported Media Type text/html');
  expect(field(answer, 'Accept')).toBe('message/cpim');
  expect(statusLine(await answerTo('MESSAGE', { rows: ['Content-Type: Message/CPIM'] }, options))).toBe(
    'SIP/2.0 200 OK',
  );
  expect(statusLine(await answerTo('MESSAGE', {}, options))).toBe('SIP/2.0 400 Content-Type: missing');
});

test('RFC 3261 8.2.2.2: a request that came by two ways is handled once, the other gets 482', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  server.handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest('MESSAGE', { branch: 'z9hG4bK1' }));
  await peer.send('192.0.2.2', rawRequest('MESSAGE', { branch: 'z9hG4bK2' }));
  await bench.clock.advance(0);
  expect(peer.lines.toSorted()).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 482 Merged Request']);
  await bench.clock.advance(32_000);
  await peer.send('192.0.2.2', rawRequest('MESSAGE', { branch: 'z9hG4bK3' }));
  await bench.clock.advance(0);
  expect(peer.lines.at(-1)).toBe('SIP/2.0 200 OK');
});

test('RFC 3261 8.2.2.2: another From tag, CSeq or Call-ID is no merged request', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  server.handle(routes);
  const peer = new RawPeer(bench.network, '192.0.2.9');
  const drafts: RawDraft[] = [{}, { cseq: 2 }, { callId: 'other' }, { fromTag: 'other' }];
  for (const [index, draft] of drafts.entries())
    await peer.send('192.0.2.2', rawRequest('MESSAGE', { ...draft, branch: `z9hG4bK${index}x` }));
  await bench.clock.advance(0);
  expect(peer.lines).toEqual(Array(4).fill('SIP/2.0 200 OK'));
});

test('RFC 3261 12.2.2: a To tag of no dialog gets 481, but not in a REGISTER', async () => {
  const to = '<sip:bob@192.0.2.2>;tag=gone';
  for (const method of ['MESSAGE', 'INVITE', 'BYE', 'OPTIONS'])
    expect(statusLine(await answerTo(method, { to }))).toBe('SIP/2.0 481 No Such Dialog');
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  server.handle({ REGISTER: ({ request, respond }) => respond(responseTo(request, 200)) });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest('REGISTER', { to }));
  await bench.clock.advance(0);
  expect(peer.lines).toEqual(['SIP/2.0 200 OK']);
});

test('RFC 3261 15.1.2: a BYE without a dialog gets 481', async () =>
  expect(statusLine(await answerTo('BYE'))).toBe('SIP/2.0 481 Call/Transaction Does Not Exist'));

test('RFC 3261 9.2: a CANCEL of nothing gets 481', async () =>
  expect(statusLine(await answerTo('CANCEL'))).toBe('SIP/2.0 481 No Transaction to Cancel'));

test('RFC 3261 9.2: a CANCEL of anything but an INVITE is answered and changes nothing', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  const pending: IncomingRequest[] = [];
  server.handle({ MESSAGE: (incoming) => void pending.push(incoming) });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest('MESSAGE'));
  await peer.send('192.0.2.2', rawRequest('CANCEL'));
  await bench.clock.advance(0);
  for (const { request, respond } of pending) respond(responseTo(request, 202));
  await bench.clock.advance(0);
  expect(peer.lines).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 202 Accepted']);
});

test('RFC 3261 11.2: OPTIONS says what there is', async () => {
  const answer = await answerTo('OPTIONS', {}, { accept: ['message/cpim'], core: { supported: ['path'] } });
  expect(statusLine(answer)).toBe('SIP/2.0 200 OK');
  expect(field(answer, 'Allow')).toBe('MESSAGE, INVITE, ACK, CANCEL, BYE, OPTIONS');
  expect(field(answer, 'Accept')).toBe('message/cpim');
  expect(field(answer, 'Supported')).toBe('path');
});

/** With no hop left. */
const last = (method: string): readonly string[] =>
  rawRequest(method, { branch: `z9hG4bK${method}` }).map((row) =>
    row.startsWith('Max-') ? 'Max-Forwards: 0' : row,
  );

test('RFC 3261 16.3: Max-Forwards 0 is fine for the last hop; a handler that forwards refuses it', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  server.handle({
    ...routes,
    REFER: ({ request, respond }) => {
      requireHops(request);
      respond(responseTo(request, 202));
    },
  });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', last('MESSAGE'));
  await bench.clock.advance(0);
  await peer.send('192.0.2.2', last('REFER'));
  await bench.clock.advance(0);
  expect(peer.lines).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 483 Too Many Hops']);
});

test('the error is the response: a thrown SipRejection is answered as such, now or later', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  const rejection = new SipRejection(488, { headers: [['Warning', '399 host "125 No messages"']] });
  server.handle({
    MESSAGE: () => {
      throw rejection;
    },
    PUBLISH: async () => {
      await Promise.resolve();
      throw rejection;
    },
  });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  for (const method of ['MESSAGE', 'PUBLISH']) {
    await peer.send('192.0.2.2', rawRequest(method, { branch: `z9hG4bK${method}` }));
    await bench.clock.advance(0);
    expect(statusLine(peer.last)).toBe('SIP/2.0 488 Not Acceptable Here');
    expect(field(peer.last, 'Warning')).toBe('399 host "125 No messages"');
  }
});

test('any other error of a handler is 500 and a line in the log', async () => {
  await using bench = new Bench();
  const logged: string[] = [];
  const note = (_facts: object, sentence: string): void => void logged.push(sentence);
  const server = bench.core('192.0.2.2', { log: { debug: note, info: note, warn: note, error: note } });
  server.handle({
    MESSAGE: () => {
      throw new Error('boom');
    },
  });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest('MESSAGE'));
  await bench.clock.advance(0);
  expect(statusLine(peer.last)).toBe('SIP/2.0 500 Server Internal Error');
  expect(logged).toEqual(['request handler failed']);
});

test('a second final response is ignored and logged', async () => {
  await using bench = new Bench();
  const logged: string[] = [];
  const note = (_facts: object, sentence: string): void => void logged.push(sentence);
  const server = bench.core('192.0.2.2', { log: { debug: note, info: note, warn: note, error: note } });
  server.handle({
    MESSAGE: ({ request, respond }) => {
      respond(responseTo(request, 200));
      respond(responseTo(request, 500));
    },
  });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest('MESSAGE'));
  await bench.clock.advance(0);
  expect(peer.lines).toEqual(['SIP/2.0 200 OK']);
  expect(logged).toEqual(['second final response ignored']);
});

test('RFC 3261 8.2.6.2: every response but 100 to one request has the same To tag', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  server.handle({
    INVITE: ({ request, respond }) => {
      respond(responseTo(request, 180));
      respond(responseTo(request, 486, { headers: HeaderFields.of([['Retry-After', '9']]) }));
    },
  });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest('INVITE'));
  await bench.clock.advance(0);
  const tags = peer.received.map((text) => field(text, 'To'));
  expect(tags).toHaveLength(2);
  expect(tags[0]).toMatch(/;tag=\w+$/);
  expect(tags[1]).toBe(tags[0]);
});
