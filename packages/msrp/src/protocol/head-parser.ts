import { MalformedMessage } from '@restante/sip';
import { parseByteRange } from './byte-range.ts';
import { flagOf } from './end-line.ts';
import type { HeadDraft, ReadField } from './head-fields.ts';
import { emptyDraft, readField, setByteRange } from './head-fields.ts';
import type { BrokenHead, ContinuationFlag, MsrpHead } from './message.ts';
import { colon, cr, hasAt, hyphen, octetsOf, textOf } from './octets.ts';
import { lineEnd, NoMsrp, parseStartLine } from './start-line.ts';
import type { StartLine } from './start-line.ts';

/** A head that was read, and what follows it. */
export interface ReadHead {
  readonly head: MsrpHead | BrokenHead;
  /** Where the head, or with `flag` the whole message, ends. */
  readonly end: number;
  /** The end-line came at once: there is no body. */
  readonly flag: ContinuationFlag | undefined;
}

interface KnownLine {
  /** The line with its CRLF. */
  readonly octets: Uint8Array;
  readonly read: ReadField;
  /** The line that came behind it last. */
  next: KnownLine | undefined;
}

const hyphens = 7;
const byteRangeName = octetsOf('Byte-Range:');
/** Lines that are remembered, a power of two, and the longest of them: together they bound what a peer has us keep. */
const maxKnownLines = 256;
const maxKnownLength = 256;

/**
 * Reads heads. One head mostly repeats those before it on the connection: lines that are the same octet by octet are
 * not decoded again.
 */
export class HeadParser {
  /** By what `placeOf` says of the line. */
  readonly #known: (KnownLine | undefined)[] = [];
  /** What stands before the first line of a request, of a response, and behind Byte-Range, which is ever another. */
  readonly #firstOfRequest = placeholder();
  readonly #firstOfResponse = placeholder();
  readonly #byteRange = placeholder();

  /** Undefined while the head is not complete. Throws NoMsrp. */
  parse(octets: Uint8Array, from: number, to: number): ReadHead | undefined {
    const start = parseStartLine(octets, from, to);
    if (start === undefined) return undefined;
    const draft = emptyDraft();
    let fault: MalformedMessage | undefined;
    let before = start.status === undefined ? this.#firstOfRequest : this.#firstOfResponse;
    for (let at = start.end; ;) {
      const expected = before.next;
      if (expected !== undefined && hasAt(octets, at, to, expected.octets)) {
        const wrong = apply(expected.read, draft);
        fault ??= wrong;
        at += expected.octets.length;
        before = expected;
        continue;
      }
      const last = lineEnd(octets, at, to);
      if (last < 0) return undefined;
      const stop = octets[last - 1] === cr ? last - 1 : last;
      if (stop <= at) return { head: finish(start, draft, fault), end: last + 1, flag: undefined };
      if (octets[at] === hyphen) {
        const flag = endOfHead(octets, at, stop, start.transactionId);
        return { head: finish(start, draft, fault), end: last + 1, flag };
      }
      const line = this.#line({ octets, from: at, to: last + 1, stop });
      const wrong = line instanceof MalformedMessage ? line : this.#take(line, draft, octets, at, stop);
      fault ??= wrong;
      if (!(line instanceof MalformedMessage)) {
        if (line !== this.#byteRange) before.next = line;
        before = line;
      }
      at = last + 1;
    }
  }

  #take(
    line: KnownLine,
    draft: HeadDraft,
    octets: Uint8Array,
    from: number,
    stop: number,
  ): MalformedMessage | undefined {
    if (line !== this.#byteRange) return apply(line.read, draft);
    return apply(
      (into) => setByteRange(into, parseByteRange(octets, from + byteRangeName.length, stop)),
      draft,
    );
  }

  /** The line as it is known, or becomes known; an error where it is none. */
  #line({ octets, from, to, stop }: Line): KnownLine | MalformedMessage {
    if (hasAt(octets, from, stop, byteRangeName)) return this.#byteRange;
    const place = placeOf(octets, from, to);
    const known = this.#known[place];
    if (known?.octets.length === to - from && hasAt(octets, from, to, known.octets)) return known;
    try {
      const line = { octets: octets.slice(from, to), read: parseField(octets, from, stop), next: undefined };
      if (to - from <= maxKnownLength) this.#known[place] = line;
      return line;
    } catch (error) {
      if (error instanceof MalformedMessage) return error;
      throw error;
    }
  }
}

function placeholder(): KnownLine {
  return { octets: new Uint8Array(0), read: () => {}, next: undefined };
}

function apply(read: ReadField, draft: HeadDraft): MalformedMessage | undefined {
  try {
    read(draft);
    return undefined;
  } catch (error) {
    if (error instanceof MalformedMessage) return error;
    throw error;
  }
}

/** Paths end alike, in `;tcp`, but not a little before. */
function placeOf(octets: Uint8Array, from: number, to: number): number {
  let place = (to - from) * 31 + (octets[from] ?? 0);
  for (let at = Math.max(from, to - 16); at < to - 6; at += 2) place = place * 33 + (octets[at] ?? 0);
  return place & (maxKnownLines - 1);
}

interface Line {
  readonly octets: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Where its line break begins. */
  readonly stop: number;
}

function parseField(octets: Uint8Array, from: number, to: number): ReadField {
  const division = octets.subarray(from, to).indexOf(colon);
  if (division <= 0) throw new MalformedMessage('a line without a name');
  const name = textOf(octets, from, from + division);
  const value = textOf(octets, from + division + 1, to).trim();
  if (name.toLowerCase() !== 'byte-range') return readField(name, value);
  const range = octetsOf(value);
  return (draft) => setByteRange(draft, parseByteRange(range, 0, range.length));
}

/** An end-line instead of a field. That of another transaction means that the end was lost. */
function endOfHead(octets: Uint8Array, at: number, stop: number, transactionId: string): ContinuationFlag {
  const flag = flagOf(octets[stop - 1] ?? 0);
  const idFrom = at + hyphens;
  let isSame = stop - 1 - idFrom === transactionId.length;
  for (let index = at; index < idFrom; index += 1) isSame &&= octets[index] === hyphen;
  for (let index = 0; index < transactionId.length && isSame; index += 1)
    isSame = octets[idFrom + index] === transactionId.charCodeAt(index);
  if (flag === undefined || !isSame) throw new NoMsrp('a foreign end-line');
  return flag;
}

function finish(
  start: StartLine,
  draft: HeadDraft,
  fault: MalformedMessage | undefined,
): MsrpHead | BrokenHead {
  const { transactionId, method, status, comment } = start;
  const { toPath, fromPath, fields } = draft;
  const isRequest = status === undefined;
  const reason = fault?.message ?? missing(draft, method);
  if (reason !== undefined || toPath === undefined || fromPath === undefined)
    return { kind: 'broken', transactionId, isRequest, reason: reason ?? '', toPath, fromPath };
  if (!isRequest) return { kind: 'response', transactionId, toPath, fromPath, fields, status, comment };
  return {
    kind: 'request',
    transactionId,
    toPath,
    fromPath,
    fields,
    method,
    messageId: draft.messageId,
    byteRange: draft.byteRange,
    successReport: draft.successReport ?? false,
    failureReport: draft.failureReport ?? 'yes',
    contentType: draft.contentType,
    status: draft.status,
  };
}

/** RFC 4975 sections 7.1, 7.1.1 and 7.1.2: what has to be there. */
function missing({ toPath, fromPath, messageId, status }: HeadDraft, method: string): string | undefined {
  if (toPath === undefined) return 'To-Path is missing';
  if (fromPath === undefined) return 'From-Path is missing';
  if ((method === 'SEND' || method === 'REPORT') && messageId === undefined) return 'Message-ID is missing';
  return method === 'REPORT' && status === undefined ? 'Status is missing' : undefined;
}
