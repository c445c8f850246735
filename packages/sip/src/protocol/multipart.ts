import { HeaderBlock } from './header-block.ts';
import { HeaderFields } from './header-fields.ts';
import { type ParserLimits, defaultParserLimits, scanFields } from './head-scan.ts';
import { MalformedMessage } from './malformed-message.ts';
import { contentType } from './readers.ts';
import { serializeHeaderFields } from './serializer.ts';

/** A body part, or anything else with header fields and a body. */
export interface BodyPart {
  readonly headers: HeaderFields;
  readonly body: Uint8Array;
}

/** More parts than this are refused: each costs an object, and a body could be nothing but delimiters. */
export const maxBodyParts = 100;

/** How deep multipart bodies may stand in each other. */
export const maxMultipartDepth = 8;

const encoder = new TextEncoder();
const cr = 13;
const lf = 10;
const dash = 0x2d;

/**
 * The parts of a multipart body (RFC 2046 section 5.1.1), preamble and epilogue left out; a bare LF ends a line too.
 * The parts share the memory of `body`. Throws MalformedMessage where no delimiter is found, the last one is missing,
 * a part's head is broken or there are more than `maxBodyParts`.
 */
export function splitMultipart(body: Uint8Array, boundary: string): readonly BodyPart[] {
  checkBoundary(boundary);
  const delimiter = encoder.encode(`--${boundary}`);
  const parts: BodyPart[] = [];
  let found = findDelimiter(body, delimiter, 0);
  if (found === undefined) throw new MalformedMessage('multipart: no delimiter');
  while (!found.closes) {
    const next = findDelimiter(body, delimiter, found.end);
    if (next === undefined) throw new MalformedMessage('multipart: the closing delimiter is missing');
    if (parts.length === maxBodyParts) throw new MalformedMessage('multipart: too many parts');
    // A part may be empty; then the line break before the next delimiter is the one behind this delimiter.
    parts.push(readPart(body.subarray(found.end, Math.max(found.end, next.start))));
    found = next;
  }
  return parts;
}

interface Delimiter {
  /** Where it begins, with the line break before it. */
  readonly start: number;
  /** Behind its line break. */
  readonly end: number;
  readonly closes: boolean;
}

function findDelimiter(body: Uint8Array, delimiter: Uint8Array, from: number): Delimiter | undefined {
  for (let at = body.indexOf(dash, from); at >= 0; at = body.indexOf(dash, at + 1)) {
    if (at > from && body[at - 1] !== lf) continue;
    const read = delimiterAt(body, delimiter, at);
    if (read !== undefined) return { start: lineBreakBefore(body, at), ...read };
  }
  return undefined;
}

function delimiterAt(
  body: Uint8Array,
  delimiter: Uint8Array,
  at: number,
): { end: number; closes: boolean } | undefined {
  for (let i = 0; i < delimiter.length; i += 1) if (body[at + i] !== delimiter[i]) return undefined;
  let end = at + delimiter.length;
  const closes = body[end] === dash && body[end + 1] === dash;
  if (closes) return { end: end + 2, closes };
  while (body[end] === 0x20 || body[end] === 0x09) end += 1;
  if (body[end] === cr) end += 1;
  return body[end] === lf ? { end: end + 1, closes } : undefined;
}

function lineBreakBefore(body: Uint8Array, at: number): number {
  if (body[at - 1] !== lf) return at;
  return body[at - 2] === cr ? at - 2 : at - 1;
}

function readPart(bytes: Uint8Array): BodyPart {
  const { headers, bodyStart } = readFields(bytes);
  return { headers, body: bytes.subarray(bodyStart) };
}

/** Header fields without a start line, and where the body below them begins. Throws MalformedMessage. */
export function readFields(
  bytes: Uint8Array,
  limits: ParserLimits = defaultParserLimits,
): { readonly headers: HeaderFields; readonly bodyStart: number } {
  const scan = scanFields(bytes, limits);
  if (scan.fault !== undefined) throw new MalformedMessage(scan.fault);
  return {
    headers: HeaderFields.received(new HeaderBlock(bytes, scan)),
    bodyStart: scan.bodyStart,
  };
}

/**
 * A multipart body of the parts. Throws a TypeError where the boundary is none or stands in one of the parts:
 * `boundaryFor` finds one that does not.
 */
export function joinMultipart(parts: readonly BodyPart[], boundary: string): Uint8Array {
  checkBoundary(boundary);
  if (parts.some((part) => holdsBoundary(part, boundary)))
    throw new TypeError('The boundary stands in a part.');
  const pieces: Uint8Array[] = [];
  for (const part of parts)
    pieces.push(encoder.encode(`\r\n--${boundary}\r\n`), serializeHeaderFields(part.headers), part.body);
  pieces.push(encoder.encode(`\r\n--${boundary}--\r\n`));
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0) - 2);
  let at = -2; // No line break before the first delimiter.
  for (const piece of pieces) {
    joined.set(at < 0 ? piece.subarray(2) : piece, Math.max(0, at));
    at += piece.length;
  }
  return joined;
}

/** `base` or `base` with a number behind it, whatever stands in none of the parts. */
export function boundaryFor(parts: readonly BodyPart[], base = 'part'): string {
  for (let suffix = 0; ; suffix += 1) {
    const boundary = suffix === 0 ? base : `${base}-${suffix}`;
    if (!parts.some((part) => holdsBoundary(part, boundary))) return boundary;
  }
}

function holdsBoundary({ headers, body }: BodyPart, boundary: string): boolean {
  const delimiter = encoder.encode(`--${boundary}`);
  return holds(body, delimiter) || holds(serializeHeaderFields(headers), delimiter);
}

function holds(bytes: Uint8Array, wanted: Uint8Array): boolean {
  for (let at = bytes.indexOf(dash); at >= 0; at = bytes.indexOf(dash, at + 1))
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return true;
  return false;
}

// RFC 2046 section 5.1.1: 1 to 70 of these, and no space at the end.
function checkBoundary(boundary: string): void {
  if (!/^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary))
    throw new MalformedMessage('multipart: no boundary, or one that cannot be');
}

/**
 * The parts of a message or part that are no multiparts themselves, in order: itself where its type is no multipart.
 * Throws MalformedMessage, also below `maxMultipartDepth`.
 */
export function leafParts(part: BodyPart, depth = 0): readonly BodyPart[] {
  const type = contentType(part);
  if (type === undefined || !type.name.startsWith('multipart/')) return [part];
  if (depth === maxMultipartDepth) throw new MalformedMessage('multipart: nested too deeply');
  const boundary = type.parameters.get('boundary');
  if (typeof boundary !== 'string') throw new MalformedMessage('multipart: no boundary');
  return splitMultipart(part.body, boundary).flatMap((inner) => leafParts(inner, depth + 1));
}
