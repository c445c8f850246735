import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composeCpim } from '../src/cpim-writer.ts';
import { parseCpim, cpimAddress, cpimAddresses, cpimNamespaces, imdnHeader } from '../src/cpim.ts';
import { type ImdnStatus, MalformedImdn, parseImdn, serializeImdn } from '../src/imdn-document.ts';
import { composeImdn, isAnonymous, isComposing, isImdn, readImdnRequest } from '../src/imdn.ts';
import { crlf, octets, textOf, thrownBy } from './support/text.ts';

const namespace = 'urn:ietf:params:xml:ns:imdn';
const date = Date.UTC(2026, 2, 2, 9, 20, 2);

function about(...rows: readonly string[]) {
  return parseCpim(
    crlf(
      `From: "Alice" <sip:+15550100@home.example>\nTo: <tel:+15550123>\nDateTime: 2026-03-01T09:20:02+01:00\n` +
        `NS: imdn <urn:ietf:params:imdn>\n${rows.join('\n')}\n\nContent-Type: text/plain\n\nhello`,
    ),
  );
}

const asked = about(
  'imdn.Message-ID: Zk3qTn81sWb0',
  'imdn.Disposition-Notification: positive-delivery, negative-delivery',
);

function requestOf(cpim = asked) {
  const request = readImdnRequest(cpim);
  if (request === undefined) throw new Error('no request');
  return request;
}

describe('RFC 5438 6: what a message asks for', () => {
  test('Message-ID, Disposition-Notification and the addresses', () => {
    expect(requestOf()).toEqual({
      messageId: 'Zk3qTn81sWb0',
      dispositions: new Set(['positive-delivery', 'negative-delivery']),
      from: 'sip:+15550100@home.example',
      to: 'tel:+15550123',
      dateTime: '2026-03-01T09:20:02+01:00',
      recordRoutes: [],
    });
  });

  test('6.2: any order, several rows, CPM interworking; unknown words are ignored', () => {
    const cpim = about(
      'imdn.Message-ID: 1',
      'imdn.Disposition-Notification: Display,interworking,',
      'imdn.Disposition-Notification: processing, x-unknown',
    );
    expect(requestOf(cpim).dispositions).toEqual(new Set(['display', 'interworking', 'processing']));
  });

  test('a message that asks for nothing has an empty set; one without Message-ID or From cannot be reported on', () => {
    expect(requestOf(about('imdn.Message-ID: 1')).dispositions).toEqual(new Set());
    expect(readImdnRequest(about('imdn.Disposition-Notification: display'))).toBeUndefined();
    expect(
      readImdnRequest(parseCpim(crlf('NS: i <urn:ietf:params:imdn>\ni.Message-ID: 1\nTo: <sip:a@b>\n\n'))),
    ).toBeUndefined();
  });

  test('6.1: the prefix is any, its namespace decides', () => {
    const cpim = about(
      'NS: x <urn:ietf:params:imdn>',
      'NS: imdn <urn:other>',
      'x.Message-ID: 1',
      'imdn.Message-ID: 2',
    );
    expect(requestOf(cpim).messageId).toBe('1');
  });

  test('8: Record-Routes in their order, Original-To', () => {
    const cpim = about(
      'imdn.Message-ID: 1',
      'imdn.IMDN-Record-Route: <sip:second.example>',
      'imdn.IMDN-Record-Route: <sip:first.example>',
      'imdn.Original-To: <sip:list@home.example>',
    );
    expect(requestOf(cpim)).toMatchObject({
      recordRoutes: ['sip:second.example', 'sip:first.example'],
      originalTo: 'sip:list@home.example',
    });
  });
});

describe('RFC 5438 11: the document', () => {
  const full = {
    messageId: '34jk324j',
    dateTime: '2008-04-04T12:16:49-05:00',
    recipientUri: 'im:bob@example.com',
    originalRecipientUri: 'im:bob@example.com',
    subject: 'a <b> & c',
    report: { kind: 'delivery', status: 'failed' },
  } as const;

  test('is written without white space, in the order of the schema', () => {
    expect(textOf(serializeImdn(full))).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<imdn xmlns="${namespace}"><message-id>34jk324j</message-id>` +
        '<datetime>2008-04-04T12:16:49-05:00</datetime><recipient-uri>im:bob@example.com</recipient-uri>' +
        '<original-recipient-uri>im:bob@example.com</original-recipient-uri><subject>a &lt;b&gt; &amp; c</subject>' +
        '<delivery-notification><status><failed/></status></delivery-notification></imdn>',
    );
  });

  test('11.1: the two recipient URIs come together or not at all', () => {
    const { originalRecipientUri: _, ...alone } = full;
    expect(textOf(serializeImdn(alone))).not.toContain('recipient-uri');
  });

  const reports: readonly ImdnStatus[] = [
    ...(['delivered', 'failed', 'forbidden', 'error'] as const).map(
      (status) => ({ kind: 'delivery', status }) as const,
    ),
    ...(['displayed', 'forbidden', 'error'] as const).map((status) => ({ kind: 'display', status }) as const),
    ...(['processed', 'stored', 'forbidden', 'error'] as const).map(
      (status) => ({ kind: 'processing', status }) as const,
    ),
  ];
  for (const report of reports)
    test(`7.2.1.1: ${report.kind} ${report.status} is written and read`, () => {
      expect(parseImdn(serializeImdn({ ...full, report }))).toEqual({ ...full, report });
    });

  test('prefixes, white space, other order and unknown elements are taken', () => {
    const xml = `<?xml version="1.0"?><i:imdn xmlns:i="${namespace}" xmlns:x="urn:x"><x:a>1</x:a>
      <i:display-notification><x:b/><i:status> <i:displayed/> <x:c/></i:status></i:display-notification>
      <i:unknown/><i:message-id> 7 </i:message-id></i:imdn>`;
    expect(parseImdn(octets(xml))).toEqual({
      messageId: '7',
      report: { kind: 'display', status: 'displayed' },
    });
  });

  const broken: readonly [name: string, xml: string, message: RegExp][] = [
    ['another root', '<a/>', /root element a/],
    [
      'no message-id',
      `<imdn xmlns="${namespace}"><delivery-notification><status><failed/></status></delivery-notification></imdn>`,
      /no message-id/,
    ],
    ['an empty message-id', '<imdn><message-id/></imdn>', /no message-id/],
    ['no notification', '<imdn><message-id>1</message-id></imdn>', /no delivery, display or processing/],
    ['no status', '<imdn><message-id>1</message-id><display-notification/></imdn>', /display status missing/],
    [
      'a status of another kind',
      '<imdn><message-id>1</message-id><display-notification><status><failed/></status></display-notification></imdn>',
      /display status failed/,
    ],
    ['no XML', 'x', /IMDN: /],
    ['a DTD', '<!DOCTYPE a><imdn/>', /document type/],
  ];
  for (const [name, xml, message] of broken)
    test(`refuses ${name}`, () => {
      expect(thrownBy(MalformedImdn, () => parseImdn(octets(xml))).message).toMatch(message);
    });

  test('any octets: a document or MalformedImdn', () => {
    const part = fc.constantFrom(
      '<imdn>',
      '<message-id>',
      '</message-id>',
      '<status>',
      '<failed/>',
      '<delivery-notification>',
      '</imdn>',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string({ unit: 'binary' }))), (parts) => {
        try {
          parseImdn(octets(parts.join('')));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedImdn);
        }
      }),
    );
  });
});

describe('PF-21: RFC 5438 7.2.1.1 and 8: the notification', () => {
  const failed = { kind: 'delivery', status: 'failed' } as const;

  test('goes back to the sender, octet by octet', () => {
    const { to, recipient, body } = composeImdn({
      about: requestOf(),
      report: failed,
      messageId: 'pf77Qc20aLr9',
      date,
    });
    expect([to, recipient]).toEqual(['sip:+15550100@home.example', 'sip:+15550100@home.example']);
    const document =
      `<?xml version="1.0" encoding="UTF-8"?>\n<imdn xmlns="${namespace}"><message-id>Zk3qTn81sWb0</message-id>` +
      '<datetime>2026-03-01T09:20:02+01:00</datetime><recipient-uri>tel:+15550123</recipient-uri>' +
      '<original-recipient-uri>tel:+15550123</original-recipient-uri><delivery-notification><status><failed/></status>' +
      '</delivery-notification></imdn>';
    const head = `From: <tel:+15550123>
To: <sip:+15550100@home.example>
DateTime: 2026-03-02T09:20:02Z
NS: imdn <urn:ietf:params:imdn>
imdn.Message-ID: pf77Qc20aLr9

Content-Type: message/imdn+xml
Content-Disposition: notification
Content-Length: ${document.length}

`;
    expect(textOf(body)).toBe(textOf(crlf(head)) + document);
  });

  test('8: Record-Routes come back as Routes in their order, and the top one is the next hop', () => {
    const routed = about(
      'imdn.Message-ID: 1',
      'imdn.IMDN-Record-Route: <sip:b>',
      'imdn.IMDN-Record-Route: <sip:a>',
    );
    const { to, recipient, body } = composeImdn({
      about: requestOf(routed),
      report: failed,
      messageId: '2',
      date,
    });
    const cpim = parseCpim(body);
    expect([to, recipient]).toEqual(['sip:b', 'sip:+15550100@home.example']);
    expect(cpimAddresses(cpim, 'IMDN-Route', cpimNamespaces.imdn)).toEqual([
      { uri: 'sip:b' },
      { uri: 'sip:a' },
    ]);
    expect(imdnHeader(cpim, 'IMDN-Record-Route')).toBeUndefined();
    expect(cpimAddress(cpim, 'To')).toEqual({ uri: 'sip:+15550100@home.example' });
  });

  test('never asks for a notification itself, and says so by its disposition', () => {
    const cpim = parseCpim(composeImdn({ about: requestOf(), report: failed, messageId: '2', date }).body);
    expect(imdnHeader(cpim, 'Disposition-Notification')).toBeUndefined();
    expect(readImdnRequest(cpim)?.dispositions).toEqual(new Set());
    expect(cpim.content.headers.get('Content-Disposition')).toBe('notification');
    expect(isImdn(cpim)).toBe(true);
  });

  test('Original-To is the original recipient; the pair can be left out; the reporter can be another', () => {
    const list = about('imdn.Message-ID: 1', 'imdn.Original-To: <sip:list@home.example>');
    const draft = { about: requestOf(list), report: failed, messageId: '2', date };
    const read = (extra: object) => parseCpim(composeImdn({ ...draft, ...extra }).body);
    expect(parseImdn(read({}).content.body)).toMatchObject({
      recipientUri: 'tel:+15550123',
      originalRecipientUri: 'sip:list@home.example',
    });
    expect(parseImdn(read({ withRecipient: false }).content.body).recipientUri).toBeUndefined();
    expect(cpimAddress(read({ from: 'sip:bob@home.example' }), 'From')).toEqual({
      uri: 'sip:bob@home.example',
    });
  });

  test('a message without DateTime is reported on with the time of the report', () => {
    const { dateTime: _, ...undated } = requestOf();
    const cpim = parseCpim(composeImdn({ about: undated, report: failed, messageId: '2', date }).body);
    expect(parseImdn(cpim.content.body).dateTime).toBe('2026-03-02T09:20:02Z');
  });

  test('RFC 3428 8: the body of a negative notification stays below 700 octets', () => {
    const routed = about('imdn.Message-ID: Zk3qTn81sWb0', 'imdn.IMDN-Record-Route: <sip:opf.orig.example>');
    const { body } = composeImdn({
      about: requestOf(routed),
      report: failed,
      messageId: 'pf77Qc20aLr9',
      date,
    });
    expect(body.length).toBeLessThan(700);
  });
});

function withContent(contentType: string) {
  const draft = { from: { uri: 'sip:a@b' }, to: { uri: 'sip:c@d' }, date, messageId: '1' };
  return parseCpim(composeCpim({ ...draft, contentType, body: octets('x') }));
}

describe('D-15: what is never deferred', () => {
  test('disposition notifications', () => {
    expect(isImdn(withContent('Message/IMDN+XML; charset=utf-8'))).toBe(true);
    expect(isImdn(withContent('text/plain'))).toBe(false);
    expect(isImdn(parseCpim(crlf('From: <sip:a@b>\n\n\nx')))).toBe(false);
  });

  test('RFC 3994: is-composing, alone and in a CPIM', () => {
    expect(isComposing('Application/im-isComposing+xml;charset=utf-8')).toBe(true);
    expect(isComposing(withContent('application/im-iscomposing+xml'))).toBe(true);
    expect(isComposing('text/plain')).toBe(false);
  });

  test('RFC 3323: nothing goes back to an anonymous sender', () => {
    for (const uri of [
      'sip:anonymous@anonymous.invalid',
      'SIP:x@ANONYMOUS.INVALID;user=phone',
      '<sip:anonymous@anonymous.invalid>',
    ])
      expect(isAnonymous(uri)).toBe(true);
    for (const uri of ['sip:anonymous@home.example', 'tel:+1', 'sip:a@b;x=@anonymous.invalid'])
      expect(isAnonymous(uri)).toBe(false);
  });
});
