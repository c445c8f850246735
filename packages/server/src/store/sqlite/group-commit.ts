import type { DatabaseSync, StatementSync } from 'node:sqlite';
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

/** The usual answer to a new message costs no object. */
function shortReply(value: unknown): Reply {
  const isStored = typeof value === 'object' && value !== null && 'sequence' in value;
  return isStored && typeof value.sequence === 'number' ? value.sequence : { value };
}

/** Many calls, one transaction, one sync. A call that fails takes no other with it. */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #tally: Tally;
  readonly #operations: Map<string, AnyOperation>;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;

  constructor(db: DatabaseSync, tally: Tally, operations: Operations) {
    this.#db = db;
    this.#tally = tally;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
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
      this.#begin.run();
      begun = true;
      const replies = calls.map((call) => this.#perform(call));
      this.#tally.write();
      this.#commit.run();
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
      return this.#perform(call);
    } catch (error) {
      return { fault: faultOf(error) };
    }
  }

  #perform({ name, parameters }: Call): Reply {
    const operation = this.#operations.get(name);
    if (operation === undefined) throw new TypeError(`no operation ${name}`);
    const value = operation(...parameters);
    return name === 'enqueue' ? shortReply(value) : { value };
  }
}
