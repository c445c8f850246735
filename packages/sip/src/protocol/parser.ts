import { type HeadScan, HeaderBlock } from './header-block.ts';
import { HeaderFields } from './header-fields.ts';
import { knownName } from './header-names.ts';
import { type ParserLimits, defaultParserLimits, scanHead } from './head-scan.ts';
import { MalformedMessage } from './malformed-message.ts';
import { type SipMessage, type SipRequest, type SipResponse, noBody } from './message.ts';
import { decimal, isToken } from './token.ts';

const contentLengthField = knownName('Content-Length');
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Parses one datagram or one message cut from a stream. The body is cut to Content-Length and, like the header
 * fields, shares the memory of `bytes`, which must not change any more.
 *
 * Throws MalformedMessage; its `partial` is the request as far as it could be read, undefined where `bytes` are no
 * SIP request at all and nothing can be answered. CRLFs before the start line are skipped, a bare LF ends a line.
 */
export function parseMessage(bytes: Uint8Array, limits: ParserLimits = defaultParserLimits): SipMessage {
  const scan = scanHead(bytes, limits);
  const { text } = scan;
  const line =
    text?.slice(scan.start, scan.lineEnd) ?? decoder.decode(bytes.subarray(scan.start, scan.lineEnd));
  const block = new HeaderBlock(bytes, scan);
  return isStatusLine(line) ? parseResponse(line, block, scan) : parseRequest(line, block, scan);
}

// No method holds a slash, so 'SIP/' begins a status line and nothing else.
function isStatusLine(line: string): boolean {
  return line.charCodeAt(3) === 0x2f && line.slice(0, 4).toUpperCase() === 'SIP/';
}

function parseRequest(line: string, block: HeaderBlock, scan: HeadScan): SipRequest {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  if (first <= 0 || second < 0) throw new MalformedMessage('no SIP: no request line');
  const method = line.slice(0, first);
  const uri = line.slice(first + 1, second);
  const headers = HeaderFields.received(block);
  const partial: SipRequest = { kind: 'request', method, uri, headers, body: noBody };
  if (
    line.length !== second + 8 ||
    line.slice(second + 1) !== 'SIP/2.0' ||
    !isToken(method) ||
    uri.length === 0
  )
    checkRequestLine(line, partial);
  if (scan.fault !== undefined) throw new MalformedMessage(scan.fault, { partial });
  const body = bodyOf(block, scan, partial);
  return body === noBody ? partial : { kind: 'request', method, uri, headers, body };
}

// RFC 3261 section 7.1: single spaces, nothing before or behind; RFC 4475 sections 3.1.2.7 to 3.1.2.10, 3.1.2.16.
function checkRequestLine(line: string, partial: SipRequest): void {
  const version = /(?:^|[ \t])(SIP\/\d+\.\d+)[ \t]*$/i.exec(line)?.[1]?.toUpperCase();
  if (version === undefined) throw new MalformedMessage('no SIP: no version in the request line');
  const fields = line.split(' ');
  const ends = fields.indexOf('') < 0 && fields.length === 3;
  if (!isToken(partial.method)) throw new MalformedMessage('request line: no method', { partial });
  if (!ends)
    throw new MalformedMessage('request line: single spaces and a URI without spaces expected', { partial });
  if (version !== 'SIP/2.0')
    throw new MalformedMessage(`${version} is not supported`, { status: 505, partial });
}

function parseResponse(line: string, block: HeaderBlock, scan: HeadScan): SipResponse {
  if (line.slice(0, 8).toUpperCase() !== 'SIP/2.0 ')
    throw new MalformedMessage('status line: SIP/2.0 expected');
  const status = decimal(line.slice(8, 11)) ?? 0;
  // RFC 3261 section 7.2: the reason phrase may be empty; its space is often left out then.
  if (status < 100 || status > 699 || (line.length > 11 && line.charCodeAt(11) !== 0x20))
    throw new MalformedMessage('status line: a status from 100 to 699 expected');
  if (scan.fault !== undefined) throw new MalformedMessage(scan.fault);
  const body = bodyOf(block, scan, undefined);
  const headers = HeaderFields.received(block);
  return { kind: 'response', status, reason: line.slice(12), headers, body };
}

function bodyOf(block: HeaderBlock, scan: HeadScan, partial: SipRequest | undefined): Uint8Array {
  const { bytes } = block;
  const available = bytes.length - scan.bodyStart;
  const length = declaredLength(block, partial) ?? available;
  if (length > available)
    throw new MalformedMessage(`Content-Length: ${shown(length)} declared, ${available} there`, { partial });
  return length === 0 ? noBody : bytes.subarray(scan.bodyStart, scan.bodyStart + length);
}

function shown(length: number): string {
  return Number.isSafeInteger(length) ? String(length) : 'far too much';
}

/** Undefined where there is no such row; several rows have to agree (RFC 4475 section 3.3.9). */
function declaredLength(block: HeaderBlock, partial: SipRequest | undefined): number | undefined {
  const { number, name } = contentLengthField;
  let length: number | undefined;
  for (let row = block.find(number, name, 0); row >= 0; row = block.find(number, name, row + 1)) {
    const value = decimal(block.value(row));
    if (value === undefined) throw new MalformedMessage(`${name}: not a number`, { partial });
    if (length !== undefined && length !== value)
      throw new MalformedMessage(`${name}: two values that differ`, { partial });
    length = value;
  }
  return length;
}
