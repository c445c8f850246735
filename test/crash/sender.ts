import type { SipRequest } from '@restante/sip';
import type { Journal, SentMessage } from './journal.ts';
import { Peer } from './peer.ts';
import { pause } from './seeded-random.ts';
import type { SeededRandom } from './seeded-random.ts';

const bytes = new TextEncoder();
const text = new TextDecoder();
const pagerTag = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"';
const answerMilliseconds = 2500;
const triesWhileStopping = 3;

/** Most wait for days, some for seconds. */
const lifetimes = [undefined, undefined, undefined, 600, 1, 1, 2, 3] as const;

/** Sends messages to users, some at a time and some of them twice, and hears what became of them. */
export class Sender {
  readonly peer: Peer;
  readonly #journal: Journal;
  readonly #random: SeededRandom;
  readonly #known = new Set<string>();
  #stopping = false;

  constructor(user: string, journal: Journal, random: SeededRandom) {
    this.#journal = journal;
    this.#random = random;
    this.peer = new Peer(
      user,
      (request) => this.#reported(request),
      () => (journal.received += 1),
    );
  }

  async register(seconds: number): Promise<void> {
    await this.peer.register(seconds, pagerTag, () => this.#stopping);
  }

  /** Ends when everything that was begun has an answer or none is to be hoped for. */
  async run(recipients: readonly string[], outstanding: number): Promise<void> {
    await this.register(3600);
    const lanes = Array.from({ length: outstanding }, () => this.#lane(recipients));
    await Promise.all([...lanes, this.#comeAndGo()]);
  }

  stop(): void {
    this.#stopping = true;
  }

  async #lane(recipients: readonly string[]): Promise<void> {
    while (!this.#stopping) {
      await this.send(this.#random.pick(recipients) ?? '');
      await pause(this.#random.between(10, 120));
    }
  }

  /** What is owed to a sender who is away waits in the outbox. */
  async #comeAndGo(): Promise<void> {
    while (!this.#stopping) {
      await pause(this.#random.between(200, 2500));
      if (this.#stopping) return;
      await this.register(0);
      await pause(this.#random.between(100, 1500));
      await this.register(3600);
    }
  }

  /** One message of any kind: again in a new transaction where one was not answered, and sometimes where one was. */
  async send(recipient: string): Promise<void> {
    const seconds = this.#random.pick(lifetimes);
    const wanted = this.#random.chance(0.85);
    const expiresMilliseconds = seconds === undefined ? undefined : seconds * 1000;
    const copy = this.message(recipient, { expiresMilliseconds, wanted });
    if (this.#random.chance(0.1)) void copy();
    await this.#untilAnswered(copy);
    if (this.#random.chance(0.1)) await copy();
  }

  /** A message that asks for nothing and waits for days. */
  async sendPlain(recipient: string): Promise<void> {
    await this.#untilAnswered(this.message(recipient, { expiresMilliseconds: undefined, wanted: false }));
  }

  async #untilAnswered(copy: () => Promise<number | undefined>): Promise<void> {
    for (let tries = 0; !this.#stopping || tries < triesWhileStopping; tries += 1) {
      const status = await copy();
      if (status !== undefined && status !== 503) return;
      // RFC 3261 section 21.5.4: turned away, and welcome later.
      if (status === 503) await pause(this.#random.between(100, 300));
    }
  }

  /** What sends one more copy of a new message, in a transaction of its own. */
  message(
    recipient: string,
    { expiresMilliseconds, wanted }: Pick<SentMessage, 'expiresMilliseconds' | 'wanted'>,
  ): () => Promise<number | undefined> {
    const message = this.#journal.sending({ id: this.peer.name('imdn'), expiresMilliseconds, wanted });
    const to = `sip:${recipient}@example.com`;
    const body = this.#body(message, to);
    const headers: (readonly [string, string])[] = [
      ['Accept-Contact', `*;${pagerTag}`],
      ['Conversation-ID', `conversation-${this.peer.user}`],
      ['Contribution-ID', `contribution-${this.peer.user}`],
      ['Content-Type', 'message/cpim'],
    ];
    if (expiresMilliseconds !== undefined) headers.push(['Expires', String(expiresMilliseconds / 1000)]);
    return async () => {
      const { life } = this.#journal;
      const sentAt = Date.now();
      const response = await this.peer.request('MESSAGE', to, headers, body, answerMilliseconds);
      if (response === undefined) return undefined;
      message.answers.push({ status: response.status, at: Date.now() });
      if (response.status === 202 && this.peer.transport === 'UDP' && this.#journal.life === life)
        life.confirmedAfter = Math.max(life.confirmedAfter, sentAt);
      return response.status;
    };
  }

  #body({ id, wanted }: SentMessage, to: string): Uint8Array {
    return bytes.encode(
      [
        `From: <${this.peer.address}>`,
        `To: <${to}>`,
        `DateTime: ${new Date().toISOString()}`,
        'NS: imdn <urn:ietf:params:imdn>',
        `imdn.Message-ID: ${id}`,
        `imdn.Disposition-Notification: positive-delivery${wanted ? ', negative-delivery' : ''}`,
        '',
        'Content-Type: text/plain;charset=UTF-8',
        '',
        `token=${id}`,
      ].join('\r\n'),
    );
  }

  #reported({ body }: SipRequest): number | undefined {
    const document = text.decode(body);
    const about = /<message-id>([^<]+)<\/message-id>/.exec(document)?.[1];
    const kind = /<(delivered|failed|processed|stored|error)\s*\/>/.exec(document)?.[1];
    const imdnMessageId = /imdn\.Message-ID: *(\S+)/.exec(document)?.[1];
    if (about === undefined || kind === undefined || imdnMessageId === undefined) {
      this.#journal.faults.push(`${this.peer.user} got what is no report`);
      return 400;
    }
    const status = this.#reply(imdnMessageId);
    const { transport } = this.peer;
    this.#journal.reported(about, { kind, imdnMessageId, taken: status === 200, transport });
    if (status === 200) this.#known.add(imdnMessageId);
    return status;
  }

  /** What it has, it takes again. */
  #reply(imdnMessageId: string): number | undefined {
    if (this.#stopping || this.#known.has(imdnMessageId)) return 200;
    if (this.#random.chance(0.02)) return undefined;
    return this.#random.chance(0.9) ? 200 : 480;
  }
}
