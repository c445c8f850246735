import { closeSync, openSync, readSync } from 'node:fs';
import { systemRandom } from '@restante/sip';
import type { Random } from '@restante/sip';

const device = '/dev/urandom';
const poolBytes = 4096;

/**
 * The kernel's generator, read as a file where the system has it: what is drawn is as good as the platform's own, which
 * comes with the whole of Web Crypto and takes a sixth of a start to load. Elsewhere the platform's.
 */
export function kernelRandom(): Random {
  let pool: Uint8Array = new Uint8Array(0);
  let isMissing = false;
  return {
    bytes(length) {
      if (isMissing || length > poolBytes) return systemRandom.bytes(length);
      if (length > pool.length) {
        const read = readDevice();
        if (read === undefined) {
          isMissing = true;
          return systemRandom.bytes(length);
        }
        pool = read;
      }
      const drawn = pool.slice(0, length);
      // No octet is handed out twice, nor left where it could be read again.
      pool.fill(0, 0, length);
      pool = pool.subarray(length);
      return drawn;
    },
  };
}

/** Undefined where there is no such device, or it may not be read. */
function readDevice(): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(device, 'r');
  } catch {
    return undefined;
  }
  try {
    const octets = new Uint8Array(poolBytes);
    return readSync(file, octets) === poolBytes ? octets : undefined;
  } finally {
    closeSync(file);
  }
}
