import { openCpmClient } from '@restante/client/node';
import type { CpmClient, NodeCpmClientOptions } from '@restante/client/node';
import { RetryLater } from '@restante/client';
import { managementUri } from '../../interop/support/server.ts';

/** A client that the server trusts, on loopback. */
export function openClient(
  user: string,
  port: number,
  options: Partial<NodeCpmClientOptions> & { readonly transport?: 'udp' | 'tcp' } = {},
): Promise<CpmClient> {
  const { transport = 'udp', ...others } = options;
  return openCpmClient({
    user: `sip:${user}@example.com`,
    server: `sip:127.0.0.1:${port};transport=${transport}`,
    deferredManagementUri: managementUri,
    trusted: true,
    listen: { host: '127.0.0.1' },
    ...others,
  });
}

/** What became of a message: 202 and its Message-ID, or the Retry-After of its refusal. */
export type Fate = { readonly messageId: string } | { readonly retryAfterSeconds: number | undefined };

export async function fateOf(client: CpmClient, to: string, text: string): Promise<Fate> {
  try {
    const { messageId } = await client.send({
      to: `sip:${to}@example.com`,
      text,
      dispositions: ['negative-delivery'],
    });
    return { messageId };
  } catch (error) {
    if (error instanceof RetryLater) return { retryAfterSeconds: error.retryAfterSeconds };
    throw error;
  }
}

/** The Message-IDs of those that were acknowledged. */
export const acknowledged = (fates: readonly Fate[]): readonly string[] =>
  fates.flatMap((fate) => ('messageId' in fate ? [fate.messageId] : []));

/** The Retry-After of those that were refused. */
export const refusals = (fates: readonly Fate[]): readonly (number | undefined)[] =>
  fates.flatMap((fate) => ('messageId' in fate ? [] : [fate.retryAfterSeconds]));

/** Asks until it is so; throws when it is not within the time. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  milliseconds = 15_000,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await pause(50);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Everything that comes, until the client closes. */
export function collect<T>(values: AsyncIterable<T>, into: T[]): void {
  const loop = async (): Promise<void> => {
    for await (const value of values) into.push(value);
  };
  void loop();
}
