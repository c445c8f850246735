import type { RegisteredClient } from '../registered-client.ts';
import type { DeferredMessage, MessageContent } from './deferred-message.ts';

/** What is needed of a client to send it a message: one that is registered, or the device that sent an INVITE. */
export type PulledClient = Pick<RegisteredClient, 'target' | 'address' | 'route' | 'destination' | 'user'>;

export type DeferredDeliveryResult =
  | { readonly kind: 'delivered'; readonly evidence: string }
  /** `gone`: the device was not reached at all, so that the next attempt would end in the same way. */
  | { readonly kind: 'failed'; readonly reason: string; readonly gone: boolean };

/** One deferred message to one device (D-8, D-10). Never rejects but for an abort. */
export interface DeferredDelivery {
  deliverDeferred(
    message: DeferredMessage,
    content: MessageContent,
    client: PulledClient,
    signal: AbortSignal,
  ): Promise<DeferredDeliveryResult>;
}
