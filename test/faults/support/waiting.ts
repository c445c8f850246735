import type { ServerUnderTest } from '../../interop/support/server.ts';

/** The imdn.Message-IDs of what waits in the running server's database, in their order. */
export async function waitingIn(server: ServerUnderTest): Promise<readonly string[]> {
  const listed = await server.json('queue', 'list', '--limit', '1000');
  if (!Array.isArray(listed)) throw new Error('queue list printed no list');
  return listed.map((row: unknown) => messageIdOf(row));
}

function messageIdOf(row: unknown): string {
  const { dispositions } = objectOf(row);
  return String(objectOf(dispositions)['messageId']);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
