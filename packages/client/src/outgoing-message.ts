import { acceptContactFor, composeCpim, type Disposition, opaqueId, serviceUrn, uuid } from '@restante/cpm';
import { type Clock, type Random, serializedLength, serializeSipDate, type SipRequest } from '@restante/sip';
import type { ClientUserAgent } from './client-user-agent.ts';
import { MessageRefused, MessageTooLarge, refusalOf } from './errors.ts';
import { type ClientIdentity, requestBy, serviceHeaderName } from './identity.ts';
import type { ActOptions } from './options.ts';
import type { Registration } from './registration.ts';
import type { TargetLane } from './target-lane.ts';

/** A message to send. */
export interface MessageDraft extends ActOptions {
  /** `sip:` or `tel:` URI. */
  readonly to: string;
  readonly text?: string;
  /** In place of `text`, with `contentType`. */
  readonly body?: Uint8Array;
  /** Default `text/plain;charset=UTF-8`. */
  readonly contentType?: string;
  readonly subject?: string;
  /** Default: positive-delivery and negative-delivery. */
  readonly dispositions?: Iterable<Disposition>;
  /** How long the message is good for. */
  readonly expiresSeconds?: number;
  /** A conversation that goes on; a new one where it is left out. */
  readonly conversationId?: string;
  /** The Contribution-ID of the message that this one answers. */
  readonly inReplyTo?: string;
  /** imdn.Message-ID: given when the same message is sent once more. */
  readonly messageId?: string;
}

/** What became of a message that was sent. */
export interface SentMessage {
  /** imdn.Message-ID: dispositions name it. */
  readonly messageId: string;
  /** `delivered`: 200, it reached the other client. `accepted`: 202, the network keeps it (RFC 3428 section 7). */
  readonly status: 'delivered' | 'accepted';
  readonly conversationId: string;
  readonly contributionId: string;
}

/** A CPIM that is not a message of the user's: a disposition notification. */
export interface OutgoingCpim {
  readonly to: string;
  readonly body: Uint8Array;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface MessageSenderSettings {
  readonly identity: ClientIdentity;
  readonly registration: Registration;
  readonly userAgent: ClientUserAgent;
  readonly lane: TargetLane;
  readonly clock: Clock;
  readonly random: Random;
  /** Octets of a request (RFC 3428 section 8). */
  readonly limitBytes: number;
  /** Octets that the user agent core adds to each request: Via, Max-Forwards, tag, Call-ID, CSeq, User-Agent, Route. */
  readonly overheadBytes: number;
}

/** Pager mode: one CPIM in one MESSAGE (7.2.1). */
export class MessageSender {
  readonly #settings: MessageSenderSettings;

  constructor(settings: MessageSenderSettings) {
    this.#settings = settings;
  }

  async send(draft: MessageDraft): Promise<SentMessage> {
    const { random, userAgent, lane } = this.#settings;
    const messageId = draft.messageId ?? opaqueId(random.bytes(12));
    const conversationId = draft.conversationId ?? uuid(random.bytes(16));
    const contributionId = uuid(random.bytes(16));
    const request = this.#request(draft, { messageId, conversationId, contributionId });
    this.#checkSize(request);
    const { signal } = draft;
    const response = await lane.run(
      draft.to,
      () => userAgent.send(request, signal ? { signal } : {}),
      signal,
    );
    if (response.status >= 300) throw refusalOf('the message', response, MessageRefused);
    const status = response.status === 202 ? 'accepted' : 'delivered';
    return { messageId, status, conversationId, contributionId };
  }

  /** Is the request for this body within the limit of pager mode? */
  fits(outgoing: OutgoingCpim): boolean {
    return this.#sizeOf(this.#cpimRequest(outgoing)) <= this.#settings.limitBytes;
  }

  /** Sends a CPIM body that is ready. Rejects as `send` does, but for its size. */
  async sendCpim(outgoing: OutgoingCpim): Promise<void> {
    const request = this.#cpimRequest(outgoing);
    const response = await this.#settings.lane.run(outgoing.to, () => this.#settings.userAgent.send(request));
    if (response.status >= 300) throw refusalOf('the disposition notification', response, MessageRefused);
  }

  #cpimRequest({ to, body, headers }: OutgoingCpim): SipRequest {
    const { identity, registration } = this.#settings;
    return requestBy(identity, registration.serviceRoutes, {
      method: 'MESSAGE',
      uri: to,
      headers: [...this.#serviceHeaders(), ...headers, ['Content-Type', 'message/cpim']],
      body,
    });
  }

  #request(draft: MessageDraft, ids: Omit<SentMessage, 'status'>): SipRequest {
    const { identity, registration, clock } = this.#settings;
    const { to, expiresSeconds, inReplyTo } = draft;
    const now = clock.now();
    return requestBy(identity, registration.serviceRoutes, {
      method: 'MESSAGE',
      uri: to,
      headers: [
        ...this.#serviceHeaders(),
        ['Conversation-ID', ids.conversationId],
        ['Contribution-ID', ids.contributionId],
        ...(inReplyTo === undefined ? [] : [['InReplyTo-Contribution-ID', inReplyTo] as const]),
        ['Date', serializeSipDate(now)],
        ...(expiresSeconds === undefined ? [] : [['Expires', String(expiresSeconds)] as const]),
        ['Content-Type', 'message/cpim'],
      ],
      body: this.#cpim(draft, ids.messageId, now),
    });
  }

  #cpim(draft: MessageDraft, messageId: string, date: number): Uint8Array {
    const { identity } = this.#settings;
    const { to, text = '', body, contentType, subject, dispositions } = draft;
    return composeCpim({
      from: { uri: identity.user, ...(identity.displayName && { displayName: identity.displayName }) },
      to: { uri: to },
      date,
      messageId,
      dispositions: dispositions ?? ['positive-delivery', 'negative-delivery'],
      contentType: contentType ?? 'text/plain;charset=UTF-8',
      body: body ?? new TextEncoder().encode(text),
      ...(subject !== undefined && { subject }),
    });
  }

  #serviceHeaders(): readonly (readonly [string, string])[] {
    return [
      [serviceHeaderName(this.#settings.identity), serviceUrn('msg')],
      ['Accept-Contact', acceptContactFor('msg')],
    ];
  }

  #checkSize(request: SipRequest): void {
    const size = this.#sizeOf(request);
    if (size > this.#settings.limitBytes) throw new MessageTooLarge(size, this.#settings.limitBytes);
  }

  #sizeOf(request: SipRequest): number {
    return serializedLength(request) + this.#settings.overheadBytes;
  }
}
