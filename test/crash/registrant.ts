import type { Journal } from './journal.ts';
import { Peer } from './peer.ts';
import { pause } from './seeded-random.ts';
import type { SeededRandom } from './seeded-random.ts';

const answerMilliseconds = 2500;

/** Registers and deregisters, and asks what has become of it: what was answered 200 is so, whatever life answers. */
export class Registrant {
  readonly peer: Peer;
  readonly #journal: Journal;
  readonly #random: SeededRandom;
  #stopping = false;

  constructor(user: string, journal: Journal, random: SeededRandom) {
    this.#journal = journal;
    this.#random = random;
    this.peer = new Peer(
      user,
      () => 200,
      () => (journal.received += 1),
    );
  }

  async run(): Promise<void> {
    for (let isHere = true; !this.#stopping; isHere = !isHere) {
      const expires = isHere ? 3600 : 0;
      const contact = `<${this.peer.contact}>;expires=${expires};+sip.instance="<urn:uuid:${this.peer.user}>"`;
      // Without an answer nobody knows; the next one tells again.
      if ((await this.#register([['Contact', contact]])) === undefined) continue;
      await pause(this.#random.between(0, 800));
      const listed = await this.#register([]);
      if (listed !== undefined && (listed !== '') !== isHere)
        this.#journal.faults.push(
          `a registration was answered 200 and is ${isHere ? 'lost' : 'there again'}: ${listed}`,
        );
    }
  }

  stop(): void {
    this.#stopping = true;
  }

  /** The contacts that the answer lists, undefined where there is no 200. */
  async #register(headers: readonly (readonly [string, string])[]): Promise<string | undefined> {
    const none = new Uint8Array();
    const response = await this.peer.request(
      'REGISTER',
      'sip:example.com',
      headers,
      none,
      answerMilliseconds,
    );
    return response?.status === 200 ? response.headers.all('Contact').join(', ') : undefined;
  }
}
