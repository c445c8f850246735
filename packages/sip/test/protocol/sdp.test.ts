import {
  answeredDirection,
  attribute,
  attributes,
  connection,
  direction,
  parseSdp,
  serializeSdp,
} from '@restante/sip';
import { expect, test } from 'vitest';
import { faultOf } from './bytes.ts';

const offer = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.10',
  's=-',
  'c=IN IP4 192.0.2.10',
  't=0 0',
  'a=recvonly',
  'm=message 9 TCP/MSRP *',
  'a=path:msrp://192.0.2.10:9/x;tcp',
  'a=accept-types:message/cpim text/plain',
  'a=setup:active',
  'm=audio 49170/2 RTP/AVP 0 8',
  'c=IN IP6 2001:db8::1/127',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=sendonly',
  '',
].join('\r\n');

test('RFC 8866 5: lines in order, grouped at the media', () => {
  const { session, media } = parseSdp(offer);
  expect(session.map(({ type }) => type).join('')).toBe('voscta');
  expect(media.map(({ lines: _lines, ...head }) => head)).toEqual([
    { media: 'message', port: 9, protocol: 'TCP/MSRP', formats: ['*'] },
    { media: 'audio', port: 49_170, portCount: 2, protocol: 'RTP/AVP', formats: ['0', '8'] },
  ]);
});

test('RFC 8866 5: what was read is written as it was', () => {
  expect(serializeSdp(parseSdp(offer))).toBe(offer);
});

test('bare LF, no line end at the end and empty lines below are read', () => {
  for (const text of [offer.replaceAll('\r\n', '\n'), offer.trimEnd(), `${offer}\r\n\r\n`])
    expect(serializeSdp(parseSdp(text))).toBe(offer);
});

test('RFC 8866 6: attributes of a section', () => {
  const { session, media } = parseSdp(offer);
  const [message, audio] = media;
  if (message === undefined || audio === undefined) throw new Error('no media');
  expect(attribute(message, 'accept-types')).toBe('message/cpim text/plain');
  expect(attribute(message, 'path')).toBe('msrp://192.0.2.10:9/x;tcp');
  expect([attribute(session, 'recvonly'), attribute(message, 'recvonly')]).toEqual(['', undefined]);
  expect(attributes(audio, 'rtpmap')).toEqual(['0 PCMU/8000', '8 PCMA/8000']);
  expect(attributes(audio, 'rtp')).toEqual([]);
});

test('RFC 8866 6.7: the direction of the media, else of the session, else sendrecv', () => {
  const { session, media } = parseSdp(offer);
  expect(media.map((one) => direction(one, session))).toEqual(['recvonly', 'sendonly']);
  expect(media.map((one) => direction(one))).toEqual(['sendrecv', 'sendonly']);
});

test('RFC 3264 6.1: the direction of an answer', () => {
  const offered = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;
  expect(offered.map(answeredDirection)).toEqual(['sendrecv', 'recvonly', 'sendonly', 'inactive']);
});

test('RFC 8866 5.7: the connection of the media, else of the session', () => {
  const { session, media } = parseSdp(offer);
  expect(media.map((one) => connection(one, session))).toEqual([
    { family: 4, host: '192.0.2.10' },
    { family: 6, host: '2001:db8::1' },
  ]);
  expect(media.map((one) => connection(one))[0]).toBeUndefined();
});

const wrong = [
  ['', 'v=0 expected first'],
  ['v=1\r\n', 'v=0 expected first'],
  ['o=x\r\nv=0\r\n', 'v=0 expected first'],
  ['v=0\r\n\r\ns=-\r\n', 'no line'],
  ['v=0\r\nx\r\n', 'no line'],
  ['v=0\r\nm =audio 9 RTP/AVP 0\r\n', 'no line'],
  ['v=0\r\nS=-\r\n', 'no line'],
  ['v=0\r\nm=audio\r\n', 'm=audio'],
  ['v=0\r\nm=audio 9\r\n', 'm=audio 9'],
  ['v=0\r\nm=audio x RTP/AVP 0\r\n', 'm=audio x'],
  ['v=0\r\nm=audio 65536 RTP/AVP 0\r\n', 'm=audio 65536'],
  ['v=0\r\nm=audio 9/x RTP/AVP 0\r\n', 'm=audio 9/x'],
  [`v=0\r\n${'a=x\r\n'.repeat(1000)}`, 'too many lines'],
] as const;

for (const [text, fault] of wrong)
  test(`RFC 8866 9: ${JSON.stringify(text.slice(0, 40))} is malformed: ${fault}`, () =>
    expect(faultOf(() => parseSdp(text)).message).toMatch(new RegExp(`^SDP: ${fault}`)));

test('injection: a line cannot hold a line break', () => {
  const line = { type: 'a', value: 'x\r\nm=audio 9 RTP/AVP 0' };
  expect(() => serializeSdp({ session: [line], media: [] })).toThrow(TypeError);
  expect(() => serializeSdp({ session: [{ type: 'ab', value: '' }], media: [] })).toThrow(TypeError);
  expect(() =>
    serializeSdp({ session: [], media: [{ media: 'a\nb', port: 9, protocol: 'x', formats: [], lines: [] }] }),
  ).toThrow(TypeError);
});
