import type { Journal } from './journal.ts';
import { Sender } from './sender.ts';
import { pause } from './seeded-random.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Fewer than a user may have waiting (limits.messagesPerUser). */
const messagesPerUser = 900;
const outstanding = 48;
const pulseMilliseconds = 8;

/** Messages for users who never come: each that was answered waits in the end. */
export class Absentees {
  /** Sends them one after another: the answer tells that all before it is committed. */
  readonly pulse: Sender;
  /** Sends them as fast as the server takes them: its log grows until it is checkpointed. */
  readonly flood: Sender;
  #sent = 0;
  #stopping = false;

  constructor(journal: Journal, random: SeededRandom) {
    this.pulse = new Sender('pulse', journal, random);
    this.flood = new Sender('flood', journal, random);
  }

  async beat(): Promise<void> {
    while (!this.#stopping) {
      await this.pulse.sendPlain(this.#next());
      await pause(pulseMilliseconds);
    }
  }

  /** Until the time is over; what is open then is sent on until it is answered. */
  async pour(milliseconds: number): Promise<void> {
    const end = Date.now() + milliseconds;
    const lane = async (): Promise<void> => {
      while (Date.now() < end) await this.flood.send(this.#next());
    };
    await Promise.all(Array.from({ length: outstanding }, lane));
  }

  stop(): void {
    this.#stopping = true;
    for (const sender of [this.pulse, this.flood]) sender.stop();
  }

  #next(): string {
    this.#sent += 1;
    return `absent${Math.floor(this.#sent / messagesPerUser)}`;
  }
}
