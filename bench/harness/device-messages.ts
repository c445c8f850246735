import { randomBytes } from 'node:crypto';
import { domain } from './product.ts';

/** A user and the port of 127.0.0.1 where its device listens. */
export interface Party {
  readonly user: string;
  readonly port: number;
}

const service = (name: string): string => `urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.${name}`;
const services = ['msg', 'largemsg', 'deferred'].map(service).join(',');
const allowed = 'INVITE, ACK, CANCEL, BYE, MESSAGE, OPTIONS';

const via = ({ port }: Party): string =>
  `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${randomBytes(8).toString('hex')}`;
const from = ({ user }: Party): string => `From: <sip:${user}@${domain}>;tag=${user}`;

function contact({ user, port }: Party, features: string): string {
  const instance = `00000000-0000-4000-8000-00${user.slice(-10)}`;
  return `Contact: <sip:${user}@127.0.0.1:${port}>;+sip.instance="<urn:uuid:${instance}>";+g.3gpp.icsi-ref="${features}"`;
}

function written(lines: readonly string[], body = ''): string {
  return [...lines, `Content-Length: ${body.length}`, '', body].join('\r\n');
}

/** A REGISTER for pager messages and pulls. */
export function registerRequest(party: Party, callId: string): string {
  return written([
    `REGISTER sip:${domain} SIP/2.0`,
    via(party),
    'Max-Forwards: 70',
    from(party),
    `To: <sip:${party.user}@${domain}>`,
    `Call-ID: ${callId}`,
    'CSeq: 1 REGISTER',
    contact(party, services),
    'Expires: 3600',
    'Supported: path, gruu',
  ]);
}

/** An INVITE without a list: everything is to be delivered (OMA CPM 7.2.3.2.1). */
export function inviteRequest(party: Party, managementUri: string, callId: string): string {
  const offer = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'm=message 9 TCP/MSRP *',
    'a=path:msrp://127.0.0.1:9/p4Kd0vQe8s;tcp',
    'a=setup:active',
    'a=accept-types:message/cpim',
    'a=recvonly',
    '',
  ].join('\r\n');
  const lines = [
    `INVITE ${managementUri} SIP/2.0`,
    via(party),
    'Max-Forwards: 70',
    from(party),
    `To: <${managementUri}>`,
    `Call-ID: ${callId}`,
    'CSeq: 1 INVITE',
    contact(party, service('deferred')),
    `Accept-Contact: *;+g.3gpp.icsi-ref="${service('deferred')}"`,
    `P-Asserted-Identity: <sip:${party.user}@${domain}>`,
    `Allow: ${allowed}`,
    'Content-Type: application/sdp',
  ];
  return written(lines, offer);
}

/** A further request of the dialog that a 2xx to INVITE has made (RFC 3261 section 12.2.1.1). */
export function requestInDialog(
  method: 'ACK' | 'BYE',
  sequence: number,
  party: Party,
  answer: string,
): string {
  const target = /^Contact:[^<]*<([^>]+)>/m.exec(answer)?.[1] ?? '';
  return written([
    `${method} ${target} SIP/2.0`,
    via(party),
    'Max-Forwards: 70',
    from(party),
    header(answer, 'To'),
    header(answer, 'Call-ID'),
    `CSeq: ${sequence} ${method}`,
  ]);
}

const copied = ['Via:', 'From:', 'Call-ID:', 'CSeq:'];

/** The 200 to a request (RFC 3261 section 8.2.6.2). */
export function okFor(request: string): string {
  const lines = ['SIP/2.0 200 OK'];
  for (const line of request.slice(0, request.indexOf('\r\n\r\n')).split('\r\n')) {
    if (copied.some((name) => line.startsWith(name))) lines.push(line);
    else if (line.startsWith('To:')) lines.push(`${line};tag=device`);
  }
  return written(lines);
}

function header(message: string, name: string): string {
  return new RegExp(`^${name}:.*`, 'm').exec(message)?.[0].trimEnd() ?? `${name}: `;
}
