import type { WaitingMessageInfo } from '@restante/cpm';
import type { ReceivedNotification } from './notification-assembly.ts';
import type { PullInstruction } from './options.ts';

/** What was last known to wait: the latest notification less what was pulled since. */
export class WaitingList {
  #messages: ReadonlyMap<string, WaitingMessageInfo> = new Map();
  #number = 0;

  get messages(): readonly WaitingMessageInfo[] {
    return [...this.#messages.values()];
  }

  /** How many wait; more than `messages` lists where the network only told the number. */
  get number(): number {
    return this.#number;
  }

  /** Every notification lists all that waits (8.3.1.6.3 step 2f); only an incomplete one adds to what is known. */
  notified({ messages, number, complete }: ReceivedNotification): void {
    const known = complete ? [] : this.#messages;
    this.#messages = new Map([...known, ...messages.map((message) => [message.uri, message] as const)]);
    this.#number = Math.max(number, this.#messages.size);
  }

  /** What was instructed waits no more; what failed comes back with the next notification. */
  instructed(instruction: PullInstruction): void {
    if (instruction === 'everything') {
      this.#messages = new Map();
      this.#number = 0;
      return;
    }
    const before = this.#messages.size;
    this.#messages = new Map([...this.#messages].filter(([uri]) => !instruction.has(uri)));
    this.#number = Math.max(this.#messages.size, this.#number - (before - this.#messages.size));
  }

  hasMessage(messageId: string): boolean {
    return this.messages.some((message) => message.messageId === messageId);
  }
}
