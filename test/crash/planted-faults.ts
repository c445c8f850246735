import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A way to break a promise of the server, as a change of its source. */
export interface PlantedFault {
  readonly name: string;
  /** Below packages/server/src. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const pullExecution = 'participating-function/deferred/pull-execution.ts';

export const plantedFaults: readonly PlantedFault[] = [
  {
    name: 'a commit is not synced',
    file: 'store/sqlite/database.ts',
    from: 'PRAGMA synchronous = FULL',
    to: 'PRAGMA synchronous = NORMAL',
  },
  {
    name: '202 before the commit',
    file: 'participating-function/message-handler.ts',
    from: 'await orUnavailable(queue.enqueue({ ...description, id, content }, limits), log)',
    to: "(setTimeout(() => void queue.enqueue({ ...description, id, content }, limits), 20), { kind: 'stored' })",
  },
  {
    name: 'a delivery is settled late',
    file: pullExecution,
    from: "await this.#persist(() => queue.settle(claim.message.id, { outcome: 'delivered', at, evidence }));",
    to: "await new Promise((resolve) => setTimeout(resolve, 100)); await this.#persist(() => queue.settle(claim.message.id, { outcome: 'delivered', at, evidence }));",
  },
  {
    name: 'a pull is not carried on',
    file: 'participating-function/deferred/pull-mode.ts',
    from: 'await this.pulls.resume();',
    to: "Reflect.set(this.#parts.store.queue, 'openClaims', async () => []); await this.pulls.resume();",
  },
  {
    name: 'a registration is answered before its commit',
    file: 'participating-function/registered-clients.ts',
    from: 'await this.#parts.registrations.save(user, bindings);\n    this.#keep',
    to: 'setTimeout(() => void this.#parts.registrations.save(user, bindings), 50);\n    this.#keep',
  },
  {
    name: 'a report has a new Message-ID at each attempt',
    file: 'participating-function/disposition-sender.ts',
    from: 'const request = dispositionRequest({ owed,',
    to: 'const request = dispositionRequest({ owed: { ...owed, imdnMessageId: opaqueId(random.bytes(10)) },',
  },
];

/** A copy of the server with this fault in it. */
export function plant({ name, file, from, to }: PlantedFault): {
  readonly main: string;
  readonly remove: () => void;
} {
  const root = join(import.meta.dirname, '../..');
  const tree = mkdtempSync(join(tmpdir(), 'restante-planted-'));
  const server = join(tree, 'packages/server');
  mkdirSync(server, { recursive: true });
  for (const part of ['src', 'package.json'])
    cpSync(join(root, 'packages/server', part), join(server, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  const path = join(server, 'src', file);
  const sound = readFileSync(path, 'utf8');
  if (!sound.includes(from)) throw new Error(`${name}: ${file} does not hold ${from}`);
  writeFileSync(path, sound.replace(from, to));
  return {
    main: join(server, 'src/main.ts'),
    remove: () => rmSync(tree, { recursive: true, force: true }),
  };
}
