import { serializeSdp } from '@restante/sip';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodedContent } from '../src/cpim-content.ts';
import { composeCpim } from '../src/cpim-writer.ts';
import { MalformedCpim, parseCpim } from '../src/cpim.ts';
import { serializeDeferredNotification } from '../src/deferred-notification-writer.ts';
import { MalformedNotification, parseDeferredNotification } from '../src/deferred-notification.ts';
import { MalformedImdn, parseImdn, serializeImdn } from '../src/imdn-document.ts';
import { composeImdn, isComposing, isImdn, readImdnRequest } from '../src/imdn.ts';
import { composePullBody, MalformedPullBody, readPullBody } from '../src/pull-body.ts';
import { answerPullOffer, composePullOffer, PullOfferRejected } from '../src/pull-sdp.ts';
import { MalformedPullList, readPullList, writePullList } from '../src/resource-list.ts';
import { octets } from './support/text.ts';

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.constantFrom('\r\n', '\r', '<', '>', '"', '&', '\0', '--', ':', ';', '?', '%', '\\'),
);

/** The octets with up to four pieces cut out and others put in. */
function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const cut = fc.record({ at: fc.nat(bytes.length), length: fc.nat(6), piece });
  return fc.array(cut, { maxLength: 4 }).map((cuts) => {
    const result = Array.from(bytes);
    for (const { at, length, piece } of cuts) result.splice(at, length, ...octets(piece));
    return Uint8Array.from(result);
  });
}

const about = { messageId: 'm1', from: 'sip:a@b', to: 'tel:+15550123', recordRoutes: ['sip:r'] };
const date = Date.UTC(2026, 2, 1);
const list = [
  { uri: 'sip:a@b', action: 'store' },
  { uri: 'sip:c@d?x=y', action: 'delete' },
] as const;
const pull = composePullBody(composePullOffer({ host: '2001:db8::1', sessionId: 'x' }), list);

function readEverything(bytes: Uint8Array) {
  const cpim = parseCpim(bytes);
  decodedContent(cpim);
  return [readImdnRequest(cpim), isImdn(cpim), isComposing(cpim)];
}

function answerTo(bytes: Uint8Array) {
  const { offer } = readPullBody(pull.contentType, undefined, bytes);
  return serializeSdp(answerPullOffer(offer, { host: '192.0.2.1', port: 2855, sessionId: 'x' }));
}

describe('whatever is done to a good body, the reader returns or throws its own error', () => {
  const report = { kind: 'delivery', status: 'failed' } as const;
  const message = {
    from: { displayName: 'A "B"', uri: 'sip:a@b' },
    to: { uri: 'tel:+15550123' },
    date,
    subject: 'x\\y',
    messageId: 'm1',
    dispositions: ['display'],
    contentType: 'text/plain',
    body: octets('hello'),
  };
  const notification = {
    number: 2,
    event: 'expiring',
    messages: [{ uri: 'sip:a@b', mode: 'large', from: 'tel:+15550100', date, size: 5, subject: 'a & b' }],
  } as const;
  type Errors = readonly (abstract new (...args: never[]) => Error)[];
  const rows: readonly [
    name: string,
    good: Uint8Array,
    read: (bytes: Uint8Array) => unknown,
    errors: Errors,
  ][] = [
    ['a message', composeCpim(message), readEverything, [MalformedCpim]],
    [
      'a notification to the sender',
      composeImdn({ about, report, messageId: 'm2', date }).body,
      readEverything,
      [MalformedCpim],
    ],
    [
      'an IMDN document',
      serializeImdn({ messageId: 'm1', dateTime: 'x', report }),
      parseImdn,
      [MalformedImdn],
    ],
    [
      'a notification',
      serializeDeferredNotification(notification),
      (bytes) => parseDeferredNotification(bytes),
      [MalformedNotification],
    ],
    ['a list', writePullList(list), (bytes) => readPullList(bytes), [MalformedPullList]],
    ['a pull', pull.body, answerTo, [MalformedPullBody, PullOfferRejected]],
  ];
  for (const [name, good, read, errors] of rows)
    test(name, () => {
      read(good);
      fc.assert(
        fc.property(damaged(good), (bytes) => {
          try {
            read(bytes);
          } catch (error) {
            expect(
              errors.some((kind) => error instanceof kind),
              String(error),
            ).toBe(true);
          }
        }),
        { numRuns: 400 },
      );
    });
});
