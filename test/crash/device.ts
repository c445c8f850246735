import { parseDeferredNotification, writePullList } from '@restante/cpm';
import type { PullEntry } from '@restante/cpm';
import type { SipRequest } from '@restante/sip';
import type { Journal } from './journal.ts';
import { Peer } from './peer.ts';
import { pause } from './seeded-random.ts';
import type { SeededRandom } from './seeded-random.ts';

const bytes = new TextEncoder();
const text = new TextDecoder();
const icsi = (name: string): string => `urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.${name}`;
const features = `+g.3gpp.icsi-ref="${['msg', 'largemsg', 'deferred', 'systemmsg'].map(icsi).join(',')}"`;
const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=message 9 TCP/MSRP *',
  'a=path:msrp://127.0.0.1:9/pull;tcp',
  'a=setup:active',
  'a=accept-types:message/cpim',
  'a=recvonly',
  '',
].join('\r\n');

/** What a notification said of one message. */
interface Waiting {
  readonly uri: string;
  readonly id: string;
}

/** A user's device: often too busy for new messages, told of what waits, and pulling it with mixed actions. */
export class Device {
  readonly peer: Peer;
  readonly #journal: Journal;
  readonly #random: SeededRandom;
  readonly #managementUri: string;
  readonly #waiting = new Map<string, Waiting>();
  #stopping = false;
  lastArrival = 0;

  constructor(user: string, managementUri: string, journal: Journal, random: SeededRandom) {
    this.#managementUri = managementUri;
    this.#journal = journal;
    this.#random = random;
    this.peer = new Peer(user, (request) => ({ status: this.#received(request) }));
  }

  async register(seconds: number, milliseconds: number): Promise<void> {
    const contact = `<${this.peer.contact}>;expires=${seconds};+sip.instance="<urn:uuid:${this.peer.user}>";${features}`;
    await this.peer.request(
      'REGISTER',
      'sip:example.com',
      [['Contact', contact]],
      new Uint8Array(),
      milliseconds,
    );
  }

  async run(): Promise<void> {
    await this.register(3600, 10_000);
    while (!this.#stopping) {
      await pause(this.#random.between(20, 250));
      if (this.#random.chance(0.1)) await this.#leaveAndReturn();
      else if (this.#random.chance(0.4)) await this.pullAll();
      else await this.#pullSome();
    }
  }

  /** From now on everything is taken. */
  stop(): void {
    this.#stopping = true;
  }

  /** The status of the answer; undefined where there is none. */
  async pullAll(): Promise<number | undefined> {
    const headers = [['Content-Type', 'application/sdp']] as const;
    const status = await this.#invite(headers, bytes.encode(sdp));
    if (status === 200) this.#journal.pullAccepted([]);
    return status;
  }

  async #leaveAndReturn(): Promise<void> {
    await this.register(0, 5000);
    await pause(this.#random.between(50, 300));
    await this.register(3600, 10_000);
  }

  async #pullSome(): Promise<void> {
    const chosen = [...this.#waiting.values()].filter(() => this.#random.chance(0.5)).slice(0, 5);
    if (chosen.length === 0) return;
    const entries = chosen.map(({ uri, id }) => {
      const action = this.#random.chance(0.4) ? 'delete' : 'deliver';
      if (action === 'delete') this.#journal.deletionAsked(id);
      return { uri, action, id } satisfies PullEntry & Waiting;
    });
    const headers = [
      ['Require', 'recipient-list-invite'],
      ['Content-Type', 'multipart/mixed;boundary=pull'],
    ] as const;
    const list = text.decode(writePullList(entries));
    const body = [
      '--pull',
      'Content-Type: application/sdp',
      '',
      sdp,
      '--pull',
      'Content-Type: application/resource-lists+xml',
      'Content-Disposition: recipient-list',
      '',
      list,
      '--pull--',
      '',
    ].join('\r\n');
    const status = await this.#invite(headers, bytes.encode(body));
    for (const { uri } of entries) this.#waiting.delete(uri);
    if (status === 200) {
      this.#journal.pullAccepted(entries.filter(({ action }) => action === 'deliver').map(({ id }) => id));
    } else if (status !== undefined && status !== 488) {
      this.#journal.faults.push(`a pull was answered ${status}`);
    }
  }

  async #invite(
    headers: readonly (readonly [string, string])[],
    body: Uint8Array,
  ): Promise<number | undefined> {
    const tag = `+g.3gpp.icsi-ref="${icsi('deferred')}"`;
    const contact = `<${this.peer.contact}>;+sip.instance="<urn:uuid:${this.peer.user}>";${tag}`;
    const all = [['Contact', contact], ['Accept-Contact', `*;${tag}`], ...headers] as const;
    const response = await this.peer.request('INVITE', this.#managementUri, all, body, 8000);
    return response?.status;
  }

  #received(request: SipRequest): number {
    if (request.method !== 'MESSAGE') return 501;
    if ((request.headers.get('Content-Type') ?? '').includes('deferred-messages'))
      return this.#notified(request);
    const content = text.decode(request.body);
    const pulled = (request.headers.get('Accept-Contact') ?? '').includes('deferred');
    const taken = this.#stopping || this.#random.chance(pulled ? 0.9 : 0.3);
    const id = /imdn\.Message-ID: *(\S+)/.exec(content)?.[1] ?? '';
    const token = /token=(\S+)/.exec(content)?.[1] ?? '';
    this.lastArrival = Date.now();
    this.#journal.arrived(id, token, taken);
    return taken ? 200 : 480;
  }

  #notified({ body }: SipRequest): number {
    this.#journal.notifications += 1;
    for (const { uri, messageId } of parseDeferredNotification(body).messages) {
      if (messageId === undefined) continue;
      this.#waiting.set(uri, { uri, id: messageId });
    }
    return 200;
  }
}
