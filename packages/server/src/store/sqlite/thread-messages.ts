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

/** `fault`: nothing of this call took place. */
export type Reply = { readonly value: unknown } | { readonly fault: string };

export type ToWorker =
  | { readonly kind: 'calls'; readonly calls: readonly Call[] }
  | { readonly kind: 'watch' }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'replies'; readonly replies: readonly Reply[] }
  | { readonly kind: 'foreign-change' };
