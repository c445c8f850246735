import { isIdentifier } from './identifier.ts';
import { blank, cr, hasAt, lf, octetsOf, textOf } from './octets.ts';

/** Octets that are no MSRP: where the next message begins cannot be known. */
export class NoMsrp extends Error {
  override readonly name = 'NoMsrp';
}

export interface StartLine {
  readonly transactionId: string;
  readonly method: string;
  /** Undefined in a request. */
  readonly status: number | undefined;
  readonly comment: string;
  readonly end: number;
}

const protocolName = octetsOf('MSRP ');
const send = octetsOf('SEND');
const ok = octetsOf('200 OK');

/** RFC 4975 section 9: `MSRP tid SEND`, `MSRP tid 200 OK`. Undefined while it is not complete. Throws NoMsrp. */
export function parseStartLine(octets: Uint8Array, from: number, to: number): StartLine | undefined {
  const seen = Math.min(protocolName.length, to - from);
  for (let index = 0; index < seen; index += 1)
    if (octets[from + index] !== protocolName[index]) throw new NoMsrp('this is no MSRP');
  const last = lineEnd(octets, from, to);
  if (last < 0) return undefined;
  const stop = octets[last - 1] === cr ? last - 1 : last;
  const idFrom = from + protocolName.length;
  let idTo = idFrom;
  while (idTo < stop && octets[idTo] !== blank) idTo += 1;
  if (!isIdentifier(octets, idFrom, idTo)) throw new NoMsrp('no transaction identifier');
  const transactionId = textOf(octets, idFrom, idTo);
  const end = last + 1;
  if (idTo + 1 + send.length === stop && hasAt(octets, idTo + 1, stop, send))
    return { transactionId, method: 'SEND', status: undefined, comment: '', end };
  if (idTo + 1 + ok.length === stop && hasAt(octets, idTo + 1, stop, ok))
    return { transactionId, method: '', status: 200, comment: 'OK', end };
  const rest = textOf(octets, idTo + 1, stop);
  const method = rest.trimEnd();
  if (/^[A-Z]+$/.test(method)) return { transactionId, method, status: undefined, comment: '', end };
  const [, status, comment = ''] = /^(\d{3})(?: (.*))?$/.exec(rest) ?? [];
  if (status === undefined) throw new NoMsrp('neither a method nor a status');
  return { transactionId, method: '', status: Number(status), comment, end };
}

/** Where the line's LF is, or -1. */
export function lineEnd(octets: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at += 1) if (octets[at] === lf) return at;
  return -1;
}
