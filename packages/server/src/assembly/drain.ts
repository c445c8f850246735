import { SipRejection } from '@restante/sip';
import type { Clock, IncomingInvite, IncomingRequest } from '@restante/sip';

/** When a client may try again after it met a server that is about to end, or has its hands full. */
const retryAfterSeconds = 5;

/** Lets requests in while the server runs; at the end refuses new ones and waits for those that are being handled. */
export class Drain {
  readonly #most: number;
  #underWay = 0;
  #ending = false;
  /** Called by the last one to be answered. */
  #finished: () => void = () => {};

  /** @param most requests that may be handled at once; each holds some 30 kB until it is answered */
  constructor(most = Infinity) {
    this.#most = most;
  }

  /** The same handler, counted. */
  through<Incoming extends IncomingRequest | IncomingInvite>(
    handle: (incoming: Incoming) => void | Promise<void>,
  ): (incoming: Incoming) => Promise<void> {
    return async (incoming) => {
      if (this.#ending || this.#underWay >= this.#most) {
        throw new SipRejection(503, { headers: [['Retry-After', String(retryAfterSeconds)]] });
      }
      this.#underWay += 1;
      try {
        await handle(incoming);
      } finally {
        this.#underWay -= 1;
        if (this.#underWay === 0) this.#finished();
      }
    };
  }

  /** Resolves when everything that was begun is answered, at the latest after so long. */
  async finish(clock: Clock, milliseconds: number): Promise<void> {
    this.#ending = true;
    if (this.#underWay === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#finished = resolve;
    const timer = clock.after(milliseconds, resolve);
    await promise;
    timer.cancel();
  }
}
