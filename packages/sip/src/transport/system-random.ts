import type { Random } from '../ports.ts';

const poolBytes = 4096;
const pool = new Uint8Array(poolBytes);
let used = poolBytes;

/** The platform's own cryptographic generator, drawn in blocks because each call of it is dear. No octet is handed out twice. */
export const systemRandom: Random = {
  bytes(length) {
    if (length > poolBytes) return fill(new Uint8Array(length));
    if (used + length > poolBytes) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    const drawn = pool.slice(used, used + length);
    pool.fill(0, used, used + length);
    used += length;
    return drawn;
  },
};

/** getRandomValues gives at most 65536 octets in one call. */
function fill(target: Uint8Array<ArrayBuffer>): Uint8Array {
  for (let at = 0; at < target.length; at += 65_536) crypto.getRandomValues(target.subarray(at, at + 65_536));
  return target;
}
