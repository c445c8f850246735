import { acknowledged, startLoadGenerator } from './load.ts';
import type { Pace } from './load.ts';
import { domain, startProduct } from './product.ts';
import type { Product } from './product.ts';
import type { Marks } from './strace.ts';
import { checkCommitOrder } from './trace.ts';

/** The Message-ID in a stored body and the Call-ID of its answer, which the generator makes of the same number. */
const marks: Marks = {
  written: /imdn\.Message-ID: [0-9a-f]{8}(\d{10})/g,
  answered: /Call-ID: (\d{10})[0-9a-f]{8}/g,
};

const messages = 400;

/** What strace says of deferrals over UDP and over TCP. @throws CheckFailed where one was answered too early */
export async function traceDeferrals(
  folder: string,
  pace: Pace = { kind: 'closed', window: 32 },
): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const transport of ['udp', 'tcp'] as const) {
    const product = await startProduct(folder);
    try {
      notes.push(`${transport.toUpperCase()}, ${await trace(folder, product, transport, pace)}`);
    } finally {
      await product.stop();
    }
  }
  return notes;
}

async function trace(
  folder: string,
  product: Product,
  transport: 'udp' | 'tcp',
  pace: Pace,
): Promise<string> {
  const generator = await startLoadGenerator({ transport, port: product.port, domain });
  try {
    return await checkCommitOrder(folder, product, marks, async () =>
      acknowledged(await generator.run({ messages, pace })),
    );
  } finally {
    await generator.close();
  }
}
