import { parseCpim, readImdnRequest } from '@restante/cpm';
import { parseMessage, responseTo, serializeMessage } from '@restante/sip';
import { describe, expect, test } from 'vitest';
import {
  bodyBytes,
  messageBytes,
  messageFor,
  messageTemplate,
  readAnswer,
  renumber,
} from '../../bench/harness/load-message.ts';
import { readFrames } from '../../bench/harness/load-wire.ts';

const template = messageTemplate({
  transport: 'udp',
  localPort: 21_000,
  domain: 'example.com',
  run: '0a1b2c3d',
});

function requestWith(slot: number, number: number, recipient: number) {
  const bytes = messageFor(template, slot);
  renumber(bytes, template, number, recipient);
  const request = parseMessage(bytes);
  if (request.kind !== 'request') throw new Error('no request');
  return { bytes, request };
}

describe('what the load generator sends', () => {
  test('a CPM pager message of the size that is measured', () => {
    const { bytes, request } = requestWith(7, 1234, 56);
    expect(bytes.length).toBe(messageBytes);
    expect(request.body.length).toBe(bodyBytes);
    expect(request.uri).toBe('sip:bench-0000000056@example.com');
    expect(request.headers.get('Call-ID')).toBe('00000012340a1b2c3d');
    expect(readImdnRequest(parseCpim(request.body))?.messageId).toBe('0a1b2c3d0000001234');
  });

  test.each(['udp', 'tcp'] as const)('whatever the digits of the port, over %s', (transport) => {
    for (const localPort of [1, 65_535])
      expect(
        messageTemplate({ transport, localPort, domain: 'example.com', run: '0a1b2c3d' }).bytes,
      ).toHaveLength(messageBytes);
  });

  test('two messages differ in transaction, Call-ID and recipient', () => {
    const [one, other] = [requestWith(1, 1, 1), requestWith(2, 2, 2)];
    for (const name of ['Via', 'Call-ID', 'To'])
      expect(one.request.headers.get(name)).not.toBe(other.request.headers.get(name));
  });

  test('an answer names the request that it answers', () => {
    const { request } = requestWith(254, 4_000_000_000, 9);
    const bytes = Buffer.from(serializeMessage(responseTo(request, 202)));
    const answer = { status: 0, slot: 0, number: 0 };
    expect(readAnswer(bytes, 0, answer)).toBe(true);
    expect(answer).toEqual({ status: 202, slot: 254, number: 4_000_000_000 });
    expect(
      readAnswer(Buffer.from('SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\n\r\n'), 0, answer),
    ).toBe(false);
  });
});

function framesOf(text: string): { readonly frames: readonly string[]; readonly rest: string } {
  const bytes = Buffer.from(text);
  const frames: string[] = [];
  const next = readFrames(bytes, (all, start, end) => frames.push(all.toString('latin1', start, end)));
  return { frames, rest: bytes.toString('latin1', next) };
}

describe('RFC 3261 18.3: responses on a stream', () => {
  const response = 'SIP/2.0 503 No\r\nCall-ID: 1\r\nContent-Length: 4\r\n\r\nbody';

  test('several in one piece, the last one cut off', () => {
    const cut = response.slice(0, -1);
    expect(framesOf(response + response + cut)).toEqual({ frames: [response, response], rest: cut });
  });

  test('a head that is cut off, and no body at all', () => {
    expect(framesOf('SIP/2.0 202 Accepted\r\nContent-Le')).toMatchObject({ frames: [] });
    const bare = 'SIP/2.0 202 Accepted\r\nContent-Length: 0\r\n\r\n';
    expect(framesOf(bare + bare).frames).toEqual([bare, bare]);
  });
});
