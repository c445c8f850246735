import { parseMessage } from '@restante/sip';
import type { Flow, IncomingRequest, SipRequest, SipResponse } from '@restante/sip';

const encoder = new TextEncoder();

export const msgTag = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"';
export const deferredTag = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.deferred"';

export interface CpimParts {
  readonly messageId?: string;
  readonly wanted?: string;
  readonly subject?: string;
  readonly type?: string;
  readonly text?: string;
}

/** A CPIM body as a client writes it. */
export function cpim({
  messageId = 'Zk3qTn81',
  wanted = 'positive-delivery, negative-delivery',
  ...parts
}: CpimParts = {}): string {
  const { subject, type = 'text/plain;charset=UTF-8', text = 'Lunch at noon?' } = parts;
  return [
    'From: <sip:alice@example.com>',
    'To: <sip:bob@example.com>',
    'DateTime: 2026-03-01T09:00:00Z',
    ...(subject === undefined ? [] : [`Subject: ${subject}`]),
    'NS: imdn <urn:ietf:params:imdn>',
    ...(messageId === '' ? [] : [`imdn.Message-ID: ${messageId}`]),
    ...(wanted === '' ? [] : [`imdn.Disposition-Notification: ${wanted}`]),
    '',
    `Content-Type: ${type}`,
    '',
    text,
  ].join('\r\n');
}

export interface RequestParts {
  readonly method?: string;
  readonly uri?: string;
  readonly body?: string | Uint8Array;
  /** Rows that replace the ordinary ones of the same name; an empty value leaves the row out. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** A request as it comes off the wire: alice's MESSAGE to bob unless told otherwise. */
export function aRequest({
  method = 'MESSAGE',
  uri = 'sip:bob@example.com',
  body = cpim(),
  headers = {},
}: RequestParts = {}): SipRequest {
  const bytes = typeof body === 'string' ? encoder.encode(body) : body;
  const rows: Record<string, string | readonly string[]> = {
    Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa1',
    'Max-Forwards': '70',
    From: '"Alice" <sip:alice@example.com>;tag=a1',
    To: '<sip:bob@example.com>',
    'Call-ID': 'c1@192.0.2.1',
    CSeq: `1 ${method}`,
    ...(bytes.length > 0 && { 'Content-Type': 'message/cpim' }),
    ...headers,
  };
  const head = Object.entries(rows)
    .flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const))
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const start = encoder.encode(`${method} ${uri} SIP/2.0\r\n${head}Content-Length: ${bytes.length}\r\n\r\n`);
  const message = parseMessage(new Uint8Array([...start, ...bytes]));
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
}

export const flow: Flow = {
  id: 'flow-1',
  protocol: 'UDP',
  local: { host: '192.0.2.100', port: 5060 },
  remote: { host: '192.0.2.1', port: 5060 },
};

/** A request with an end to answer to. */
export function incoming(
  request: SipRequest,
  over: Partial<Flow> = {},
): IncomingRequest & { readonly answers: SipResponse[] } {
  const answers: SipResponse[] = [];
  return { request, flow: { ...flow, ...over }, answers, respond: (response) => void answers.push(response) };
}
