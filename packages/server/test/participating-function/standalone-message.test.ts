import { gzipSync, deflateRawSync, deflateSync } from 'node:zlib';
import { SipRejection } from '@restante/sip';
import { describe, expect, test } from 'vitest';
import { readStandaloneMessage } from '../../src/participating-function/standalone-message.ts';
import type { MessageFacts, StandaloneMessage } from '../../src/participating-function/standalone-message.ts';
import type { Originator } from '../../src/participating-function/requester.ts';
import { alice, bob, hour, settings, start } from './deferred/values.ts';
import { aRequest, cpim, msgTag } from './requests.ts';
import type { RequestParts } from './requests.ts';

const originator: Originator = {
  user: alice,
  address: 'sip:alice@example.com',
  name: 'Alice',
  asserted: ['"Alice" <sip:alice@example.com>'],
  withheld: false,
};

const cpimOnly = { ...settings, acceptedTypes: ['message/cpim'] };

function read(parts: RequestParts = {}, facts: Partial<MessageFacts> = {}): Promise<StandaloneMessage> {
  const given = {
    addressee: { user: bob },
    originator,
    trusted: true,
    settings: cpimOnly,
    now: start,
    ...facts,
  };
  return readStandaloneMessage(aRequest(parts), given);
}

async function refusal(parts: RequestParts, facts: Partial<MessageFacts> = {}): Promise<SipRejection> {
  const error: unknown = await read(parts, facts).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof SipRejection)) throw new Error(`no rejection: ${String(error)}`);
  return error;
}

describe('what is read', () => {
  test('PF-5: the metadata of the message', async () => {
    const headers = {
      'Conversation-ID': 'f0c1',
      'Contribution-ID': '0c9a',
      Date: 'Sun, 01 Mar 2026 08:00:00 GMT',
      'Accept-Contact': `*;${msgTag}`,
    };
    const { description, passing } = await read({ headers, body: cpim({ subject: 'Lunch' }) });
    expect(passing).toBeUndefined();
    expect(description).toEqual({
      user: bob,
      mode: 'pager',
      identity: 'sip:alice@example.com Zk3qTn81',
      sender: 'sip:alice@example.com',
      senderName: 'Alice',
      to: 'sip:bob@example.com',
      acceptedAt: start,
      sentAt: start - hour,
      expiresAt: start + 7 * 24 * hour,
      size: 14,
      contentType: 'text/plain',
      subject: 'Lunch',
      conversationId: 'f0c1',
      contributionId: '0c9a',
      acceptContacts: [`*;${msgTag}`],
      dispositions: {
        messageId: 'Zk3qTn81',
        wanted: ['positive-delivery', 'negative-delivery'],
        from: 'sip:alice@example.com',
        to: 'sip:bob@example.com',
        dateTime: '2026-03-01T09:00:00Z',
        recordRoutes: [],
      },
    });
  });

  test('D-19: the octets of the body stay as they came', async () => {
    const request = aRequest({ body: `${cpim()}\r\n\u00e9\u0000` });
    const { content } = await readStandaloneMessage(request, {
      addressee: { user: bob },
      originator,
      trusted: true,
      settings: cpimOnly,
      now: start,
    });
    expect(content.body).toEqual(request.body);
  });

  test('D-6: the identity is the originator and the Message-ID, whatever the Call-ID', async () => {
    const again = await read({
      headers: { 'Call-ID': 'c2', CSeq: '7 MESSAGE', From: '<sip:alice@example.com>;tag=b' },
    });
    expect(again.description.identity).toBe((await read()).description.identity);
    const other = { ...originator, user: bob };
    expect((await read({}, { originator: other })).description.identity).not.toBe(again.description.identity);
  });

  test('D-6: without a Message-ID it is the request itself, never the Call-ID alone', async () => {
    const body = cpim({ messageId: '', wanted: '' });
    const identity = async (headers: Record<string, string>) =>
      (await read({ body, headers })).description.identity;
    const first = await identity({});
    expect(await identity({})).toBe(first);
    const others = [
      { CSeq: '2 MESSAGE' },
      { From: '<sip:alice@example.com>;tag=b' },
      { Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa2' },
    ];
    for (const headers of others) expect(await identity(headers)).not.toBe(first);
  });

  test('a sender that is withheld is not in the metadata', async () => {
    const { description } = await read({}, { originator: { ...originator, withheld: true, asserted: [] } });
    expect(description).not.toHaveProperty('sender');
    expect(description).not.toHaveProperty('senderName');
  });

  const times: readonly [string, Record<string, string>, number][] = [
    ['no Expires: the maximum', {}, 7 * 24 * hour],
    ['Expires from now', { Expires: '600' }, 600_000],
    ['Expires from Date', { Expires: '600', Date: 'Sun, 01 Mar 2026 08:55:00 GMT' }, 300_000],
    [
      'Date in the future, bounded by the maximum',
      { Expires: '99999999', Date: 'Sun, 01 Mar 2026 10:00:00 GMT' },
      7 * 24 * hour,
    ],
    ['a Date that cannot be read', { Expires: '600', Date: 'yesterday' }, 600_000],
    ['Expires: 0', { Expires: '0' }, 0],
  ];
  test.each(times)('D-16: %s', async (_name, headers, expected) => {
    expect((await read({ headers })).description.expiresAt - start).toBe(expected);
  });
});

describe('D-15: what is never deferred', () => {
  const kinds: readonly [string, RequestParts, string][] = [
    [
      'disposition notifications',
      { body: cpim({ type: 'message/imdn+xml', text: '<imdn/>' }) },
      'disposition notification',
    ],
    [
      'bare ones',
      { body: '<imdn/>', headers: { 'Content-Type': 'message/imdn+xml' } },
      'disposition notification',
    ],
    [
      'is-composing',
      { body: cpim({ type: 'application/im-iscomposing+xml', text: '<isComposing/>' }) },
      'is-composing',
    ],
    [
      'bare is-composing',
      { body: '<isComposing/>', headers: { 'Content-Type': 'application/im-iscomposing+xml' } },
      'is-composing',
    ],
    ['empty messages', { body: cpim({ text: '' }) }, 'empty message'],
    ['our own notifications', { body: cpim({ type: settings.notification.mediaType }) }, 'system message'],
    [
      'system messages',
      {
        headers: {
          'Accept-Contact': '*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.systemmsg"',
        },
      },
      'system message',
    ],
  ];
  test.each(kinds)('%s', async (_name, parts, expected) => {
    expect((await read(parts)).passing).toBe(expected);
  });

  test('Linphone compresses its disposition notifications', async () => {
    const plain = Buffer.from(cpim({ type: 'message/imdn+xml', text: '<imdn/>' }));
    for (const [coding, body] of [
      ['deflate', deflateSync(plain)],
      ['deflate', deflateRawSync(plain)],
      ['gzip', gzipSync(plain)],
    ] as const) {
      const message = await read({ body, headers: { 'Content-Encoding': coding } });
      expect(message.passing).toBe('disposition notification');
      expect(Buffer.from(message.content.body)).toEqual(body);
      expect(message.content.headers).toContainEqual(['Content-Encoding', coding]);
    }
  });
});

describe('what is refused', () => {
  const rows: readonly [string, RequestParts, number, [string, string] | undefined][] = [
    ['no Content-Type', { headers: { 'Content-Type': '' } }, 400, undefined],
    ['an empty request', { body: '', headers: { 'Content-Type': '' } }, 400, undefined],
    ['another type', { headers: { 'Content-Type': 'text/plain' } }, 415, ['Accept', 'message/cpim']],
    [
      'a forged notification',
      { headers: { 'Content-Type': settings.notification.mediaType } },
      415,
      ['Accept', 'message/cpim'],
    ],
    [
      'an unknown coding',
      { headers: { 'Content-Encoding': 'br' } },
      415,
      ['Accept-Encoding', 'identity, deflate, gzip'],
    ],
    ['a coding that is none', { headers: { 'Content-Encoding': 'gzip' } }, 400, undefined],
    ['a body that is too large', { body: cpim({ text: 'x'.repeat(70_000) }) }, 413, undefined],
    [
      'a bomb',
      { body: deflateSync(Buffer.alloc(1_000_000)), headers: { 'Content-Encoding': 'deflate' } },
      413,
      undefined,
    ],
    ['no CPIM', { body: 'Hello' }, 400, undefined],
    ['an empty CPIM', { body: '', headers: { 'Content-Type': 'message/cpim' } }, 400, undefined],
  ];
  test.each(rows)('%s', async (_name, parts, status, header) => {
    const rejection = await refusal(parts);
    expect(rejection.status).toBe(status);
    if (header !== undefined) expect(rejection.headers).toContainEqual(header);
  });

  test('400 names the fault', async () => {
    expect((await refusal({ body: 'Hello' })).reason).toContain('CPIM');
    expect((await refusal({ headers: { 'Content-Type': '' } })).reason).toBe('Content-Type: missing');
  });

  test('text/plain where the configuration takes it', async () => {
    const message = await read({ body: 'Hello', headers: { 'Content-Type': 'text/plain' } }, { settings });
    expect(message.description).toMatchObject({ contentType: 'text/plain', size: 5 });
    expect(message.description).not.toHaveProperty('dispositions');
  });
});

test('RFC 5627: the device that was named', async () => {
  const addressee = { user: bob, instance: '<urn:uuid:1>' };
  expect((await read({}, { addressee })).instance).toBe('<urn:uuid:1>');
});
