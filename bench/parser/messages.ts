/** One of the messages that are measured: what a server of an IMS network receives. */
export interface MessageSample {
  readonly name: string;
  /** Which of the two holds addresses to read. */
  readonly addresses: 'contact' | 'route';
  /** The head's lines without Content-Length. `{n}` stands for what differs from one message to the next. */
  readonly head: readonly string[];
  readonly body: string;
}

/** How many messages of each kind are measured in turn: nobody gains by remembering the last one. */
export const variants = 256;

const encoder = new TextEncoder();

/** The sample as it would come in, `variants` times, each from another user. */
export function octetsOf({ head, body }: MessageSample): readonly Buffer[] {
  const length = encoder.encode(body).length;
  const text = [...head, `Content-Length: ${length}`, '', body].join('\r\n');
  return Array.from({ length: variants }, (_, at) => Buffer.from(text.replaceAll('{n}', String(1000 + at))));
}

const lines = (...text: readonly string[]): string => text.join('\r\n');

const icsi = 'urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm';
const contact =
  '<sip:+1555{n}@192.0.2.23:5{n};ob>;+sip.instance="<urn:uuid:2ad8950e-48a5-4a74-8d99-ad76cc7f{n}>"' +
  `;+g.3gpp.icsi-ref="${icsi}.msg,${icsi}.largemsg,${icsi}.deferred"`;

const register: MessageSample = {
  name: 'REGISTER of an IMS client',
  addresses: 'contact',
  body: '',
  head: [
    'REGISTER sip:home.example SIP/2.0',
    'Via: SIP/2.0/TCP 192.0.2.23:5060;branch=z9hG4bKnashds7a8{n};rport',
    'Max-Forwards: 70',
    'From: <sip:+1555{n}@home.example>;tag=4fa{n}',
    'To: <sip:+1555{n}@home.example>',
    'Call-ID: apb03a0s09dkjdfglkj{n}@192.0.2.23',
    'CSeq: 2 REGISTER',
    `Contact: ${contact};+g.3gpp.smsip;+g.oma.sip-im;+g.gsma.rcs.cpm.pager-large` +
      ';+g.3gpp.iari-ref="urn%3Aurn-7%3A3gpp-application.ims.iari.rcse.im,' +
      'urn%3Aurn-7%3A3gpp-application.ims.iari.rcse.ft";methods="INVITE,MESSAGE,OPTIONS,NOTIFY";reg-id=1;expires=600000',
    'Expires: 600000',
    'Supported: path, gruu, outbound',
    'Require: sec-agree',
    'Proxy-Require: sec-agree',
    'Allow: INVITE, ACK, CANCEL, BYE, MESSAGE, OPTIONS, NOTIFY',
    'P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010019B01',
    'Authorization: Digest username="1555{n}@home.example",realm="home.example",' +
      'nonce="f2c5a1d4e7b84d1f9f5c3a6e0b7d2c18",uri="sip:home.example",qop=auth,nc=00000001,' +
      'cnonce="0a4f113b",response="6629fae49393a05397450978507c4ef1",algorithm=MD5',
    'User-Agent: CPM-client/OMA1.0 Acme/1.0',
  ],
};

const cpim = lines(
  'From: <sip:+1556{n}@home.example>',
  'To: <sip:+1555{n}@home.example>',
  'DateTime: 2026-03-01T09:20:02Z',
  'NS: imdn <urn:ietf:params:imdn>',
  'imdn.Message-ID: Zk3qTn81sWb0',
  'imdn.Disposition-Notification: positive-delivery, negative-delivery',
  '',
  'Content-Type: text/plain;charset=UTF-8',
  'Content-Length: 14',
  '',
  'Lunch at noon?',
);

const pager: MessageSample = {
  name: 'MESSAGE with CPIM',
  addresses: 'route',
  head: [
    'MESSAGE sip:+1555{n}@home.example SIP/2.0',
    'Via: SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bKa1f83{n};rport',
    'Max-Forwards: 70',
    'Route: <sip:pcscf.home.example;lr>,<sip:orig@scscf.home.example;lr>',
    'From: <sip:+1556{n}@home.example>;tag=a1f{n}',
    'To: <sip:+1555{n}@home.example>',
    'Call-ID: 6f1c0a77{n}@192.0.2.10',
    'CSeq: 1 MESSAGE',
    'Date: Sun, 01 Mar 2026 09:20:02 GMT',
    'Expires: 86400',
    'P-Preferred-Identity: <sip:+1556{n}@home.example>',
    'P-Preferred-Service: urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg',
    `Accept-Contact: *;+g.3gpp.icsi-ref="${icsi}.msg"`,
    'Conversation-ID: f0c1a1b2-11a0-4d0e-9f43-6b9a9f6d{n}',
    'Contribution-ID: 0c9a7c54-7f0d-4c0c-8c55-1d2b7a3e9d77',
    'User-Agent: CPM-client/OMA1.0 Acme/1.0',
    'Content-Type: message/cpim',
  ],
  body: cpim,
};

const multipart = lines(
  '--boundary1',
  'Content-Type: application/sdp',
  '',
  'v=0',
  'o=- 2890844526 2890844526 IN IP4 192.0.2.23',
  's=-',
  'c=IN IP4 192.0.2.23',
  't=0 0',
  'm=message 9 TCP/MSRP *',
  'a=accept-types:message/cpim',
  'a=accept-wrapped-types:*',
  'a=path:msrp://192.0.2.23:9/jshA7weztas;tcp',
  'a=setup:active',
  'a=recvonly',
  '',
  '--boundary1',
  'Content-Type: application/resource-lists+xml',
  'Content-Disposition: recipient-list',
  '',
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>',
  '<entry uri="sip:dm-8f2c41{n}@pf.home.example?cpm_action=deliver"/>',
  '<entry uri="sip:dm-1b7e93ca55@pf.home.example?cpm_action=delete"/>',
  '</list></resource-lists>',
  '--boundary1--',
  '',
);

const pull: MessageSample = {
  name: 'INVITE of a pull',
  addresses: 'contact',
  head: [
    'INVITE sip:x7k{n}@pf.home.example SIP/2.0',
    'Via: SIP/2.0/TCP 198.51.100.4:5060;branch=z9hG4bK3f1a.8842{n}.0',
    'Via: SIP/2.0/TCP 192.0.2.23:5060;branch=z9hG4bKp9d{n};rport=40312;received=203.0.113.9',
    'Record-Route: <sip:mo@pcscf.home.example;lr;transport=tcp>',
    'Max-Forwards: 68',
    'From: <sip:+1555{n}@home.example>;tag=9fk{n}',
    'To: <sip:x7k{n}@pf.home.example>',
    'Call-ID: 77c0a8{n}@192.0.2.23',
    'CSeq: 1 INVITE',
    `Contact: ${contact}`,
    `Accept-Contact: *;+g.3gpp.icsi-ref="${icsi}.deferred"`,
    'P-Asserted-Identity: <sip:+1555{n}@home.example>, <tel:+1555{n}>',
    'P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.oma.cpm.deferred',
    'Require: recipient-list-invite',
    'Supported: timer',
    'Session-Expires: 1800',
    'Allow: INVITE, ACK, CANCEL, BYE, MESSAGE, OPTIONS, NOTIFY',
    'Conversation-ID: 3b1c7e8e-62a4-4d2b-8d64-e8bd77e1c0c4',
    'Contribution-ID: a4b2f7f0-7f0b-49f1-a3a5-95f2a8f5d9c2',
    'User-Agent: CPM-client/OMA1.0 Acme/1.0',
    'Content-Type: multipart/mixed;boundary=boundary1',
  ],
  body: multipart,
};

const notification: MessageSample = {
  name: 'MESSAGE of a notification',
  addresses: 'route',
  head: [
    'MESSAGE sip:+1555{n}@home.example;gr=urn:uuid:2ad8950e-48a5-4a74-8d99-ad76cc7f{n} SIP/2.0',
    'Via: SIP/2.0/TCP pf.home.example:5060;branch=z9hG4bKn{n}',
    'Max-Forwards: 70',
    'Route: <sip:scscf.home.example;lr>',
    'From: <sip:x7k{n}@pf.home.example>;tag=n{n}',
    'To: <sip:+1555{n}@home.example>',
    'Call-ID: n{n}-1@pf.home.example',
    'CSeq: 1 MESSAGE',
    'P-Asserted-Identity: <sip:x7k{n}@pf.home.example>',
    'P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.oma.cpm.systemmsg',
    `Accept-Contact: *;+g.3gpp.icsi-ref="${icsi}.systemmsg";require;explicit`,
    'User-Agent: CPM-serv/OMA1.0',
    'Content-Type: application/x-cpm-deferred-messages+xml',
  ],
  body:
    '<?xml version="1.0" encoding="UTF-8"?>\r\n' +
    '<deferred-messages xmlns="urn:x-cpm-pull:deferred-messages:1" number="2" id="n81" part="1" parts="2">' +
    '<message uri="sip:dm-8f2c41{n}@pf.home.example" mode="large"><from>tel:+1556{n}</from>' +
    '<date>2026-03-01T09:15:27Z</date><expiry>2026-03-04T09:15:27Z</expiry><size>48211</size>' +
    '<content-type>image/jpeg</content-type><subject>Site photos</subject></message></deferred-messages>',
};

const ok: MessageSample = {
  name: '200 with four Via',
  addresses: 'contact',
  head: [
    'SIP/2.0 200 OK',
    'Via: SIP/2.0/TCP 198.51.100.4:5060;branch=z9hG4bK3f1a.8842{n}.0',
    'Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bK77ef.19{n}.1;received=198.51.100.9',
    'Via: SIP/2.0/UDP pcscf.home.example:5060;branch=z9hG4bKcc{n};received=203.0.113.77;rport=5060',
    'Via: SIP/2.0/TCP 192.0.2.23:5060;branch=z9hG4bKp9d{n};rport=40312;received=203.0.113.9',
    'Record-Route: <sip:mo@pcscf.home.example;lr;transport=tcp>',
    'From: <sip:+1555{n}@home.example>;tag=9fk{n}',
    'To: <sip:x7k{n}@pf.home.example>;tag=pf7{n}',
    'Call-ID: 77c0a8{n}@192.0.2.23',
    'CSeq: 1 INVITE',
    'Contact: <sip:pf.home.example:5060;transport=tcp>',
    'Allow: INVITE, ACK, CANCEL, BYE, MESSAGE, OPTIONS',
    'Server: CPM-serv/OMA1.0',
    'Content-Type: application/sdp',
  ],
  body: lines(
    'v=0',
    'o=- 1 1 IN IP4 198.51.100.20',
    's=-',
    'c=IN IP4 198.51.100.20',
    't=0 0',
    'm=message 2855 TCP/MSRP *',
    'a=accept-types:message/cpim',
    'a=path:msrp://198.51.100.20:2855/kjfjan;tcp',
    'a=setup:passive',
    'a=sendonly',
    '',
  ),
};

export const messageSamples: readonly MessageSample[] = [register, pager, pull, notification, ok];
