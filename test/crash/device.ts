import { composeImdn, parseDeferredNotification, readImdnRequest, parseCpim } from '@restante/cpm';
import type { PullAction } from '@restante/cpm';
import type { SipRequest } from '@restante/sip';
import type { Journal, Naming } from './journal.ts';
import { Peer } from './peer.ts';
import { icsi, listBody, sdp } from './pull-body.ts';
import { pause } from './seeded-random.ts';
import type { SeededRandom } from './seeded-random.ts';

const bytes = new TextEncoder();
const text = new TextDecoder();
const features = `+g.3gpp.icsi-ref="${['msg', 'largemsg', 'deferred', 'systemmsg'].map(icsi).join(',')}"`;
const pullMilliseconds = 8000;
const reportMilliseconds = 3000;

/** A user's device: often too busy for new messages, told of what waits, and pulling it with all actions. */
export class Device {
  readonly peer: Peer;
  readonly #journal: Journal;
  readonly #random: SeededRandom;
  readonly #managementUri: string;
  /** message-URI-IDs by imdn.Message-ID, as the notifications said. */
  readonly #waiting = new Map<string, string>();
  /** What it has, it takes again. */
  readonly #known = new Set<string>();
  readonly #reports: Promise<void>[] = [];
  #stopping = false;

  constructor(user: string, managementUri: string, journal: Journal, random: SeededRandom) {
    this.#managementUri = managementUri;
    this.#journal = journal;
    this.#random = random;
    this.peer = new Peer(
      user,
      (request) => this.#received(request),
      () => (journal.received += 1),
    );
  }

  async register(seconds: number): Promise<void> {
    await this.peer.register(seconds, features, () => this.#stopping);
  }

  async run(): Promise<void> {
    await this.register(3600);
    while (!this.#stopping) {
      await pause(this.#random.between(10, 200));
      if (this.#stopping) return;
      if (this.#random.chance(0.08)) await this.#leaveAndReturn();
      else if (this.#random.chance(0.25)) await this.pullAll();
      else await this.#pullSome();
    }
  }

  /** From now on everything is taken. */
  stop(): void {
    this.#stopping = true;
  }

  /** Every report of its own has been answered, or given up. */
  async reported(): Promise<void> {
    await Promise.all(this.#reports);
  }

  /** The status of the answer; undefined where there is none. */
  async pullAll(): Promise<number | undefined> {
    const status = await this.#invite([['Content-Type', 'application/sdp']], bytes.encode(sdp));
    if (status === 200) this.#journal.pulls += 1;
    return status;
  }

  async #leaveAndReturn(): Promise<void> {
    await this.register(0);
    await pause(this.#random.between(50, 300));
    await this.register(3600);
  }

  async #pullSome(): Promise<void> {
    const most = this.#random.chance(0.5) ? 1 : 6;
    const chosen = [...this.#waiting].filter(() => this.#random.chance(0.5)).slice(0, most);
    if (chosen.length === 0) return;
    const entries = chosen.map(([id, uri]) => ({ id, uri, action: this.#action() }));
    const refused = entries.some(({ action }) => action === 'store' || action === 'interwork');
    const namings = entries.flatMap(({ id, action }) => {
      const alone = entries.length === 1;
      const naming: Naming = { action, alone, askedAt: Date.now(), status: undefined, answeredAt: undefined };
      const message = this.#journal.messages.get(id);
      message?.namings.push(naming);
      return message === undefined ? [] : [naming];
    });
    const headers = [
      ['Require', 'recipient-list-invite'],
      ['Content-Type', 'multipart/mixed;boundary=pull'],
    ] as const;
    const status = await this.#invite(headers, listBody(entries));
    for (const naming of namings) Object.assign(naming, { status, answeredAt: Date.now() });
    if (!refused) for (const { id } of entries) this.#waiting.delete(id);
    if (status === 200) this.#journal.pulls += 1;
    if (status !== undefined && ![488, 503].includes(status) && (status !== 200 || refused))
      this.#journal.faults.push(`a pull was answered ${status}${refused ? ' that cannot be' : ''}`);
  }

  #action(): PullAction {
    if (this.#random.chance(0.04)) return this.#random.chance(0.5) ? 'store' : 'interwork';
    return this.#random.chance(0.35) ? 'delete' : 'deliver';
  }

  async #invite(
    headers: readonly (readonly [string, string])[],
    body: Uint8Array,
  ): Promise<number | undefined> {
    const tag = `+g.3gpp.icsi-ref="${icsi('deferred')}"`;
    const contact = `<${this.peer.contact}>;+sip.instance="<urn:uuid:${this.peer.user}>";${tag}`;
    const all = [['Contact', contact], ['Accept-Contact', `*;${tag}`], ...headers] as const;
    const response = await this.peer.request('INVITE', this.#managementUri, all, body, pullMilliseconds);
    return response?.status;
  }

  #received(request: SipRequest): number | undefined {
    if (request.method !== 'MESSAGE') return 501;
    if ((request.headers.get('Content-Type') ?? '').includes('deferred-messages'))
      return this.#notified(request);
    const content = text.decode(request.body);
    const id = /imdn\.Message-ID: *(\S+)/.exec(content)?.[1] ?? '';
    const token = /token=(\S+)/.exec(content)?.[1] ?? '';
    const pulled = (request.headers.get('Accept-Contact') ?? '').includes('deferred');
    const status = this.#reply(id, pulled);
    this.#journal.arrived(id, token, { taken: status === 200, transport: this.peer.transport });
    if (status === 200 && !this.#known.has(id)) this.#reports.push(this.#report(id, request.body));
    if (status === 200) this.#known.add(id);
    return status;
  }

  #reply(id: string, pulled: boolean): number | undefined {
    if (this.#stopping || this.#known.has(id)) return 200;
    if (this.#random.chance(0.01)) return undefined;
    return this.#random.chance(pulled ? 0.9 : 0.3) ? 200 : 480;
  }

  #notified({ body }: SipRequest): number | undefined {
    this.#journal.notifications += 1;
    for (const { uri, messageId } of parseDeferredNotification(body).messages) {
      if (messageId === undefined) continue;
      this.#waiting.set(messageId, uri);
      this.#journal.listed(messageId, uri);
    }
    if (this.#stopping || this.#random.chance(0.87)) return 200;
    return this.#random.chance(0.8) ? 480 : undefined;
  }

  /** RFC 5438 section 8.2: its own report that it has the message, until the sender's client has taken it. */
  async #report(id: string, cpim: Uint8Array): Promise<void> {
    const message = this.#journal.messages.get(id);
    const asked = readImdnRequest(parseCpim(cpim));
    if (message === undefined || asked === undefined || !this.#random.chance(0.3)) return;
    const own = { imdnMessageId: `report-on-${id}`, answered: false };
    message.ownReport = own;
    const report = { kind: 'delivery', status: 'delivered' } as const;
    const { to, body } = composeImdn({
      about: asked,
      report,
      messageId: own.imdnMessageId,
      date: Date.now(),
    });
    const headers = [
      ['Accept-Contact', `*;+g.3gpp.icsi-ref="${icsi('msg')}"`],
      ['Content-Type', 'message/cpim'],
    ] as const;
    for (let tries = 0; tries < 5 && !own.answered; tries += 1) {
      const response = await this.peer.request('MESSAGE', to, headers, body, reportMilliseconds);
      own.answered = response?.status === 200;
      if (!own.answered && !this.#stopping) await pause(300);
    }
  }
}
