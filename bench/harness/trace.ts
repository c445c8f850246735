import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { check } from './check.ts';
import { startService } from './process.ts';
import type { Product } from './product.ts';
import { readCommitOrder } from './strace.ts';
import type { Marks } from './strace.ts';

const calls = 'fdatasync,fsync,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg';
/** Whole pages and whole batches: what is cut off could hold a mark. */
const stringBytes = 4 * 1024 * 1024;

/**
 * Watches the product's system calls with strace while `act` runs, which gives how many 2xx it got.
 *
 * @throws CheckFailed where a 2xx left before its commit, or where the trace does not hold every 2xx
 */
export async function checkCommitOrder(
  folder: string,
  product: Product,
  marks: Marks,
  act: () => Promise<number>,
): Promise<string> {
  const file = join(folder, 'strace');
  const attach = ['-f', '-p', String(product.service.pid), '-s', String(stringBytes)];
  const strace = startService('strace', [...attach, '-e', `trace=${calls}`, '-o', file], {
    log: join(folder, 'strace.log'),
  });
  await strace.until(/attached/);
  let acknowledged: number;
  try {
    acknowledged = await act();
  } finally {
    await strace.stop('SIGINT');
  }
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(file, 'latin1') })) lines.push(line);
  const { answers, syncs, early } = readCommitOrder(lines, marks);
  check(
    early.length === 0,
    `strace: ${early.length} 2xx left before their commit, the first for ${early[0]}`,
  );
  check(answers >= acknowledged, `strace: ${acknowledged} 2xx came, only ${answers} were seen to leave`);
  return `strace: each of ${answers} 2xx left after the sync of its commit (${syncs} syncs)`;
}
