import assert from 'node:assert/strict';
import { MalformedMessage, parseSdp, serializeSdp } from '@restante/sip';
import { test } from 'vitest';
import {
  acceptsType,
  answerSetup,
  destinationOf,
  msrpDescription,
  msrpUri,
  readMsrpMedia,
  roleOfOfferer,
} from '../../src/index.ts';
import type { Setup } from '../../src/index.ts';

const head = 'v=0\no=- 1 1 IN IP4 192.0.2.23\ns=-\nc=IN IP4 192.0.2.23\nt=0 0\n';

test('RFC 4975 8: what an offer says, with bare line feeds and setup:passive as they are seen in the field', () => {
  const media = readMsrpMedia(
    parseSdp(
      `${head}m=audio 9 RTP/AVP 0\nm=message 2855 TCP/MSRP *\na=path:msrp://192.0.2.23:2855/Lm31;tcp\na=setup:passive\na=connection:new\na=accept-types:message/cpim text/plain\na=accept-wrapped-typess:image/jpeg *\na=max-size:10485760\na=msrp-cema\na=sendonly\n`,
    ),
  );
  assert.deepEqual(media, {
    path: media?.path,
    protocol: 'TCP',
    port: 2855,
    setup: 'passive',
    direction: 'sendonly',
    acceptTypes: ['message/cpim', 'text/plain'],
    acceptWrappedTypes: ['image/jpeg', '*'],
    maxSize: 10_485_760,
    hasCema: true,
    address: { family: 4, host: '192.0.2.23' },
    fingerprint: undefined,
  });
  assert.equal(media?.path[0]?.sessionId, 'Lm31');
});

test('RFC 6135 4.2: holdconn is ignored; a description without MSRP has none; without a path it is malformed', () => {
  const offer = (lines: string): string => `${head}m=message 9 TCP/TLS/MSRP *\n${lines}`;
  const held = readMsrpMedia(parseSdp(offer('a=path:msrps://h:9/x;tcp\na=setup:holdconn\n')));
  assert.deepEqual([held?.setup, held?.protocol], [undefined, 'TLS']);
  assert.equal(readMsrpMedia(parseSdp(head)), undefined);
  assert.throws(() => readMsrpMedia(parseSdp(offer('a=setup:active\n'))), MalformedMessage);
});

test('RFC 4975 8.1: what is written is read again, port and address are those of the path', () => {
  const path = [msrpUri({ scheme: 'msrps', host: '2001:db8::5', port: 2855, sessionId: 'abc' })];
  const text = serializeSdp(
    msrpDescription({
      id: 7,
      ...{ path, setup: 'actpass', maxSize: 1000, direction: 'recvonly' },
      ...{ acceptWrappedTypes: ['*'], fingerprint: 'sha-256 AB:CD', attributes: ['msrp-cema'] },
    }),
  );
  assert.match(text, /\r\nm=message 2855 TCP\/TLS\/MSRP \*\r\nc=IN IP6 2001:db8::5\r\na=path:msrps:/);
  const media = readMsrpMedia(parseSdp(text));
  assert.deepEqual([media?.path, media?.setup, media?.maxSize], [path, 'actpass', 1000]);
  assert.deepEqual(
    [media?.direction, media?.acceptTypes, media?.acceptWrappedTypes],
    ['recvonly', ['message/cpim'], ['*']],
  );
  assert.deepEqual([media?.fingerprint, media?.hasCema], ['sha-256 AB:CD', true]);
});

const arrows: readonly (readonly [Setup | undefined, 'active' | 'passive', 'active' | 'passive'])[] = [
  ['actpass', 'active', 'active'],
  ['actpass', 'passive', 'passive'],
  ['active', 'active', 'passive'],
  ['passive', 'passive', 'active'],
  [undefined, 'active', 'passive'],
];
for (const [offered, preferred, answer] of arrows)
  test(`RFC 6135 4.2: to ${offered} who prefers ${preferred} answers ${answer}, and the offerer does the other`, () => {
    assert.equal(answerSetup(offered, preferred), answer);
    assert.equal(roleOfOfferer(offered, answer), answer === 'active' ? 'passive' : 'active');
  });

test('RFC 4975 5.4: without a=setup in the answer the offerer connects', () => {
  assert.equal(roleOfOfferer('actpass', undefined), 'active');
});

test('RFC 6714: the address of c= and m= counts where both agree on CEMA and no relay is there', () => {
  const path = [msrpUri({ scheme: 'msrp', host: '10.0.0.1', port: 5, sessionId: 'x' })];
  const address = { family: 4, host: '192.0.2.9' } as const;
  const media = { path, fingerprint: undefined, hasCema: true, address, port: 7000 };
  assert.deepEqual(destinationOf(media), { protocol: 'TCP', host: '192.0.2.9', port: 7000 });
  assert.deepEqual(destinationOf({ ...media, hasCema: false }), {
    protocol: 'TCP',
    host: '10.0.0.1',
    port: 5,
  });
  assert.equal(destinationOf({ ...media, path: [...path, ...path] }).host, '10.0.0.1');
});

const types: readonly (readonly [readonly string[], string, boolean])[] = [
  [['message/cpim'], 'Message/CPIM', true],
  [['text/plain'], 'text/plain;charset=utf-8', true],
  [['text/*'], 'text/html', true],
  [['*'], 'image/png', true],
  [['text/*'], 'image/png', false],
  [[], 'text/plain', false],
];
for (const [accepted, type, isAccepted] of types)
  test(`RFC 4975 8.6: accept-types '${accepted.join(' ')}' and ${type}: ${isAccepted}`, () =>
    assert.equal(acceptsType(accepted, type), isAccepted));
