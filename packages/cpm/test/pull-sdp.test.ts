import { parseSdp, serializeSdp } from '@restante/sip';
import { describe, expect, test } from 'vitest';
import { answerPullOffer, composePullOffer, PullOfferRejected } from '../src/pull-sdp.ts';
import { thrownBy } from './support/text.ts';

const here = { host: '198.51.100.5', port: 2855, sessionId: 'unused-77', originId: 77 };

function sdp(...lines: readonly string[]) {
  return lines.map((line) => `${line}\r\n`).join('');
}

const session = ['v=0', 'o=- 3981 1 IN IP4 192.0.2.23', 's=-', 'c=IN IP4 192.0.2.23', 't=0 0'];
const message = [
  'm=message 9 TCP/MSRP *',
  'a=path:msrp://192.0.2.23:9/p4Kd0vQe8s;tcp',
  'a=setup:active',
  'a=accept-types:message/cpim',
  'a=recvonly',
];

/** The answer to an offer of these lines, as text. */
function answer(...lines: readonly string[]) {
  return serializeSdp(answerPullOffer(parseSdp(sdp(...lines)), here));
}

/** The MSRP media of the sample, one of its lines changed. */
function changed(line: string, to: string) {
  return [...session, ...message.map((old) => (old === line ? to : old)).filter((kept) => kept !== '')];
}

describe('CL-5: the offer', () => {
  test('receives message/cpim over MSRP, line by line', () => {
    const offer = composePullOffer({ host: '192.0.2.23', sessionId: 'p4Kd0vQe8s', originId: 3981 });
    expect(serializeSdp(offer)).toBe(sdp(...session, ...message));
  });

  test('further types stand behind message/cpim', () => {
    const offer = composePullOffer({ host: '192.0.2.23', sessionId: 'x', acceptTypes: ['text/plain', '*'] });
    expect(serializeSdp(offer)).toContain('a=accept-types:message/cpim text/plain *\r\n');
  });

  test('an IPv6 address has brackets in the path only', () => {
    const text = serializeSdp(composePullOffer({ host: '2001:db8::1', sessionId: 'x' }));
    expect(text).toContain('c=IN IP6 2001:db8::1\r\n');
    expect(text).toContain('a=path:msrp://[2001:db8::1]:9/x;tcp\r\n');
  });

  test('is accepted by the answer', () => {
    const offer = composePullOffer({ host: '2001:db8::1', sessionId: 'x' });
    expect(answerPullOffer(offer, here).media[0]?.port).toBe(2855);
  });
});

describe('PF-11: the answer', () => {
  test('accepts the offer, line by line', () => {
    expect(answer(...session, ...message)).toBe(
      sdp(
        'v=0',
        'o=- 77 1 IN IP4 198.51.100.5',
        's=-',
        'c=IN IP4 198.51.100.5',
        't=0 0',
        'm=message 2855 TCP/MSRP *',
        'a=path:msrp://198.51.100.5:2855/unused-77;tcp',
        'a=setup:passive',
        'a=accept-types:message/cpim',
        'a=sendonly',
      ),
    );
  });

  test('TLS is answered by an msrps path', () => {
    const text = answer(...changed('m=message 9 TCP/MSRP *', 'm=message 9 TCP/TLS/MSRP *'));
    expect(text).toContain(
      'm=message 2855 TCP/TLS/MSRP *\r\na=path:msrps://198.51.100.5:2855/unused-77;tcp\r\n',
    );
  });

  test('RFC 3264 6: as many media as offered, the others with port 0; the times are those of the offer', () => {
    const audio = ['m=audio 4000 RTP/AVP 0', 'a=sendrecv'];
    const text = answer(...session.slice(0, 4), 't=1 2', ...audio, ...message, ...message);
    expect(text.match(/^[tm]=.*$/gm)).toEqual([
      't=1 2',
      'm=audio 0 RTP/AVP 0',
      'm=message 2855 TCP/MSRP *',
      'm=message 0 TCP/MSRP *',
    ]);
  });

  const accepted: readonly [name: string, lines: readonly string[]][] = [
    [
      'accept-types with others',
      changed('a=accept-types:message/cpim', 'a=accept-types:text/plain Message/CPIM'),
    ],
    ['accept-types *', changed('a=accept-types:message/cpim', 'a=accept-types:*')],
    ['sendrecv', changed('a=recvonly', 'a=sendrecv')],
    ['no direction, which is sendrecv', changed('a=recvonly', '')],
    ['recvonly in the session part', [...session, 'a=recvonly', ...message.slice(0, -1)]],
    ['no setup', changed('a=setup:active', '')],
    ['setup actpass', changed('a=setup:active', 'a=setup:actpass')],
    ['setup holdconn, which RFC 6135 ignores', changed('a=setup:active', 'a=setup:holdconn')],
  ];
  for (const [name, lines] of accepted)
    test(`accepts ${name}`, () => {
      const text = answer(...lines);
      expect(text).toContain('a=sendonly\r\n');
      expect(text).toContain('a=setup:passive\r\n');
    });

  test('RFC 4145 4.1: an offer that says passive is answered by active', () => {
    expect(answer(...changed('a=setup:active', 'a=setup:passive'))).toContain('a=setup:active\r\n');
  });

  test('of two MSRP media the one that fits is taken', () => {
    const sending = message.map((line) => (line === 'a=recvonly' ? 'a=sendonly' : line));
    expect(answer(...session, ...sending, ...message).match(/^m=.*$/gm)).toEqual([
      'm=message 0 TCP/MSRP *',
      'm=message 2855 TCP/MSRP *',
    ]);
  });
});

describe('PF-11: 488 with the Warning that fits', () => {
  const rejected: readonly [name: string, lines: readonly string[], code: 304 | 305, text: RegExp][] = [
    ['no media', session, 304, /No MSRP media/],
    ['audio only', [...session, 'm=audio 4000 RTP/AVP 0'], 304, /No MSRP media/],
    [
      'a message media that is not MSRP',
      changed('m=message 9 TCP/MSRP *', 'm=message 9 TCP/X *'),
      304,
      /No MSRP media/,
    ],
    ['MSRP with port 0', changed('m=message 9 TCP/MSRP *', 'm=message 0 TCP/MSRP *'), 304, /No MSRP media/],
    [
      'no accept-types',
      changed('a=accept-types:message/cpim', ''),
      305,
      /accept-types without message\/cpim/,
    ],
    [
      'other accept-types',
      changed('a=accept-types:message/cpim', 'a=accept-types:text/plain'),
      305,
      /accept-types/,
    ],
    ['sendonly', changed('a=recvonly', 'a=sendonly'), 305, /not recvonly/],
    ['inactive', changed('a=recvonly', 'a=inactive'), 305, /not recvonly/],
  ];
  for (const [name, lines, code, text] of rejected)
    test(`${name}: ${code}`, () => {
      const error = thrownBy(PullOfferRejected, () => answer(...lines));
      expect([error.status, error.warningCode]).toEqual([488, code]);
      expect(error.message).toMatch(text);
    });
});
