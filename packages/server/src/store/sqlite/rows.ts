import type { SQLOutputValue } from 'node:sqlite';
import type { Instant } from '@restante/sip';

/** One row as the database gives it. */
export type Row = Record<string, SQLOutputValue>;

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`column ${column} holds no text`);
  return value;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new TypeError(`column ${column} holds no integer`);
  return value;
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new TypeError(`column ${column} holds no bytes`);
  return value;
}

/** A waiting message as it crosses to the main thread; `description` stays JSON until it is there. */
export interface MessageRow {
  readonly sequence: number;
  readonly id: string;
  readonly user: string;
  readonly acceptedAt: Instant;
  readonly expiresAt: Instant;
  readonly warned: boolean;
  readonly attempts: number;
  readonly claimed: boolean;
  readonly description: string;
}

/** What a statement selects to be read by messageRow: `m` is the message, `c` its claim where there is one. */
export const messageColumns =
  'm.sequence, m.id, m.user, m.accepted_at, m.expires_at, m.warned, m.attempts, m.description, c.message IS NOT NULL AS claimed';

export function messageRow(row: Row): MessageRow {
  return {
    sequence: integer(row, 'sequence'),
    id: text(row, 'id'),
    user: text(row, 'user'),
    acceptedAt: integer(row, 'accepted_at'),
    expiresAt: integer(row, 'expires_at'),
    warned: integer(row, 'warned') === 1,
    attempts: integer(row, 'attempts'),
    claimed: integer(row, 'claimed') === 1,
    description: text(row, 'description'),
  };
}
