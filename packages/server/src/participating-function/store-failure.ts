import { SipRejection } from '@restante/sip';
import type { SipLog } from '@restante/sip';
import { StoreUnavailable } from './ports.ts';

/** When a sender or a client may try again after the store has failed. */
const retryAfterSeconds = 30;

/** D-22: what the store cannot take is refused, and the log says so in one line. */
export async function orUnavailable<T>(operation: Promise<T>, log: SipLog): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.error({ error }, 'store unavailable, request refused');
    throw new SipRejection(503, { headers: [['Retry-After', String(retryAfterSeconds)]] });
  }
}
