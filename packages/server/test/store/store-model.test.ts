import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { SqliteFolder } from './sqlite/sqlite-folder.ts';
import { StoreRun, anOperation } from './store-operation.ts';
import type { StoreOperation } from './store-operation.ts';

/** Operations that are called together share a commit; those of several calls stand alone. */
function* groupsOf(operations: readonly StoreOperation[]): Iterable<readonly StoreOperation[]> {
  let group: StoreOperation[] = [];
  for (const operation of operations) {
    const alone = operation.do === 'deliver' || operation.do === 'notify';
    if (!alone && group.length < 6) {
      group.push(operation);
      continue;
    }
    yield group;
    group = alone ? [] : [operation];
    if (alone) yield [operation];
  }
  yield group;
}

async function runsAlike(operations: readonly StoreOperation[], restartAfter: number): Promise<void> {
  using folder = new SqliteFolder();
  const model = new StoreRun(openMemoryStore());
  const run = new StoreRun(await folder.open());
  try {
    for (const [index, group] of [...groupsOf(operations)].entries()) {
      const answers = await Promise.all(group.map((operation) => run.perform(operation)));
      expect(answers).toEqual(await Promise.all(group.map((operation) => model.perform(operation))));
      if (index !== restartAfter) continue;
      await run.store[Symbol.asyncDispose]();
      run.store = await folder.open();
    }
    expect(await run.everything()).toEqual(await model.everything());
  } finally {
    await run.store[Symbol.asyncDispose]();
  }
}

test('the SQLite store answers as the memory store does, whatever is done to both, across restarts', async () => {
  const operations = fc.array(anOperation, { minLength: 10, maxLength: 80, size: 'max' });
  const property = fc.asyncProperty(operations, fc.nat({ max: 20 }), runsAlike);
  await fc.assert(property, { numRuns: 12, endOnFailure: true });
}, 60_000);
