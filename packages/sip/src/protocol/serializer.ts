import type { HeaderBlock } from './header-block.ts';
import type { HeaderFields } from './header-fields.ts';
import { nameNumber, unknownName } from './header-names.ts';
import { type SipMessage, noBody } from './message.ts';
import { isToken } from './token.ts';

const encoder = new TextEncoder();
const contentLengthNumber = nameNumber('Content-Length');
const cr = 13;
const lf = 10;

// Making a typed array costs more than filling it, so small messages are cut from a larger piece of memory, which
// lives as long as one of them.
const slabSize = 16_384;
let slab = new Uint8Array(0);
let slabUsed = 0;

/** `length` octets that nobody else has. */
function octets(length: number): Uint8Array {
  if (length > slabSize / 4) return new Uint8Array(length);
  if (slabUsed + length > slab.length) {
    slab = new Uint8Array(slabSize);
    slabUsed = 0;
  }
  slabUsed += length;
  return slab.subarray(slabUsed - length, slabUsed);
}

/** Text and octets one after another, joined into one array at the end. Text alone takes the short way. */
class HeadWriter {
  text = '';
  #parts: Uint8Array[] | undefined;

  bytes(bytes: Uint8Array): void {
    this.#parts ??= [];
    this.#parts.push(encoder.encode(this.text), bytes);
    this.text = '';
  }

  /** The whole with the body below it. */
  finish(body: Uint8Array): Uint8Array {
    const { text } = this;
    if (this.#parts !== undefined) return joined([...this.#parts, encoder.encode(text), body]);
    const message = octets(text.length + body.length);
    const { read, written } = encoder.encodeInto(text, message);
    // As many octets as UTF-16 units: all of it is ASCII.
    if (read !== text.length || written !== text.length) return joined([encoder.encode(text), body]);
    if (body.length > 0) message.set(body, text.length);
    return message;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const message = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}

/**
 * The message as it goes on the wire. Rows that were received and not touched are written as they came, but that
 * their last line ends in CRLF; Content-Length is the body's and always the last row.
 * The octets may share their ArrayBuffer with other messages: never transfer it, and copy what is kept for long.
 * Throws a TypeError where the start line would break (a method that is no token, CR, LF or NUL, a space in the URI).
 */
export function serializeMessage(message: SipMessage): Uint8Array {
  const writer = new HeadWriter();
  writer.text = startLine(message);
  writeRows(writer, message.headers, contentLengthNumber);
  writer.text += `\r\nContent-Length: ${message.body.length}\r\n\r\n`;
  return writer.finish(message.body);
}

/** Header fields without a start line, and the empty line below them: the head of a body part. */
export function serializeHeaderFields(headers: HeaderFields): Uint8Array {
  const writer = new HeadWriter();
  writeRows(writer, headers, unknownName);
  writer.text += '\r\n\r\n';
  // Every row begins with the end of the line above, and there is none above the first.
  return writer.finish(noBody).subarray(2);
}

/** The octets that `serializeMessage` would return. */
export function serializedLength(message: SipMessage): number {
  return serializeMessage(message).length;
}

function startLine(message: SipMessage): string {
  if (message.kind === 'response') {
    const { status, reason } = message;
    if (!Number.isInteger(status) || status < 100 || status > 699)
      throw new TypeError('A status is a whole number from 100 to 699.');
    if (holdsControl(reason, 0x1f)) throw new TypeError('A reason phrase cannot hold control characters.');
    return `SIP/2.0 ${status} ${reason}`;
  }
  const { method, uri } = message;
  if (!isToken(method)) throw new TypeError('A method has to be a token.');
  if (uri.length === 0 || holdsControl(uri, 0x20))
    throw new TypeError('A Request-URI cannot hold white space.');
  return `${method} ${uri} SIP/2.0`;
}

function holdsControl(text: string, highest: number): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) <= highest) return true;
  return false;
}

/**
 * Each row with the end of the line above it, so that one that was set is two pieces of text only.
 * Rows that were received one below the other and stay together are copied in one piece.
 * Those whose name has the number `omitted` are left out.
 */
function writeRows(writer: HeadWriter, { block, edited }: HeaderFields, omitted: number): void {
  const count = edited?.length ?? block?.length ?? 0;
  let runStart = 0;
  let runEnd = 0;
  for (let at = 0; at < count; at += 1) {
    const row = edited?.[at] ?? at;
    if (typeof row !== 'number') {
      if (row.number === omitted && omitted !== unknownName) continue;
      if (block !== undefined) writeRun(writer, block, runStart, runEnd);
      runStart = runEnd = 0;
      writer.text += row.prefix;
      writer.text += row.value;
    } else if (block !== undefined && (block.number(row) !== omitted || omitted === unknownName)) {
      const start = block.start(row);
      if (start !== runEnd || !endsInCrlf(block, runEnd)) {
        writeRun(writer, block, runStart, runEnd);
        runStart = start;
      }
      runEnd = block.rowEnd(row);
    }
  }
  if (block !== undefined) writeRun(writer, block, runStart, runEnd);
}

function endsInCrlf({ bytes }: HeaderBlock, end: number): boolean {
  return bytes[end - 2] === cr;
}

/** The octets from `start` to `end`, but for the end of their last line: CRLF, LF (RFC 3261 section 7), or none. */
function writeRun(writer: HeadWriter, block: HeaderBlock, start: number, end: number): void {
  if (end <= start) return;
  const { bytes, text } = block;
  const lineEnd = bytes[end - 1] !== lf ? end : endsInCrlf(block, end) ? end - 2 : end - 1;
  writer.text += '\r\n';
  if (text === undefined) writer.bytes(bytes.subarray(start, lineEnd));
  else writer.text += text.slice(start, lineEnd);
}
