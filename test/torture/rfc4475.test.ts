import {
  accepts,
  contacts,
  contentType,
  cseq,
  callId,
  from,
  leafParts,
  maxForwards,
  parseCredentials,
  parseUri,
  routes,
  type SipMessage,
  to,
  tokens,
  topVia,
  vias,
} from '@restante/sip';
import { expect, test } from 'vitest';
import { type TortureRow, tortureTests } from './verdict.ts';

function contactsOf(message: SipMessage) {
  const found = contacts(message);
  return found === '*' ? [] : found;
}

function requestUri(message: SipMessage) {
  return parseUri(message.kind === 'request' ? message.uri : '');
}

const valid: readonly TortureRow[] = [
  {
    name: 'wsinv',
    section: '3.1.1.1',
    verdict: 'accepted',
    check(message) {
      expect(requestUri(message)).toMatchObject({ host: 'chair-dnrc.example.com', user: 'vivekg' });
      expect(vias(message).map(({ transport, host, branch }) => [transport, host, branch])).toEqual([
        ['UDP', '192.0.2.2', '390skdjuw'],
        ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
        ['UDP', '192.168.255.111', 'z9hG4bK30239'],
      ]);
      expect(from(message)).toMatchObject({ displayName: 'J Rosenberg \\"', uri: 'sip:jdrosen@example.com' });
      expect(from(message).parameters.get('tag')).toBe('98asjd8');
      expect(to(message).parameters.get('tag')).toBe('1918181833n');
      expect(cseq(message)).toEqual({ sequence: 9, method: 'INVITE' });
      expect(maxForwards(message)).toBe(68);
      expect(message.headers.get('Subject')).toBe('');
      expect(message.headers.get('NewFangledHeader')).toBe('newfangled value continued newfangled value');
      expect(message.headers.get('UnknownHeaderWithUnusualValue')).toBe(';;,,;;,;');
      expect(routes(message)[0]?.uri).toBe('sip:services.example.com;lr;unknownwith=value;unknown-no-value');
      const [contact] = contactsOf(message);
      expect(contact?.displayName).toBe('Quoted string ""');
      expect([...(contact?.parameters ?? [])]).toEqual([
        ['newparam', 'newvalue'],
        ['secondparam', true],
        ['q', '0.33'],
      ]);
      expect(message.body).toHaveLength(150);
    },
  },
  {
    name: 'intmeth',
    section: '3.1.1.2',
    verdict: 'accepted',
    check(message) {
      const method = "!interesting-Method0123456789_*+`.%indeed'~";
      expect(message).toMatchObject({ method });
      expect(cseq(message)).toEqual({ sequence: 139_122_385, method });
      expect(requestUri(message)).toMatchObject({
        user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
        password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
        host: 'example.com',
      });
      expect(to(message).displayName).toBe('BEL:\x07 NUL:\x00 DEL:\x7f');
      expect(from(message).displayName).toBe("token1~` token2'+_ token3*%!.-");
      expect(from(message).parameters.get("fromparam''~+*_!.-%")).toBe('работающий');
      expect(callId(message)).toBe('intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{');
      expect(message.headers.get("extensionHeader-!.%*+_`'~")).toBe('\ufeff大停電');
      expect(topVia(message).branch).toBe("z9hG4bK-.!%66*_+`'~");
    },
  },
  {
    name: 'esc01',
    section: '3.1.1.3',
    verdict: 'accepted',
    check(message) {
      expect(requestUri(message)).toMatchObject({ user: 'sips:user@example.com', host: 'example.net' });
      expect(parseUri(to(message).uri)).toMatchObject({ user: 'user' });
      expect(parseUri(from(message).uri)).toMatchObject({ user: 'I have spaces' });
      const contact = parseUri(contactsOf(message)[0]?.uri ?? '');
      expect(contact).toMatchObject({ user: 'caller' });
      expect(contact.kind === 'sip' && [...contact.parameters]).toEqual([
        ['lr', true],
        ['name', 'value%41'],
      ]);
    },
  },
  {
    name: 'escnull',
    section: '3.1.1.4',
    verdict: 'accepted',
    check(message) {
      expect(parseUri(to(message).uri)).toMatchObject({ user: 'null-\0-null' });
      expect(contactsOf(message).map(({ uri }) => parseUri(uri))).toMatchObject([
        { user: '\0' },
        { user: '\0\0' },
      ]);
    },
  },
  {
    name: 'esc02',
    section: '3.1.1.5',
    verdict: 'accepted',
    above: 'the method is not REGISTER: 501 or 405 by the user agent core',
    check(message) {
      expect(message).toMatchObject({ method: 'RE%47IST%45R' });
      expect(contactsOf(message).map(({ uri }) => uri)).toEqual([
        'sip:alias1@host1.example.com',
        'sip:alias3@host3.example.com',
      ]);
      expect(to(message).displayName).toBe('%Z%45');
      expect(message.headers.get('C%6Fntact')).toBe('<sip:alias2@host2.example.com>');
    },
  },
  {
    name: 'lwsdisp',
    section: '3.1.1.6',
    verdict: 'accepted',
    check: (message) =>
      expect(from(message)).toMatchObject({ displayName: 'caller', uri: 'sip:caller@example.com' }),
  },
  {
    name: 'longreq',
    section: '3.1.1.7',
    verdict: 'accepted',
    check(message) {
      expect(vias(message)).toHaveLength(34);
      expect(vias(message).at(-1)?.received).toBe('192.0.2.5');
      expect(from(message).parameters.get('tag')).toHaveLength(155);
      expect(contentType(message)?.name).toBe('application/sdp');
    },
  },
  {
    name: 'dblreq',
    section: '3.1.1.8',
    verdict: 'accepted',
    check: (message) => expect([message.body.length, message.kind]).toEqual([0, 'request']),
  },
  {
    name: 'semiuri',
    section: '3.1.1.9',
    verdict: 'accepted',
    check(message) {
      expect(requestUri(message)).toMatchObject({ user: 'user;par=u@example.net', host: 'example.com' });
      expect(accepts(message)?.map(({ name }) => name)).toEqual([
        'application/sdp',
        'application/pkcs7-mime',
        'multipart/mixed',
        'multipart/signed',
        'message/sip',
        'message/sipfrag',
      ]);
    },
  },
  {
    name: 'transports',
    section: '3.1.1.10',
    verdict: 'accepted',
    check: (message) =>
      expect(vias(message).map(({ transport }) => transport)).toEqual([
        'UDP',
        'SCTP',
        'TLS',
        'UNKNOWN',
        'TCP',
      ]),
  },
  {
    name: 'mpart01',
    section: '3.1.1.11',
    verdict: 'accepted',
    check(message) {
      const [text, binary] = leafParts(message);
      expect(new TextDecoder().decode(text?.body)).toBe('Hello');
      expect(contentType(binary ?? message)?.name).toBe('application/octet-stream');
      expect(binary?.body.subarray(0, 4)).toEqual(Uint8Array.of(0x30, 0x82, 0x01, 0x52));
      expect(binary?.body).toHaveLength(0x152 + 4);
    },
  },
  {
    name: 'unreason',
    section: '3.1.1.12',
    verdict: 'accepted',
    check: (message) =>
      expect(message).toMatchObject({ reason: '= 2**3 * 5**2 но сто девяносто девять - простое' }),
  },
  {
    name: 'noreason',
    section: '3.1.1.13',
    verdict: 'accepted',
    check: (message) => expect(message).toMatchObject({ status: 100, reason: '' }),
  },
];

const invalid: readonly TortureRow[] = [
  {
    name: 'badinv01',
    section: '3.1.2.1',
    verdict: 'rejected',
    status: 400,
    fault: 'Via: parameter name expected',
  },
  {
    name: 'clerr',
    section: '3.1.2.2',
    verdict: 'rejected',
    status: 400,
    fault: 'Content-Length: 9999 declared',
  },
  {
    name: 'ncl',
    section: '3.1.2.3',
    verdict: 'rejected',
    status: 400,
    fault: 'Content-Length: not a number',
  },
  { name: 'scalar02', section: '3.1.2.4', verdict: 'rejected', status: 400, fault: 'CSeq: above 2147483647' },
  { name: 'scalarlg', section: '3.1.2.5', verdict: 'dropped', fault: 'CSeq: above 2147483647' },
  {
    name: 'quotbal',
    section: '3.1.2.6',
    verdict: 'rejected',
    status: 400,
    fault: 'To: a quoted string does not end',
  },
  {
    name: 'ltgtruri',
    section: '3.1.2.7',
    verdict: 'rejected',
    status: 400,
    fault: 'Request-URI: a character that has to be escaped',
  },
  { name: 'lwsruri', section: '3.1.2.8', verdict: 'rejected', status: 400, fault: 'request line' },
  {
    name: 'lwsstart',
    section: '3.1.2.9',
    verdict: 'rejected',
    status: 400,
    fault: 'request line: single spaces',
    note: 'rejected with 400: an element may also take it, which would only help a broken sender',
  },
  {
    name: 'trws',
    section: '3.1.2.10',
    verdict: 'rejected',
    status: 400,
    fault: 'request line: single spaces',
    note: 'rejected with 400: an element may also take it, which would only help a broken sender',
  },
  {
    name: 'escruri',
    section: '3.1.2.11',
    verdict: 'rejected',
    status: 400,
    fault: 'Request-URI: holds header fields',
  },
  {
    name: 'baddate',
    section: '3.1.2.12',
    verdict: 'rejected',
    status: 400,
    fault: 'Date: a date in GMT',
    note: 'rejected with 400: a deferred message is kept and shown by its Date, so a wrong one is not ignored',
  },
  {
    name: 'regbadct',
    section: '3.1.2.13',
    verdict: 'rejected',
    status: 400,
    fault: "Contact: an address with '?'",
  },
  { name: 'badaspec', section: '3.1.2.14', verdict: 'rejected', status: 400, fault: 'To: white space' },
  { name: 'baddn', section: '3.1.2.15', verdict: 'rejected', status: 400, fault: 'From: no address' },
  {
    name: 'badvers',
    section: '3.1.2.16',
    verdict: 'rejected',
    status: 505,
    fault: 'SIP/7.0 is not supported',
  },
  {
    name: 'mismatch01',
    section: '3.1.2.17',
    verdict: 'rejected',
    status: 400,
    fault: 'CSeq: method OPTIONS expected, found INVITE',
  },
  {
    name: 'mismatch02',
    section: '3.1.2.18',
    verdict: 'rejected',
    status: 400,
    fault: 'CSeq: method NEWMETHOD expected, found INVITE',
  },
  {
    name: 'bigcode',
    section: '3.1.2.19',
    verdict: 'dropped',
    fault: 'status line: a status from 100 to 699',
  },
];

const aboveTheParser: readonly TortureRow[] = [
  {
    name: 'badbranch',
    section: '3.2.1',
    verdict: 'accepted',
    above: 'the transaction layer matches a branch of the cookie alone as RFC 2543 does',
    check: (message) => expect(topVia(message).branch).toBe('z9hG4bK'),
  },
  { name: 'insuf', section: '3.3.1', verdict: 'rejected', status: 400, fault: 'From: missing' },
  {
    name: 'unkscm',
    section: '3.3.2',
    verdict: 'accepted',
    above: '416 by the user agent core',
    check: (message) =>
      expect(requestUri(message)).toMatchObject({ kind: 'absolute', scheme: 'nobodyknowsthisscheme' }),
  },
  {
    name: 'novelsc',
    section: '3.3.3',
    verdict: 'accepted',
    above: '416 by the user agent core',
    check: (message) => expect(requestUri(message)).toMatchObject({ kind: 'absolute', scheme: 'soap.beep' }),
  },
  {
    name: 'unksm2',
    section: '3.3.4',
    verdict: 'accepted',
    above: '404 by the registrar: To is no address-of-record of its domain',
    check(message) {
      expect(parseUri(to(message).uri)).toMatchObject({ kind: 'absolute', scheme: 'isbn' });
      expect(parseUri(from(message).uri)).toMatchObject({ scheme: 'http' });
      expect(contactsOf(message)[0]?.uri).toBe('name:John_Smith');
    },
  },
  {
    name: 'bext01',
    section: '3.3.5',
    verdict: 'accepted',
    above: '420 with both names in Unsupported by the user agent core',
    check: (message) =>
      expect(tokens(message, 'Require')).toEqual(['nothingSupportsThis', 'nothingSupportsThisEither']),
  },
  {
    name: 'invut',
    section: '3.3.6',
    verdict: 'accepted',
    above: '415 with Accept by the user agent core',
    check: (message) => expect(contentType(message)?.name).toBe('application/unknownformat'),
  },
  {
    name: 'regaut01',
    section: '3.3.7',
    verdict: 'accepted',
    above: '401 by the registrar: no credentials it knows',
    check: (message) => expect(parseCredentials(message.headers.get('Authorization') ?? '')).toBeUndefined(),
  },
  { name: 'multi01', section: '3.3.8', verdict: 'rejected', status: 400, fault: 'more than one' },
  {
    name: 'mcl01',
    section: '3.3.9',
    verdict: 'rejected',
    status: 400,
    fault: 'Content-Length: two values that differ',
  },
  {
    name: 'bcast',
    section: '3.3.10',
    verdict: 'accepted',
    above: 'the transport layer drops it: it goes by the topmost Via, which is not its own',
    check: (message) =>
      expect(vias(message).map(({ host }) => host)).toEqual(['192.0.2.198', '255.255.255.255']),
  },
  {
    name: 'zeromf',
    section: '3.3.11',
    verdict: 'accepted',
    above: 'a proxy answers 483, the addressed user agent answers as to any OPTIONS',
    check: (message) => expect(maxForwards(message)).toBe(0),
  },
  {
    name: 'cparam01',
    section: '3.3.12',
    verdict: 'accepted',
    above: 'the registrar binds the URI without the header parameter',
    check(message) {
      const [contact] = contactsOf(message);
      expect(contact?.uri).toBe('sip:+19725552222@gw1.example.net');
      expect(contact?.parameters.get('unknownparam')).toBe(true);
    },
  },
  {
    name: 'cparam02',
    section: '3.3.13',
    verdict: 'accepted',
    above: 'the registrar binds the URI with its parameter',
    check(message) {
      const [contact] = contactsOf(message);
      expect(contact?.uri).toBe('sip:+19725552222@gw1.example.net;unknownparam');
      expect(contact?.parameters.size).toBe(0);
    },
  },
  {
    name: 'regescrt',
    section: '3.3.14',
    verdict: 'accepted',
    above: 'the registrar binds the URI with its header',
    check(message) {
      const uri = parseUri(contactsOf(message)[0]?.uri ?? '');
      expect(uri.kind === 'sip' && uri.headers.get('Route')).toBe('<sip:sip.example.com>');
    },
  },
  {
    name: 'sdp01',
    section: '3.3.15',
    verdict: 'accepted',
    above: '406 by the handler: it has no answer of an accepted type',
    check: (message) => expect(accepts(message)?.map(({ name }) => name)).toEqual(['text/nobodyknowsthis']),
  },
  {
    name: 'inv2543',
    section: '3.4.1',
    verdict: 'accepted',
    check(message) {
      expect(topVia(message).branch).toBeUndefined();
      expect(from(message).parameters.has('tag')).toBe(false);
      expect(maxForwards(message)).toBeUndefined();
      expect(parseUri(to(message).uri)).toMatchObject({ user: '+16505552222', host: 'ss1.example.net' });
      expect(message.body).toHaveLength(105);
    },
  },
];

const rows = [...valid, ...invalid, ...aboveTheParser];

tortureTests(4475, rows);

test('RFC 4475: all 49 messages are in the table', () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(49);
});
