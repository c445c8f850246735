import { RequestTimeout, TransportFailure } from '@restante/sip';
import type { MessageContent, MessageDescription } from './deferred/deferred-message.ts';
import { clientRequest } from './client-request.ts';
import type { ClientRequestKind } from './client-request.ts';
import type { RegisteredClient } from './registered-client.ts';
import type { LaneRequestSender } from './request-sender.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';

/** How an attempt ended. The text rests on the client's own answer, or says that there was none. */
export type DeliveryAttempt =
  | { readonly kind: 'delivered'; readonly evidence: string }
  /** `gone`: no answer came at all. `refused`: the user does not want it (6xx). */
  | { readonly kind: 'failed'; readonly reason: string; readonly gone: boolean; readonly refused: boolean };

/** What sending to a client needs of it. */
export type Addressed = Pick<RegisteredClient, 'target' | 'address' | 'route' | 'destination'>;

export interface MessageDeliveryParts {
  readonly sender: Pick<LaneRequestSender, 'send'>;
  readonly settings: Pick<ParticipatingFunctionSettings, 'delivery'>;
}

export interface DirectDelivery {
  readonly kind: Exclude<ClientRequestKind, 'pulled'>;
  readonly waves: readonly (readonly RegisteredClient[])[];
  readonly hops: number;
  /** Once aborted, no client is asked that was not asked yet. */
  readonly beginBefore: AbortSignal;
}

/** RFC 3261 section 8.1.1.6. */
const initialHops = 70;

/** Takes messages to clients: a 2xx is a delivery (D-10), whatever else comes is none (D-9). */
export class MessageDelivery {
  readonly #parts: MessageDeliveryParts;

  constructor(parts: MessageDeliveryParts) {
    this.#parts = parts;
  }

  /** Wave after wave until a client takes it; a 6xx ends the search (RFC 3261 section 16.7 step 5). Never rejects. */
  async deliver(
    content: MessageContent,
    { kind, waves, hops, beginBefore }: DirectDelivery,
  ): Promise<DeliveryAttempt> {
    const failures: string[] = [];
    let gone = true;
    for (const wave of waves) {
      if (beginBefore.aborted) break;
      const attempts = wave.map((client) => this.#offer(content, client, { kind, hops, beginBefore }));
      const result = await firstDelivered(attempts);
      if (result.kind === 'delivered') return result;
      failures.push(result.reason);
      gone &&= result.gone;
      if (result.refused) return { ...result, reason: failures.join('; ') };
    }
    return { kind: 'failed', reason: failures.join('; '), gone, refused: false };
  }

  /**
   * One pulled message to the device that asked for it, and to no other (D-8). Once the signal is aborted it is not begun;
   * what is under way then ends with the user agent core.
   */
  async deliverDeferred(
    _message: MessageDescription,
    content: MessageContent,
    client: Addressed,
    signal: AbortSignal,
  ): Promise<DeliveryAttempt> {
    return this.#offer(content, client, { kind: 'pulled', hops: initialHops, beginBefore: signal });
  }

  async #offer(
    content: MessageContent,
    client: Addressed,
    { kind, hops, beginBefore }: { kind: ClientRequestKind; hops: number; beginBefore: AbortSignal },
  ): Promise<DeliveryAttempt> {
    const { featureTag } = this.#parts.settings.delivery;
    try {
      const request = clientRequest(client, content, { kind, featureTag, hops });
      const { status, reason } = await this.#parts.sender.send(request, client, { beginBefore });
      const answer = `${status} ${reason}`;
      if (status >= 200 && status < 300) return { kind: 'delivered', evidence: answer };
      return { kind: 'failed', reason: answer, gone: false, refused: status >= 600 };
    } catch (error) {
      const gone = error instanceof RequestTimeout || error instanceof TransportFailure;
      return {
        kind: 'failed',
        reason: error instanceof Error ? error.message : String(error),
        gone,
        refused: false,
      };
    }
  }
}

/** The first client that takes it decides; when none does, what all of them said. */
async function firstDelivered(attempts: readonly Promise<DeliveryAttempt>[]): Promise<DeliveryAttempt> {
  const { promise, resolve } = Promise.withResolvers<DeliveryAttempt>();
  for (const attempt of attempts)
    void attempt.then((result) => {
      if (result.kind === 'delivered') resolve(result);
    });
  void Promise.all(attempts).then((results) => {
    const failures = results.filter((result) => result.kind === 'failed');
    resolve({
      kind: 'failed',
      reason: failures.map(({ reason }) => reason).join(', '),
      gone: failures.every(({ gone }) => gone),
      refused: failures.some(({ refused }) => refused),
    });
  });
  return promise;
}
