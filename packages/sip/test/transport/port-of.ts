import assert from 'node:assert/strict';
import type { Server } from 'node:net';

/** The port of a server that listens. */
export function portOf(server: Server): number {
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return address.port;
}
