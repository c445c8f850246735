import type { SipRequest } from '@restante/sip';
import type { Journal } from './journal.ts';
import { Peer } from './peer.ts';
import { pause } from './seeded-random.ts';
import type { SeededRandom } from './seeded-random.ts';

const bytes = new TextEncoder();
const text = new TextDecoder();

/** Sends messages to users, some at a time, and hears what became of them. */
export class Sender {
  readonly peer: Peer;
  readonly #journal: Journal;
  readonly #random: SeededRandom;
  #stopping = false;

  constructor(user: string, journal: Journal, random: SeededRandom) {
    this.#journal = journal;
    this.#random = random;
    this.peer = new Peer(user, (request) => this.#reported(request));
  }

  async register(milliseconds: number): Promise<void> {
    const contact = `<${this.peer.contact}>;expires=3600;+sip.instance="<urn:uuid:${this.peer.user}>";+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"`;
    await this.peer.request(
      'REGISTER',
      'sip:example.com',
      [['Contact', contact]],
      new Uint8Array(),
      milliseconds,
    );
  }

  /** Ends when everything that was begun has an answer or none is to be hoped for. */
  async run(recipients: readonly string[], outstanding: number): Promise<void> {
    await Promise.all(Array.from({ length: outstanding }, () => this.#lane(recipients)));
  }

  stop(): void {
    this.#stopping = true;
  }

  async #lane(recipients: readonly string[]): Promise<void> {
    while (!this.#stopping) {
      await this.#send(this.#random.pick(recipients) ?? '');
      await pause(this.#random.between(10, 120));
    }
  }

  async #send(recipient: string): Promise<void> {
    const id = this.peer.name('imdn');
    const to = `sip:${recipient}@example.com`;
    this.#journal.sending(id);
    const headers = [
      ['Accept-Contact', '*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"'],
      ['Conversation-ID', `conversation-${this.peer.user}`],
      ['Contribution-ID', `contribution-${this.peer.user}`],
      ['Content-Type', 'message/cpim'],
    ] as const;
    const body = bytes.encode(
      [
        `From: <${this.peer.address}>`,
        `To: <${to}>`,
        `DateTime: ${new Date().toISOString()}`,
        'NS: imdn <urn:ietf:params:imdn>',
        `imdn.Message-ID: ${id}`,
        'imdn.Disposition-Notification: positive-delivery, negative-delivery',
        '',
        'Content-Type: text/plain;charset=UTF-8',
        '',
        `token=${id}`,
      ].join('\r\n'),
    );
    const response = await this.peer.request('MESSAGE', to, headers, body, 15_000);
    this.#journal.answered(id, response?.status);
  }

  #reported({ body }: SipRequest): { status: number } {
    const document = text.decode(body);
    const about = /<message-id>([^<]+)<\/message-id>/.exec(document)?.[1];
    const status = /<(delivered|failed|processed|stored|error)\s*\/>/.exec(document)?.[1];
    const imdnMessageId = /imdn\.Message-ID: *(\S+)/.exec(document)?.[1];
    if (about !== undefined && status !== undefined && imdnMessageId !== undefined) {
      this.#journal.reported(about, status, imdnMessageId);
    }
    return { status: 200 };
  }
}
