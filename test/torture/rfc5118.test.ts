import {
  attribute,
  connection,
  contacts,
  from,
  parseSdp,
  parseUri,
  serializeVia,
  type SipMessage,
  to,
  topVia,
  vias,
} from '@restante/sip';
import { expect, test } from 'vitest';
import { type TortureRow, tortureTests } from './verdict.ts';

function requestUri(message: SipMessage) {
  return parseUri(message.kind === 'request' ? message.uri : '');
}

function sdpOf({ body }: SipMessage) {
  return parseSdp(new TextDecoder().decode(body));
}

// The Content-Length of 4.6, 4.8 and 4.9 fits their bodies here; the RFC prints 268, 181 and 236 for them.
const rows: readonly TortureRow[] = [
  {
    name: 'ipv6-good',
    section: '4.1',
    verdict: 'accepted',
    check(message) {
      expect(requestUri(message)).toMatchObject({ kind: 'sip', host: '2001:db8::10' });
      expect(topVia(message)).toMatchObject({ host: '2001:db8::9:1' });
      const found = contacts(message);
      expect(parseUri(found === '*' ? '' : (found[0]?.uri ?? ''))).toMatchObject({
        user: 'caller',
        host: '2001:db8::1',
      });
    },
  },
  { name: 'ipv6-bad', section: '4.2', verdict: 'rejected', status: 400, fault: "no port: 'db8::10'" },
  {
    name: 'port-ambiguous',
    section: '4.3',
    verdict: 'accepted',
    note: 'what stands between the brackets is the address, port or not',
    check(message) {
      const uri = requestUri(message);
      expect(uri).toMatchObject({ host: '2001:db8::10:5070' });
      expect('port' in uri).toBe(false);
    },
  },
  {
    name: 'port-unambiguous',
    section: '4.4',
    verdict: 'accepted',
    check: (message) => expect(requestUri(message)).toMatchObject({ host: '2001:db8::10', port: 5070 }),
  },
  {
    name: 'via-received-param-with-delim',
    section: '4.5',
    verdict: 'accepted',
    check(message) {
      expect(topVia(message).received).toBe('2001:db8::9:255');
      expect(serializeVia(topVia(message))).toContain('received=2001:db8::9:255');
    },
  },
  {
    name: 'via-received-param-no-delim',
    section: '4.5',
    verdict: 'accepted',
    check: (message) => expect(topVia(message).received).toBe('2001:db8::9:255'),
  },
  {
    name: 'ipv6-in-sdp',
    section: '4.6',
    verdict: 'accepted',
    check(message) {
      const { session, media } = sdpOf(message);
      expect(media.map((one) => connection(one, session))).toEqual([
        { family: 6, host: '2001:db8::20' },
        { family: 6, host: '2001:db8::20' },
      ]);
      expect(media[1] && attribute(media[1], 'rtpmap')).toBe('107 H263-1998/90000');
    },
  },
  {
    name: 'mult-ip-in-header',
    section: '4.7',
    verdict: 'accepted',
    check: (message) =>
      expect(vias(message).map(({ host, port, received }) => [host, port, received])).toEqual([
        ['2001:db8::9:1', 6050, undefined],
        ['192.0.2.1', undefined, undefined],
        ['2001:db8::9:255', undefined, '192.0.2.200'],
      ]),
  },
  {
    name: 'mult-ip-in-sdp',
    section: '4.8',
    verdict: 'accepted',
    check(message) {
      const { session, media } = sdpOf(message);
      expect(media.map((one) => connection(one, session))).toEqual([
        { family: 4, host: '192.0.2.1' },
        { family: 6, host: '2001:db8::1' },
      ]);
    },
  },
  {
    name: 'ipv4-mapped-ipv6',
    section: '4.9',
    verdict: 'accepted',
    check(message) {
      expect(vias(message).map(({ host, port }) => [host, port])).toEqual([
        ['::ffff:192.0.2.10', 19_823],
        ['::ffff:192.0.2.2', undefined],
      ]);
      expect(from(message).uri).toBe('sip:user@east.example.com');
    },
  },
  {
    name: 'ipv6-bug-abnf-3-colons',
    section: '4.10',
    verdict: 'accepted',
    note: 'the third colon, from the ABNF of RFC 3261, is read over',
    check(message) {
      expect(requestUri(message)).toMatchObject({ host: '2001:db8::192.0.2.1' });
      expect(parseUri(to(message).uri)).toEqual(requestUri(message));
    },
  },
  {
    name: 'ipv6-correct-abnf-2-colons',
    section: '4.10',
    verdict: 'accepted',
    check: (message) => expect(requestUri(message)).toMatchObject({ host: '2001:db8::192.0.2.1' }),
  },
];

tortureTests(5118, rows);

test('RFC 5118: all 12 messages are in the table', () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(12);
});
