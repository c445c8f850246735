import { joinMultipart, HeaderFields, parseSdp, serializeSdp } from '@restante/sip';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composePullBody, MalformedPullBody, pullBodyTypes, readPullBody } from '../src/pull-body.ts';
import { composePullOffer } from '../src/pull-sdp.ts';
import { pullActions, type PullEntry, writePullList } from '../src/resource-list.ts';
import { crlf, octets, textOf, thrownBy } from './support/text.ts';

const offer = composePullOffer({ host: '192.0.2.23', sessionId: 'p4Kd0vQe8s' });
const sdp = serializeSdp(offer);
const entries: readonly PullEntry[] = [
  { uri: 'sip:dm-1@pf.home.example', action: 'deliver' },
  { uri: 'sip:dm-2@pf.home.example', action: 'delete' },
];
const list = textOf(writePullList(entries));
const mixed = 'multipart/mixed;boundary=b';

type Part = readonly [headers: readonly (readonly [string, string])[], body: string];

const sdpPart: Part = [[['Content-Type', 'application/sdp']], sdp];
const listHeaders = [
  ['Content-Type', 'application/resource-lists+xml'],
  ['Content-Disposition', 'recipient-list'],
] as const;
const listPart: Part = [listHeaders, list];

function body(...parts: readonly Part[]) {
  return joinMultipart(
    parts.map(([headers, body]) => ({ headers: HeaderFields.of(headers), body: octets(body) })),
    'b',
  );
}

/** The same list with another Content-Type, Content-Disposition or body. */
function listAs(type: string | undefined, disposition: string | undefined, xml = list): Part {
  const headers: [string, string][] = [];
  if (type !== undefined) headers.push(['Content-Type', type]);
  if (disposition !== undefined) headers.push(['Content-Disposition', disposition]);
  return [headers, xml];
}

function fault(type: string | undefined, bytes: Uint8Array, disposition?: string) {
  return thrownBy(MalformedPullBody, () => readPullBody(type, disposition, bytes));
}

function encoded(name: string, [headers, text]: Part, content = text): Part {
  return [[...headers, ['Content-Transfer-Encoding', name]], content];
}

const base64 = ([, text]: Part) => btoa(text).replaceAll(/.{76}/g, '$&\r\n');

describe('PF-9: reading', () => {
  test('CL-6: an offer alone means everything', () => {
    expect(readPullBody('application/sdp', undefined, octets(sdp))).toEqual({ offer, list: undefined });
    expect(
      readPullBody('Application/SDP;charset=utf-8', 'session;handling=required', octets(sdp)).list,
    ).toBeUndefined();
  });

  test('RFC 5366 3: offer and list in any order', () => {
    expect(readPullBody(mixed, undefined, body(sdpPart, listPart))).toEqual({ offer, list: entries });
    expect(readPullBody(mixed, undefined, body(listPart, sdpPart))).toEqual({ offer, list: entries });
  });

  test('PF-9: a list of all four actions, as a foreign client writes it', () => {
    const sample = crlf(`--bd1
Content-Type: application/sdp

v=0
o=- 3981 1 IN IP4 192.0.2.23
s=-
c=IN IP4 192.0.2.23
t=0 0
m=message 9 TCP/MSRP *
a=path:msrp://192.0.2.23:9/p4Kd0vQe8s;tcp
a=setup:active
a=accept-types:message/cpim
a=recvonly

--bd1
content-type: application/resource-lists+xml
CONTENT-DISPOSITION: Recipient-List; handling=required

<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
  <list>
    <entry uri="sip:dm-8f2c41d07a@pf.home.example?cpm_action=deliver"/>
    <entry uri="sip:dm-11b95ce3f4@pf.home.example?cpm_action=delete"/>
    <entry uri="sip:dm-5a0e77b9c2@pf.home.example?cpm_action=store"/>
    <entry uri="sip:dm-e6d1380fa5@pf.home.example?cpm_action=interwork"/>
  </list>
</resource-lists>

--bd1--
`);
    const { list } = readPullBody('multipart/mixed;boundary="bd1"', undefined, sample);
    expect(list?.map(({ action }) => action)).toEqual(['deliver', 'delete', 'store', 'interwork']);
  });

  test('D-2: an empty list is a list, not everything', () => {
    const empty = textOf(writePullList([]));
    expect(readPullBody(mixed, undefined, body(sdpPart, [listHeaders, empty])).list).toEqual([]);
  });

  test('a list without a disposition is a list all the same', () => {
    const part = listAs('application/resource-lists+xml', undefined);
    expect(readPullBody(mixed, undefined, body(sdpPart, part)).list).toEqual(entries);
  });

  test('RFC 2045 6: parts with a transfer encoding, and D-3: none that is not known', () => {
    const parts = [
      encoded('base64', sdpPart, base64(sdpPart)),
      encoded('Base64', listPart, base64(listPart)),
    ];
    expect(readPullBody(mixed, undefined, body(...parts))).toEqual({ offer, list: entries });
    for (const part of [encoded('uuencode', listPart), encoded('base64', listPart)])
      expect(fault(mixed, body(sdpPart, part)).status).toBe(400);
  });

  test('RFC 3261 20.11: a part that may be ignored is', () => {
    const optional: Part = [
      [
        ['Content-Type', 'text/html'],
        ['Content-Disposition', 'render;handling=optional'],
      ],
      'hello',
    ];
    expect(readPullBody(mixed, undefined, body(optional, sdpPart, listPart)).list).toEqual(entries);
  });

  test('parts within a part are parts', () => {
    const inner: Part = [
      [['Content-Type', mixed.replace('=b', '=c')]],
      textOf(body(sdpPart, listPart)).replaceAll('--b', '--c'),
    ];
    expect(readPullBody(mixed, undefined, body(inner)).list).toEqual(entries);
  });
});

describe('D-3: refusing', () => {
  const resourceLists = 'application/resource-lists+xml';
  const broken = '<?xml version="1.0"?><resource-lists';
  const noAction = list.replace('?cpm_action=delete', '');
  const twice = list.replace('dm-2', 'dm-1');
  const rows: readonly [
    name: string,
    type: string | undefined,
    bytes: Uint8Array,
    status: 400 | 415,
    text: RegExp,
  ][] = [
    ['no body', undefined, octets(''), 400, /No SDP offer/],
    ['no Content-Type', undefined, octets(sdp), 400, /Content-Type: missing/],
    ['a broken Content-Type', 'application', octets(sdp), 400, /Content-Type/],
    ['another type', 'text/plain', octets('hello'), 415, /Body of type text\/plain/],
    ['a list alone', resourceLists, octets(list), 400, /No SDP offer/],
    ['broken SDP', 'application/sdp', octets('v=1'), 400, /SDP/],
    [
      'SDP with a bare CR',
      'application/sdp',
      octets(sdp.replace('t=0 0', 't=0\r0')),
      400,
      /SDP: control character/,
    ],
    ['no boundary', 'multipart/mixed', body(sdpPart), 400, /boundary/],
    ['another boundary', 'multipart/mixed;boundary=x', body(sdpPart, listPart), 400, /multipart/],
    ['an end cut off', mixed, body(sdpPart, listPart).slice(0, -10), 400, /multipart/],
    ['a list without an offer', mixed, body(listPart), 400, /No SDP offer/],
    ['two offers', mixed, body(sdpPart, sdpPart, listPart), 400, /Two SDP offers/],
    ['two lists', mixed, body(sdpPart, listPart, listPart), 400, /Two URI lists/],
    [
      'a list of another type',
      mixed,
      body(sdpPart, listAs('text/plain', 'recipient-list')),
      415,
      /URI list of type text\/plain/,
    ],
    [
      'a list without a type',
      mixed,
      body(sdpPart, listAs(undefined, 'recipient-list')),
      415,
      /URI list of type/,
    ],
    [
      'another disposition',
      mixed,
      body(sdpPart, listAs(resourceLists, 'render')),
      400,
      /Content-Disposition render/,
    ],
    [
      'an optional list',
      mixed,
      body(sdpPart, listAs(resourceLists, 'render;handling=optional')),
      400,
      /Content-Disposition render/,
    ],
    [
      'a further part',
      mixed,
      body(sdpPart, listPart, [[['Content-Type', 'text/html']], 'x']),
      415,
      /Body of type text\/html/,
    ],
    [
      'SDP of another disposition',
      mixed,
      body([[...sdpPart[0], ['Content-Disposition', 'render']], sdp], listPart),
      400,
      /render/,
    ],
    ['a broken list', mixed, body(sdpPart, listAs(resourceLists, 'recipient-list', broken)), 400, /./],
    [
      'an entry without an action',
      mixed,
      body(sdpPart, listAs(resourceLists, 'recipient-list', noAction)),
      400,
      /without cpm_action: sip:dm-2@/,
    ],
    [
      'two actions for one message',
      mixed,
      body(sdpPart, listAs(resourceLists, 'recipient-list', twice)),
      400,
      /both deliver and delete/,
    ],
  ];
  for (const [name, type, bytes, status, text] of rows)
    test(`${name}: ${status}`, () => {
      const error = fault(type, bytes);
      expect(error.message).toMatch(text);
      expect(error.status).toBe(status);
    });

  test('the entry at fault is named', () => {
    expect(fault(mixed, body(sdpPart, listAs(resourceLists, 'recipient-list', noAction))).entry).toBe(
      'sip:dm-2@pf.home.example',
    );
  });

  test('the disposition of a body of one part counts too', () => {
    expect(fault('application/sdp', octets(sdp), 'early-session').message).toMatch(/early-session/);
    expect(fault('application/sdp', octets(sdp), '"').status).toBe(400);
    expect(fault('application/sdp\0', octets(sdp)).status).toBe(400);
  });

  test('limits are those of the list', () => {
    expect(
      thrownBy(MalformedPullBody, () =>
        readPullBody(mixed, undefined, body(sdpPart, listPart), { maxEntries: 1 }),
      ).message,
    ).toMatch(/more than 1 entries/);
  });

  test('what is accepted is listed for Accept', () => {
    expect(pullBodyTypes).toEqual(['application/sdp', 'application/resource-lists+xml', 'multipart/mixed']);
  });

  test('any octets of any type: a body or MalformedPullBody, nothing else', () => {
    const type = fc.constantFrom(
      undefined,
      'application/sdp',
      mixed,
      'multipart/mixed',
      'multipart/related;boundary=b',
      'x',
    );
    const piece = fc.constantFrom(
      '--b\r\n',
      '--b--',
      '\r\n\r\n',
      'Content-Type: application/sdp\r\n',
      `Content-Type: ${resourceLists}\r\n`,
      sdp,
      list,
      'v=0\r\n',
    );
    const soup = fc
      .array(fc.oneof({ weight: 4, arbitrary: piece }, fc.string({ unit: 'binary' })))
      .map((pieces) => octets(pieces.join('')));
    fc.assert(
      fc.property(type, soup, (type, bytes) => {
        try {
          readPullBody(type, undefined, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedPullBody);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('CL-6: composing', () => {
  test('without a list the offer is the body', () => {
    const { contentType, body } = composePullBody(offer);
    expect(contentType).toBe('application/sdp');
    expect(parseSdp(textOf(body))).toEqual(offer);
  });

  test('with a list, also an empty one, both are parts', () => {
    const { contentType, body } = composePullBody(offer, []);
    expect(contentType).toBe('multipart/mixed;boundary="cpm-pull"');
    expect(readPullBody(contentType, undefined, body)).toEqual({ offer, list: [] });
  });

  test('the boundary stands in no part, whatever a message-URI-ID holds', () => {
    const entry = fc.record({
      uri: fc.stringMatching(/^sip:[a-z-]{0,20}(--cpm-pull(-1)?)?@pf$/),
      action: fc.constantFrom(...pullActions),
    });
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: ({ uri }) => uri }), (entries) => {
        const { contentType, body } = composePullBody(offer, entries);
        expect(readPullBody(contentType, undefined, body)).toEqual({ offer, list: entries });
      }),
    );
  });
});
