import {
  MalformedMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  parseMessage,
} from '@restante/sip';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text as octets; each LF becomes CRLF. */
export function wire(text: string): Uint8Array {
  return encoder.encode(text.replaceAll('\n', '\r\n'));
}

/** As `wire`, the text's line ends as they are. */
export function octets(text: string): Uint8Array {
  return encoder.encode(text);
}

export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** A request of header field rows, one a line; the mandatory ones are added where `rows` has none of them. */
export function aRequest(
  rows = '',
  { method = 'MESSAGE', uri = 'sip:bob@example.com', body = '' } = {},
): SipRequest {
  const message = parseMessage(wire(`${method} ${uri} SIP/2.0\n${withMandatory(rows, method)}\n${body}`));
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
}

/** As `aRequest`. */
export function aResponse(rows = '', { status = 200, reason = 'OK' } = {}): SipResponse {
  const message = parseMessage(wire(`SIP/2.0 ${status} ${reason}\n${withMandatory(rows, 'MESSAGE')}\n`));
  if (message.kind !== 'response') throw new Error('not a response');
  return message;
}

function withMandatory(rows: string, method: string): string {
  const mandatory = [
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:alice@example.com>;tag=a',
    'To: <sip:bob@example.com>',
    'Call-ID: c1@example.com',
    `CSeq: 1 ${method}`,
  ];
  const names = rows.split('\n').map((row) => row.slice(0, row.indexOf(':')).toLowerCase());
  const missing = mandatory.filter((row) => !names.includes(row.slice(0, row.indexOf(':')).toLowerCase()));
  const given = rows === '' || rows.endsWith('\n') ? rows : `${rows}\n`;
  return `${missing.map((row) => `${row}\n`).join('')}${given}`;
}

/** What a reader complained of; fails where it did not. */
export function faultOf(read: () => unknown): MalformedMessage {
  try {
    read();
  } catch (error) {
    if (error instanceof MalformedMessage) return error;
    throw error;
  }
  throw new Error('no fault was found');
}

export function rowsOf({ headers }: SipMessage): readonly (readonly [string, string])[] {
  return [...headers];
}
