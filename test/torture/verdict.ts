import { readFileSync } from 'node:fs';
import {
  MalformedMessage,
  type SipMessage,
  parseMessage,
  responseTo,
  serializeMessage,
  validateMessage,
} from '@restante/sip';
import { expect, test } from 'vitest';

/** One message of an RFC's test set, and what becomes of it. */
export interface TortureRow {
  readonly name: string;
  readonly section: string;
  /**
   * accepted: parsed and valid. rejected: a request that gets `status`, with `fault` in the reason phrase.
   * dropped: a response, or what cannot be answered.
   */
  readonly verdict: 'accepted' | 'rejected' | 'dropped';
  readonly status?: number;
  readonly fault?: string;
  /** Which layer above answers an accepted message, and with what. */
  readonly above?: string;
  /** A choice the RFC leaves open, and why it was made so. */
  readonly note?: string;
  /** What is to be read from it. */
  readonly check?: (message: SipMessage) => void;
}

/** A test for each row; the messages are octets in files beside the tables. */
export function tortureTests(rfc: number, rows: readonly TortureRow[]): void {
  for (const row of rows) {
    const answer = row.verdict === 'rejected' ? `rejected with ${row.status}` : row.verdict;
    test(`RFC ${rfc} ${row.section} ${row.name}: ${row.above ?? row.note ?? answer}`, () => {
      const bytes = new Uint8Array(readFileSync(new URL(`rfc${rfc}/${row.name}.sip`, import.meta.url)));
      if (row.verdict === 'accepted') expectAccepted(row, bytes);
      else expectFault(row, bytes);
    });
  }
}

function read(bytes: Uint8Array): SipMessage {
  const message = parseMessage(bytes);
  validateMessage(message);
  return message;
}

function withoutLength({ headers }: SipMessage): readonly (readonly [string, string])[] {
  return [...headers.without('Content-Length')];
}

function expectAccepted(row: TortureRow, bytes: Uint8Array): void {
  const message = read(bytes);
  row.check?.(message);
  const again = read(serializeMessage(message));
  row.check?.(again);
  expect(withoutLength(again)).toEqual(withoutLength(message));
  expect(again.body).toEqual(message.body);
}

function expectFault(row: TortureRow, bytes: Uint8Array): void {
  let fault: unknown;
  try {
    read(bytes);
  } catch (error) {
    fault = error;
  }
  if (!(fault instanceof MalformedMessage)) throw new Error(`${row.name}: no fault was found`);
  expect(fault.message).toContain(row.fault ?? '');
  expect(fault.message).toMatch(/^[\x20-\x7e]{1,99}$/);
  if (row.verdict === 'dropped') return expect(fault.partial).toBeUndefined();
  expect(fault.status).toBe(row.status);
  // What a response needs could be read, as far as it is there.
  expect(fault.partial?.headers.has('Via')).toBe(true);
  if (row.section !== '3.3.1') expect(fault.partial?.headers.has('Call-ID')).toBe(true);
  const answer =
    fault.partial && parseMessage(serializeMessage(responseTo(fault.partial, fault.status, { toTag: 't' })));
  expect(answer).toMatchObject({ status: row.status });
}
