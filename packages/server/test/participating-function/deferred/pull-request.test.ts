import { composePullBody, composePullOffer } from '@restante/cpm';
import type { PullEntry } from '@restante/cpm';
import { HeaderFields, SipRejection } from '@restante/sip';
import type { SipRequest } from '@restante/sip';
import { describe, expect, test } from 'vitest';
import {
  acceptOffer,
  noDeferredMessages,
  readPullInvite,
} from '../../../src/participating-function/deferred/pull-request.ts';
import { bob, settings } from './values.ts';

const offer = composePullOffer({ host: '192.0.2.23', sessionId: 'p4Kd0vQe8s' });
const encoder = new TextEncoder();

interface InviteParts {
  readonly contentType?: string;
  readonly body?: Uint8Array;
  readonly contact?: string;
  readonly extra?: readonly (readonly [string, string])[];
}

function anInvite(parts: InviteParts = {}): SipRequest {
  const composed = composePullBody(offer);
  const {
    contentType = composed.contentType,
    body = composed.body,
    contact = '<sip:bob@192.0.2.23>',
  } = parts;
  return {
    kind: 'request',
    method: 'INVITE',
    uri: settings.managementUri,
    headers: HeaderFields.of([
      ['From', `<${bob}>;tag=p1`],
      ['To', `<${settings.managementUri}>`],
      ['Call-ID', 'pull-1@192.0.2.23'],
      ['CSeq', '7 INVITE'],
      ['Contact', contact],
      ['Content-Type', contentType],
      ...(parts.extra ?? []),
    ]),
    body,
  };
}

function withList(...entries: readonly PullEntry[]): SipRequest {
  return anInvite(composePullBody(offer, entries));
}

function withXml(
  list: string,
  { type = 'application/resource-lists+xml', disposition = 'recipient-list' } = {},
): SipRequest {
  const text = `--bd1
Content-Type: application/sdp

v=0
o=- 1 1 IN IP4 192.0.2.23
s=-
c=IN IP4 192.0.2.23
t=0 0
m=message 9 TCP/MSRP *
a=path:msrp://192.0.2.23:9/x;tcp
a=setup:active
a=accept-types:message/cpim
a=recvonly

--bd1
Content-Type: ${type}
Content-Disposition: ${disposition}

<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>${list}</list></resource-lists>
--bd1--
`;
  return anInvite({
    contentType: 'multipart/mixed;boundary=bd1',
    body: encoder.encode(text.replaceAll('\n', '\r\n')),
  });
}

const read = (request: SipRequest) => readPullInvite(request, bob, settings);
const entry = (id: string, action: PullEntry['action']): PullEntry => ({
  uri: `sip:${id}@pf.example.com`,
  action,
});

function refusal(act: () => unknown): { status: number; headers: readonly (readonly [string, string])[] } {
  try {
    act();
  } catch (error) {
    if (error instanceof SipRejection) return { status: error.status, headers: error.headers };
    throw error;
  }
  throw new Error('not refused');
}

describe('what is asked for', () => {
  test('PF-15: without a list everything is to be delivered', () => {
    expect(read(anInvite()).pull).toEqual({
      key: 'pull-1@192.0.2.23 p1 7',
      user: bob,
      actions: 'deliver-all',
      device: { contact: 'sip:bob@192.0.2.23' },
    });
  });

  test('CL-7: an action for each entry', () => {
    const { actions } = read(withList(entry('dm-1', 'deliver'), entry('dm-2', 'delete'))).pull;
    expect(actions).toEqual(
      new Map([
        ['dm-1', 'deliver'],
        ['dm-2', 'delete'],
      ]),
    );
  });

  test('D-2: an empty list names nothing', () => {
    expect(read(withXml('')).pull.actions).toEqual(new Map());
  });

  test('D-1: names that are not of our making are unknown', () => {
    const foreign = [
      'sip:dm-1@other.example',
      'sip:dm-1@pf.example.com:5070',
      'sips:dm-1@pf.example.com',
      'sip:pf.example.com',
      'tel:+15550100',
      'im:dm-1@pf.example.com',
      `sip:${'x'.repeat(200)}@pf.example.com`,
    ].map((uri): PullEntry => ({ uri, action: 'delete' }));
    expect(read(withList(...foreign, entry('dm-2', 'delete'))).pull.actions).toEqual(
      new Map([['dm-2', 'delete']]),
    );
  });

  test('D-3: the same instruction twice counts once, also in two spellings', () => {
    const twice = `<entry uri="sip:dm-1@pf.example.com?cpm_action=delete"/><entry uri="sip:dm-1@PF.example.com?cpm_action=delete"/>`;
    expect(read(withXml(twice)).pull.actions).toEqual(new Map([['dm-1', 'delete']]));
  });

  test('D-6: the key is that of the INVITE, whatever its branch', () => {
    const again = anInvite({ extra: [['Via', 'SIP/2.0/UDP 192.0.2.23;branch=z9hG4bKother']] });
    expect(read(again).pull.key).toBe(read(anInvite()).pull.key);
  });

  test.each([
    [
      'a GRUU',
      '<sip:bob@example.com;gr=urn:uuid:1>;+sip.instance="<urn:uuid:1>"',
      'gruu',
      'sip:bob@example.com;gr=urn:uuid:1',
    ],
    ['an instance', '<sip:bob@192.0.2.23>;+sip.instance="<urn:uuid:1>"', 'instance', '<urn:uuid:1>'],
    ['the contact alone', '<sip:bob@192.0.2.23:5070>', 'contact', 'sip:bob@192.0.2.23:5070'],
  ] as const)('D-8: the device is known by %s', (_name, contact, field, value) => {
    expect(read(anInvite({ contact })).pull.device[field]).toBe(value);
  });
});

describe('what is refused before anything is done', () => {
  const uri = 'sip:dm-1@pf.example.com';
  const rows: readonly [string, SipRequest, number, RegExp][] = [
    ['D-3: no XML', withXml('<entry'), 400, /^399 pf\.example\.com "/],
    ['D-3: an entry without an action', withXml(`<entry uri="${uri}"/>`), 400, /dm-1/],
    ['D-3: an unknown action', withXml(`<entry uri="${uri}?cpm_action=burn"/>`), 400, /burn.*dm-1/],
    [
      'D-3: two actions for one message',
      withList(entry('dm-1', 'deliver'), entry('dm-1', 'delete')),
      400,
      /dm-1/,
    ],
    [
      'D-3: two actions in two spellings',
      withXml(
        `<entry uri="${uri}?cpm_action=deliver"/><entry uri="sip:dm-1@PF.EXAMPLE.com?cpm_action=delete"/>`,
      ),
      400,
      /both deliver and delete/,
    ],
    ['D-3: broken multipart', anInvite({ contentType: 'multipart/mixed;boundary=none' }), 400, /multipart/],
    ['D-3: another disposition', withXml('', { disposition: 'render' }), 400, /render/],
    ['D-3: another type', withXml('', { type: 'application/json' }), 415, /json/],
    ['D-3: no offer', anInvite({ body: new Uint8Array() }), 400, /SDP/],
    ['D-3: an unknown body', anInvite({ contentType: 'text/html' }), 415, /text\/html/],
    [
      'D-3: too many entries',
      withList(...Array.from({ length: 101 }, (_, n) => entry(`dm-${n}`, 'deliver'))),
      400,
      /100/,
    ],
    [
      'D-12: store, which is not there',
      withList(entry('dm-1', 'deliver'), entry('dm-2', 'store')),
      488,
      /dm-2.*store/,
    ],
    ['D-12: interwork, which is not there', withList(entry('dm-2', 'interwork')), 488, /dm-2.*interworking/],
    ['D-8: two Contacts are none', anInvite({ contact: '*' }), 400, /Contact/],
  ];
  test.each(rows)('%s', (_name, request, status, text) => {
    const refused = refusal(() => read(request));
    expect(refused.status).toBe(status);
    const warning = refused.headers.find(([name]) => name === 'Warning')?.[1] ?? '';
    expect(warning).toMatch(text);
    expect(warning).not.toContain('125');
    if (status === 415)
      expect(refused.headers).toContainEqual([
        'Accept',
        'application/sdp, application/resource-lists+xml, multipart/mixed',
      ]);
  });

  test('D-3: an encoded body is refused with Accept-Encoding, and the Warning says why', () => {
    const refused = refusal(() => read(anInvite({ extra: [['Content-Encoding', 'gzip']] })));
    expect(refused).toEqual({
      status: 415,
      headers: [
        ['Accept-Encoding', 'identity'],
        ['Warning', '399 pf.example.com "The body of a pull has no Content-Encoding"'],
      ],
    });
  });

  test('RFC 3261 20.43: nothing in an entry breaks out of the Warning', () => {
    const refused = refusal(() =>
      read(withXml('<entry uri="sip:a&quot;&#233;@pf.example.com?cpm_action=store"/>')),
    );
    expect(refused.headers[0]?.[1]).toMatch(/^399 pf\.example\.com "[\x20-\x7e]*"$/);
  });
});

describe('the answer', () => {
  test('PF-10: nothing to manage is 488 with "125 No messages"', () => {
    const refused = refusal(() => {
      throw noDeferredMessages('pf.example.com');
    });
    expect(refused).toEqual({ status: 488, headers: [['Warning', '399 pf.example.com "125 No messages"']] });
  });

  test('D-3: an offer without MSRP is 488 with Warning 304', () => {
    const audio = {
      ...offer,
      media: [{ media: 'audio', port: 9, protocol: 'RTP/AVP', formats: ['0'], lines: [] }],
    };
    const refused = refusal(() => acceptOffer(audio, { host: 'pf.example.com', sessionId: 'x', port: 2855 }));
    expect(refused.status).toBe(488);
    expect(refused.headers[0]?.[1]).toMatch(/^304 pf\.example\.com "/);
  });
});
