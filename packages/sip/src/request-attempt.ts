import type { SipRequest, SipResponse } from './protocol/message.ts';
import type { Cancellation } from './cancellation.ts';
import type { Destination } from './ports.ts';
import { RequestTimeout } from './request-timeout.ts';
import type { ClientTransactionUser } from './transaction/client-transaction.ts';
import type { TransactionLayer } from './transaction/transaction-layer.ts';

/** One try of one request at one destination: resolves with the final response. */
export type Attempt = (request: SipRequest, destination: Destination) => Promise<SipResponse>;

/** The attempt of every method but INVITE; when cancelled it just stops waiting (RFC 3261 section 9.1). */
export function attemptRequest(
  transactions: TransactionLayer,
  cancellation: Cancellation,
  onProvisional: ((response: SipResponse) => void) | undefined,
): Attempt {
  return (request, destination) =>
    new Promise((resolve, reject) => {
      const user: ClientTransactionUser = {
        response: (response) => (response.status < 200 ? onProvisional?.(response) : resolve(response)),
        timedOut: () => reject(new RequestTimeout(request.method, request.uri)),
        failed: reject,
      };
      const transaction = transactions.send(request, destination, user);
      cancellation.act = () => {
        transaction.terminate();
        reject(cancellation.reason);
      };
    });
}
