import {
  acceptContactFor,
  composePullBody,
  composePullOffer,
  icsiFeature,
  isImdn,
  parseCpim,
  parseDeferredNotification,
  parseImdn,
  serializeCpim,
  serviceUrn,
} from '@restante/cpm';
import type { Cpim, CpmService, DeferredNotification, ImdnDocument, PullAction } from '@restante/cpm';
import { HeaderFields, noBody, responseTo, UserAgentCore } from '@restante/sip';
import type { ClientInviteResult, Clock, SipRequest, SipResponse } from '@restante/sip';
import type { MemoryNetwork, MemoryTransport } from '../../support/memory-network.ts';
import { SequenceRandom } from '../../support/sequence-random.ts';

export const domain = 'example.com';
export const managementUri = 'sip:x7k2p9@example.com';
export const serverAddress = { host: '192.0.2.1', port: 5060 };

export interface DeviceOptions {
  readonly user: string;
  readonly name?: string;
  readonly host: string;
  readonly services?: readonly CpmService[];
  /** Port 5060 unless told otherwise. */
  readonly port?: number;
}

export interface SendingOptions {
  readonly messageId?: string;
  readonly dispositions?: string;
  readonly subject?: string;
  readonly extra?: readonly (readonly [string, string])[];
  readonly callId?: string;
}

export interface Received {
  readonly request: SipRequest;
  readonly cpim: Cpim;
  readonly text: string;
}

const noNames = { naptr: async () => [], srv: async () => [], addresses: async () => [] };

/** A scripted client: what it got, and what it answers. */
export class Device implements AsyncDisposable {
  readonly user: string;
  readonly instance: string;
  readonly contact: string;
  readonly core: UserAgentCore;
  readonly transports: readonly MemoryTransport[];
  /** Every MESSAGE, copies too, whatever was answered. */
  readonly requests: SipRequest[] = [];
  readonly notifications: DeferredNotification[] = [];
  readonly messages: Received[] = [];
  readonly dispositions: (ImdnDocument & { readonly imdnMessageId: string | undefined })[] = [];
  /** The status for a MESSAGE; a promise makes it wait. Undefined: no answer at all. */
  answer: (request: SipRequest) => number | undefined | Promise<number | undefined> = () => 200;
  readonly #random: SequenceRandom;
  readonly #features: string;
  #sequence = 0;

  constructor(network: MemoryNetwork, clock: Clock, options: DeviceOptions) {
    const { user, name = 'phone', host, port = 5060, services = ['msg', 'largemsg', 'deferred'] } = options;
    this.user = `sip:${user}@${domain}`;
    this.instance = `<urn:uuid:${user}-${name}>`;
    this.contact = `sip:${user}@${host}:${port}`;
    this.#features = services.length === 0 ? '' : `;${icsiFeature(...services)}`;
    this.#random = new SequenceRandom(hash(`${user} ${name} ${host}`));
    this.transports = [network.transport('UDP', host, port), network.transport('TCP', host, port)];
    this.core = new UserAgentCore({
      transports: this.transports,
      clock,
      random: this.#random,
      nameService: noNames,
      outboundProxy: [`sip:${serverAddress.host}:${serverAddress.port};lr`],
    });
    this.core.handle({
      MESSAGE: (incoming) => this.#receive(incoming.request, (answer) => incoming.respond(answer)),
    });
  }

  register(expires = 3600): Promise<SipResponse> {
    return this.core.send(
      this.#request('REGISTER', `sip:${domain}`, this.user, [
        ['Contact', `<${this.contact}>;+sip.instance="${this.instance}"${this.#features}`],
        ['Expires', String(expires)],
      ]),
    );
  }

  /** A pager mode message with CPIM. */
  send(to: string, text: string, options: SendingOptions = {}): Promise<SipResponse> {
    return this.core.send(this.message(to, text, options));
  }

  message(to: string, text: string, options: SendingOptions = {}): SipRequest {
    const { dispositions = 'positive-delivery, negative-delivery', subject, extra = [], callId } = options;
    const messageId = options.messageId ?? this.#name('m');
    const imdn = 'urn:ietf:params:imdn';
    const body = serializeCpim({
      headers: [
        { name: 'From', value: `<${this.user}>` },
        { name: 'To', value: `<${to}>` },
        { name: 'DateTime', value: '2026-03-01T09:00:00Z' },
        ...(subject === undefined ? [] : [{ name: 'Subject', value: subject }]),
        { name: 'Message-ID', namespace: imdn, value: messageId },
        ...(dispositions === ''
          ? []
          : [{ name: 'Disposition-Notification', namespace: imdn, value: dispositions }]),
      ],
      content: {
        headers: [['Content-Type', 'text/plain;charset=UTF-8']],
        body: new TextEncoder().encode(text),
      },
    });
    const rows: (readonly [string, string])[] = [
      ['P-Preferred-Service', serviceUrn('msg')],
      ['Accept-Contact', acceptContactFor('msg')],
      ['Conversation-ID', 'f0c1a1b2-11a0-4d0e-9f43-6b9a9f6d2e10'],
      ['Contribution-ID', '0c9a7c54-7f0d-4c0c-8c55-1d2b7a3e9d77'],
      ...extra,
      ['Content-Type', 'message/cpim'],
    ];
    const request = { ...this.#request('MESSAGE', to, to, rows), body };
    return callId === undefined ? request : { ...request, headers: request.headers.with('Call-ID', callId) };
  }

  /** CL-11: INVITE, and on 2xx ACK and BYE. */
  async pull(entries?: Readonly<Record<string, PullAction>>): Promise<SipResponse> {
    const { response, session } = await this.invite(entries);
    session?.ack();
    await session?.bye();
    return response;
  }

  invite(entries?: Readonly<Record<string, PullAction>>, signal?: AbortSignal): Promise<ClientInviteResult> {
    return this.core.invite(this.pullRequest(entries), signal === undefined ? {} : { signal });
  }

  /** Message-URI-IDs and what is to be done with them; without: everything is to be delivered. */
  pullRequest(entries?: Readonly<Record<string, PullAction>>): SipRequest {
    const host = this.transports[0]?.local.host ?? '';
    const list = entries && Object.entries(entries).map(([uri, action]) => ({ uri, action }));
    const { contentType, body } = composePullBody(
      composePullOffer({ host, sessionId: this.#name('s') }),
      list,
    );
    const rows: (readonly [string, string])[] = [
      ['Contact', `<${this.contact}>;+sip.instance="${this.instance}";${icsiFeature('deferred')}`],
      ['Accept-Contact', acceptContactFor('deferred')],
      ...(list === undefined ? [] : [['Require', 'recipient-list-invite'] as const]),
      ['Content-Type', contentType],
    ];
    return { ...this.#request('INVITE', managementUri, managementUri, rows), body };
  }

  get texts(): readonly string[] {
    return this.messages.map(({ text }) => text);
  }

  /** The message-URI-IDs of the last notification, all its parts together. */
  get listed(): readonly string[] {
    const last = this.notifications.at(-1);
    const parts = this.notifications.filter(({ id }) => id !== undefined && id === last?.id);
    return (parts.length === 0 && last ? [last] : parts).flatMap(({ messages }) =>
      messages.map(({ uri }) => uri),
    );
  }

  /** The device is switched off: nothing reaches it any more. */
  async vanish(): Promise<void> {
    await this.core.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vanish();
  }

  async #receive(request: SipRequest, respond: (answer: SipResponse) => void): Promise<void> {
    this.requests.push(request);
    const status = await this.answer(request);
    if (status === undefined) return;
    if (status < 300) this.#take(request);
    respond(responseTo(request, status));
  }

  #take(request: SipRequest): void {
    if (request.headers.get('Content-Type') !== 'message/cpim') {
      this.notifications.push(parseDeferredNotification(request.body));
      return;
    }
    const cpim = parseCpim(request.body);
    const imdnMessageId = cpim.headers.find(({ name }) => name === 'Message-ID')?.value;
    if (isImdn(cpim)) this.dispositions.push({ ...parseImdn(cpim.content.body), imdnMessageId });
    else this.messages.push({ request, cpim, text: new TextDecoder().decode(cpim.content.body) });
  }

  #request(method: string, uri: string, to: string, rows: Iterable<readonly [string, string]>): SipRequest {
    this.#sequence += 1;
    const headers = HeaderFields.of([
      ['Max-Forwards', '70'],
      ['From', `<${this.user}>;tag=${this.#name('f')}`],
      ['To', `<${to}>`],
      ['Call-ID', this.#name('c')],
      ['CSeq', `${this.#sequence} ${method}`],
      ['P-Asserted-Identity', `<${this.user}>`],
    ]).concat(rows);
    return { kind: 'request', method, uri, headers, body: noBody };
  }

  #name(kind: string): string {
    let name = kind;
    for (const byte of this.#random.bytes(6)) name += byte.toString(16).padStart(2, '0');
    return name;
  }
}

function hash(text: string): number {
  let value = 7;
  for (const letter of text) value = (Math.imul(value, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return value;
}
