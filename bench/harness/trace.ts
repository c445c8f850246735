import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { check, CheckFailed } from './check.ts';
import { startLoadGenerator } from './load.ts';
import { startService } from './process.ts';
import { domain } from './product.ts';
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
  let acknowledged: number;
  let start: number;
  try {
    await strace.until(/attached/);
    start = await untilEveryThreadIsSeen(product, file);
    acknowledged = await act();
  } finally {
    await strace.stop('SIGINT');
  }
  const { answers, syncs, early } = readCommitOrder(await linesFrom(file, start), marks);
  check(
    early.length === 0,
    `strace: ${early.length} 2xx left before their commit, the first for ${early[0]}`,
  );
  check(answers >= acknowledged, `strace: ${acknowledged} 2xx came, only ${answers} were seen to leave`);
  return `strace: each of ${answers} 2xx left after the sync of its commit (${syncs} syncs)`;
}

/** Recipients that nobody else uses. */
const firstNumber = 5_000_000_000;
const attempts = 20;
const settlingMilliseconds = 200;

/**
 * A thread that strace calls attached may still run on unseen for a while: sends messages until a commit and an answer
 * are in the file, and gives where in it the rest begins.
 */
async function untilEveryThreadIsSeen(product: Product, file: string): Promise<number> {
  const generator = await startLoadGenerator({ transport: 'udp', port: product.port, domain, firstNumber });
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      await generator.run({ messages: 32, pace: { kind: 'closed', window: 8 } });
      await pause(settlingMilliseconds);
      const seen = readFileSync(file, 'latin1');
      if (/f(?:data)?sync\(.*= 0$/m.test(seen) && seen.includes('SIP/2.0 202')) return statSync(file).size;
    }
  } finally {
    await generator.close();
  }
  throw new CheckFailed('strace: no sync or no 202 was seen, though messages were acknowledged');
}

async function linesFrom(file: string, start: number): Promise<readonly string[]> {
  const lines: string[] = [];
  const input = createReadStream(file, { encoding: 'latin1', start });
  for await (const line of createInterface({ input })) lines.push(line);
  return lines;
}
