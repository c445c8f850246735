import type { DatabaseSync } from 'node:sqlite';
import { readOnly } from './operations.ts';
import type { Operations } from './operations.ts';
import type { Tally } from './tally.ts';
import type { Call, Reply } from './thread-messages.ts';

type AnyOperation = (...parameters: readonly unknown[]) => unknown;

type Attempt =
  | { readonly kind: 'committed'; readonly replies: readonly Reply[] }
  /** `begun` is false where not even a transaction could be opened. */
  | { readonly kind: 'failed'; readonly begun: boolean; readonly fault: string };

function faultOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Many calls, one transaction, one sync. A call that fails takes no other with it. */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #tally: Tally;
  readonly #operations: Map<string, AnyOperation>;

  constructor(db: DatabaseSync, tally: Tally, operations: Operations) {
    this.#db = db;
    this.#tally = tally;
    // The names and parameters were checked where the call was made, on the other side of the thread boundary.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.#operations = new Map(Object.entries(operations as unknown as Record<string, AnyOperation>));
  }

  run(calls: readonly Call[]): readonly Reply[] {
    if (calls.every(({ name }) => readOnly.has(name))) return calls.map((call) => this.#read(call));
    const together = this.#attempt(calls);
    if (together.kind === 'committed') return together.replies;
    if (calls.length === 1) return [{ fault: together.fault }];
    return this.#oneByOne(calls, together.begun ? undefined : together.fault);
  }

  #oneByOne(calls: readonly Call[], faultOfBeginning: string | undefined): readonly Reply[] {
    let hopeless = faultOfBeginning;
    return calls.map((call) => {
      if (readOnly.has(call.name)) return this.#read(call);
      if (hopeless !== undefined) return { fault: hopeless };
      const alone = this.#attempt([call]);
      if (alone.kind === 'committed') return alone.replies[0] ?? { value: undefined };
      if (!alone.begun) hopeless = alone.fault;
      return { fault: alone.fault };
    });
  }

  #attempt(calls: readonly Call[]): Attempt {
    let begun = false;
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      begun = true;
      const replies = calls.map((call) => ({ value: this.#perform(call) }));
      this.#tally.write();
      this.#db.exec('COMMIT');
      return { kind: 'committed', replies };
    } catch (error) {
      this.#tally.discard();
      // A failing disk can have ended the transaction already. A rollback that fails ends this worker.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      return { kind: 'failed', begun, fault: faultOf(error) };
    }
  }

  #read(call: Call): Reply {
    try {
      return { value: this.#perform(call) };
    } catch (error) {
      return { fault: faultOf(error) };
    }
  }

  #perform({ name, parameters }: Call): unknown {
    const operation = this.#operations.get(name);
    if (operation === undefined) throw new TypeError(`no operation ${name}`);
    return operation(...parameters);
  }
}
