import type { NewMessageRow } from './operations/enqueue.ts';
import type { OperationName } from './operations.ts';

/** What the worker is started with. */
export interface WorkerSettings {
  readonly directory: string;
  readonly role: StoreRole;
  readonly busyMilliseconds: number;
  readonly maxPages: number | undefined;
}

/** `server`: the one that accepts messages; `tool`: a command beside it. */
export type StoreRole = 'server' | 'tool';

export interface Call {
  readonly name: OperationName;
  readonly parameters: readonly unknown[];
}

/** A number: the message was stored under this sequence number. `fault`: nothing of this call took place. */
export type Reply = number | { readonly value: unknown } | { readonly fault: string };

/** The group's new messages are performed before its other calls, and answered first. */
export type ToWorker =
  | { readonly kind: 'calls'; readonly messages: PackedMessages | undefined; readonly calls: readonly Call[] }
  | { readonly kind: 'watch' }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'replies'; readonly replies: readonly Reply[] }
  | { readonly kind: 'foreign-change' };

/** New messages in few and flat pieces: the structured clone takes time for each object and each property. */
export interface PackedMessages {
  /** Five of each message. */
  readonly texts: readonly string[];
  /** Four of each message. */
  readonly numbers: readonly number[];
  /** The bodies, one after the other. */
  readonly bodies: Uint8Array<ArrayBuffer>;
}

/** A call of `enqueue`. */
export type NewMessage = readonly [row: NewMessageRow, body: Uint8Array];

/** The bodies are copied: the callers keep theirs. */
export function packMessages(messages: readonly NewMessage[]): PackedMessages {
  const texts: string[] = [];
  const numbers: number[] = [];
  let length = 0;
  for (const [row, body] of messages) {
    texts.push(row.id, row.user, row.identity, row.description, row.headers);
    numbers.push(row.acceptedAt, row.expiresAt, row.perUser, body.length);
    length += body.length;
  }
  const bodies = new Uint8Array(length);
  let offset = 0;
  for (const [, body] of messages) {
    bodies.set(body, offset);
    offset += body.length;
  }
  return { texts, numbers, bodies };
}

export function unpackMessages({ texts, numbers, bodies }: PackedMessages): readonly NewMessage[] {
  const messages: NewMessage[] = [];
  let offset = 0;
  for (let text = 0, number = 0; number < numbers.length; text += 5, number += 4) {
    const length = numbers[number + 3] ?? 0;
    const row = {
      id: texts[text] ?? '',
      user: texts[text + 1] ?? '',
      identity: texts[text + 2] ?? '',
      description: texts[text + 3] ?? '',
      headers: texts[text + 4] ?? '',
      acceptedAt: numbers[number] ?? 0,
      expiresAt: numbers[number + 1] ?? 0,
      perUser: numbers[number + 2] ?? 0,
    };
    messages.push([row, bodies.subarray(offset, offset + length)]);
    offset += length;
  }
  return messages;
}
