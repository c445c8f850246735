import { splitNotification } from '@restante/cpm';
import type { DeferredNotification, WaitingMessageInfo } from '@restante/cpm';
import type { RegisteredClient } from '../registered-client.ts';
import { isSuitableClient } from '../suitable-client.ts';
import type { DeferredMessage } from './deferred-message.ts';
import { messageUri } from './message-uri.ts';
import { notificationOverhead } from './notification-request.ts';
import type { NotificationSettings } from './notification-request.ts';

/** Why a user's clients may have to be told (D-14). */
export type NotificationReason =
  /** A message was deferred. */
  | { readonly kind: 'deferred' }
  /** This client has registered anew or with other feature tags: it is told again what it was told before. */
  | { readonly kind: 'registered'; readonly target: string }
  /** A message comes near its expiry. */
  | { readonly kind: 'expiring' }
  /** The server has started, or another process has written to the store: only what is untold. */
  | { readonly kind: 'restarted' };

interface ClientFacts {
  readonly client: RegisteredClient;
  /** The highest sequence that this client has been told of. */
  readonly toldUpTo: number;
}

export interface NotificationFacts {
  /** The user's queue, oldest first. */
  readonly waiting: readonly DeferredMessage[];
  readonly clients: readonly ClientFacts[];
  readonly reasons: readonly NotificationReason[];
  /** Joins the parts of one notification. */
  readonly id: string;
  readonly settings: NotificationSettings;
  /** URIs of the route that the server puts before every request. */
  readonly outboundRoute: readonly string[];
}

/** What is to happen for one client (PF-3). */
export type PlannedNotification =
  | {
      readonly kind: 'notify';
      readonly client: RegisteredClient;
      /** Bodies, to be sent one after another. */
      readonly parts: readonly Uint8Array[];
      /** The highest sequence listed. */
      readonly upTo: number;
    }
  | {
      readonly kind: 'leave';
      readonly client: RegisteredClient;
      readonly because: 'nothing-waits' | 'not-suitable' | 'told-before';
    };

/** PF-3, PF-4, PF-5: decides for each client on its own whether it is notified, and of what. */
export function planNotifications(facts: NotificationFacts): readonly PlannedNotification[] {
  // A claimed message is being handled: a client that is told of it could only get "125 No messages".
  const listed = facts.waiting.filter((message) => !message.claimed);
  return facts.clients.map((known) => planFor(known, listed, facts));
}

function planFor(
  { client, toldUpTo }: ClientFacts,
  listed: readonly DeferredMessage[],
  facts: NotificationFacts,
): PlannedNotification {
  const upTo = listed.reduce((highest, { sequence }) => Math.max(highest, sequence), 0);
  if (upTo === 0) return { kind: 'leave', client, because: 'nothing-waits' };
  if (!listed.some((message) => isSuitableClient(client, message)))
    return { kind: 'leave', client, because: 'not-suitable' };
  // PF-8: what a client knows is not repeated, unless it may have forgotten or time presses.
  if (upTo <= toldUpTo && !facts.reasons.some((reason) => repeats(reason, client)))
    return { kind: 'leave', client, because: 'told-before' };
  return { kind: 'notify', client, parts: partsFor(client, listed, facts), upTo };
}

function repeats(reason: NotificationReason, client: RegisteredClient): boolean {
  return reason.kind === 'expiring' || (reason.kind === 'registered' && reason.target === client.target);
}

function partsFor(
  client: RegisteredClient,
  listed: readonly DeferredMessage[],
  { reasons, id, settings, outboundRoute }: NotificationFacts,
): readonly Uint8Array[] {
  const notification: DeferredNotification = {
    number: listed.length,
    event: reasons.some(({ kind }) => kind === 'expiring') ? 'expiring' : 'waiting',
    id,
    messages: listed.map((message) => describe(message, settings.publicHost)),
  };
  const parts = splitNotification(notification, {
    overhead: notificationOverhead(client, settings, outboundRoute),
    limit: settings.notification.maximumOctets,
    namespace: settings.notification.namespace,
  });
  return parts.map(({ body }) => body);
}

function describe(message: DeferredMessage, publicHost: string): WaitingMessageInfo {
  const { sender, senderName, subject, conversationId, contributionId, dispositions } = message;
  return {
    uri: messageUri(message.id, publicHost),
    mode: message.mode,
    ...(sender !== undefined && { from: sender }),
    ...(sender !== undefined && senderName !== undefined && { fromName: senderName }),
    to: message.to,
    date: message.sentAt ?? message.acceptedAt,
    expiry: message.expiresAt,
    size: message.size,
    contentType: message.contentType,
    ...(subject !== undefined && { subject }),
    ...(dispositions !== undefined && { messageId: dispositions.messageId }),
    ...(conversationId !== undefined && { conversationId }),
    ...(contributionId !== undefined && { contributionId }),
  };
}
