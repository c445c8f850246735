import type { Flow } from '../ports.ts';
import type { ClientTransaction } from './client-transaction.ts';

/** Which client transactions wait on which connection, so that one that closes costs no look at all the others. */
export class ConnectionWaiters {
  readonly #byFlow = new Map<string, Set<ClientTransaction>>();

  /** A UDP flow never closes under a request: its own sending fails. */
  add(transaction: ClientTransaction, { id, protocol }: Flow): void {
    if (protocol === 'UDP') return;
    const waiting = this.#byFlow.get(id);
    if (waiting === undefined) this.#byFlow.set(id, new Set([transaction]));
    else waiting.add(transaction);
  }

  remove(transaction: ClientTransaction): void {
    const { flow } = transaction;
    if (flow === undefined || flow.protocol === 'UDP') return;
    const waiting = this.#byFlow.get(flow.id);
    if (waiting?.delete(transaction) && waiting.size === 0) this.#byFlow.delete(flow.id);
  }

  of({ id }: Flow): Iterable<ClientTransaction> {
    return this.#byFlow.get(id) ?? [];
  }
}
