import { HeaderFields } from './protocol/header-fields.ts';
import { noBody } from './protocol/message.ts';
import type { SipRequest, SipResponse } from './protocol/message.ts';
import { MalformedMessage } from './protocol/malformed-message.ts';
import type { NameAddress } from './protocol/name-address.ts';
import { serializeNameAddress } from './protocol/name-address.ts';
import { callId, contacts, cseq, from, recordRoutes, to } from './protocol/readers.ts';
import { SipRejection } from './rejection.ts';

/** What both ends know of a dialog; RFC 3261 section 12 calls it the dialog state. */
export interface DialogState {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** The values of From and To as they go into our requests, tags included. */
  readonly local: string;
  readonly remote: string;
  readonly remoteTarget: string;
  readonly routeSet: readonly NameAddress[];
  /** The number of the last request of ours; 0 before the first. */
  readonly localSequence: number;
  /** The number of the last request of the peer; undefined before the first. */
  readonly remoteSequence: number | undefined;
}

/** Header fields and body of a request inside a dialog. */
export interface DialogRequestOptions {
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  readonly body?: Uint8Array;
}

/** RFC 3261 section 12: what lasts between two user agents after a 2xx to INVITE (or SUBSCRIBE). */
export class Dialog {
  #state: DialogState;

  constructor(state: DialogState) {
    this.#state = state;
  }

  /** Section 12.1.1: the dialog as the one sees it who answered. `response` is as it was sent. */
  static ofServer(request: SipRequest, response: SipResponse): Dialog {
    return new Dialog({
      callId: callId(request),
      localTag: tagOf(to(response)),
      remoteTag: tagOf(from(request)),
      local: response.headers.get('To') ?? '',
      remote: request.headers.get('From') ?? '',
      remoteTarget: targetOf(request),
      routeSet: recordRoutes(request),
      localSequence: 0,
      remoteSequence: cseq(request).sequence,
    });
  }

  /** Section 12.1.2: the dialog as the one sees it who asked. */
  static ofClient(request: SipRequest, response: SipResponse): Dialog {
    return new Dialog({
      callId: callId(request),
      localTag: tagOf(from(request)),
      remoteTag: tagOf(to(response)),
      local: request.headers.get('From') ?? '',
      remote: response.headers.get('To') ?? '',
      remoteTarget: targetOf(response),
      routeSet: recordRoutes(response).toReversed(),
      localSequence: cseq(request).sequence,
      remoteSequence: undefined,
    });
  }

  get state(): DialogState {
    return this.#state;
  }

  get id(): string {
    const { callId, localTag, remoteTag } = this.#state;
    return dialogId(callId, localTag, remoteTag);
  }

  /** Section 12.2.1.1: the next request of ours, routed by the route set; send it by the core. */
  request(method: string, options: DialogRequestOptions = {}): SipRequest {
    return this.#make(method, this.nextSequence(), options);
  }

  /** Section 13.2.2.4: the ACK for a 2xx carries the INVITE's number. */
  acknowledgement(inviteSequence: number, options: DialogRequestOptions = {}): SipRequest {
    return this.#make('ACK', inviteSequence, options);
  }

  /** The number of the next request; one that is sent again with credentials counts too. */
  nextSequence(): number {
    this.#state = { ...this.#state, localSequence: this.#state.localSequence + 1 };
    return this.#state.localSequence;
  }

  /** Section 12.2.2: takes note of a request of the peer. Throws a SipRejection where it is out of order. */
  receive(request: SipRequest): void {
    const { sequence } = cseq(request);
    const last = this.#state.remoteSequence;
    if (last !== undefined && sequence < last)
      throw new SipRejection(500, { reason: `CSeq ${sequence} Is Lower Than ${last}` });
    this.#state = { ...this.#state, remoteSequence: sequence };
  }

  /** Section 12.2.2: a request that was answered with 2xx and may move the peer's target (INVITE, UPDATE). */
  refresh(request: SipRequest): void {
    if (request.headers.has('Contact')) this.#state = { ...this.#state, remoteTarget: targetOf(request) };
  }

  #make(method: string, sequence: number, { headers = [], body = noBody }: DialogRequestOptions): SipRequest {
    const { callId, local, remote, remoteTarget, routeSet } = this.#state;
    const rows: (readonly [string, string])[] = [
      ['Max-Forwards', '70'],
      ...routeSet.map((route) => ['Route', serializeNameAddress(route)] as const),
      ['From', local],
      ['To', remote],
      ['Call-ID', callId],
      ['CSeq', `${sequence} ${method}`],
      ...headers,
    ];
    return { kind: 'request', method, uri: remoteTarget, headers: HeaderFields.of(rows), body };
  }
}

/** Section 12: what identifies a dialog to one of its ends. */
export function dialogId(callId: string, localTag: string, remoteTag: string): string {
  return `${callId} ${localTag} ${remoteTag}`;
}

/** The dialog that a request from the peer belongs to; undefined where its To has no tag. */
export function dialogIdOf(request: SipRequest): string | undefined {
  const localTag = to(request).parameters.get('tag');
  return typeof localTag === 'string' ? dialogId(callId(request), localTag, tagOf(from(request))) : undefined;
}

export function tagOf({ parameters }: NameAddress): string {
  const tag = parameters.get('tag');
  return typeof tag === 'string' ? tag : '';
}

function targetOf(message: SipRequest | SipResponse): string {
  const list = contacts(message);
  const first = list === '*' ? undefined : list[0];
  if (first === undefined) throw new MalformedMessage('Contact: missing in a message that makes a dialog');
  return first.uri;
}
