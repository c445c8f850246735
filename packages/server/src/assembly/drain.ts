import { SipRejection } from '@restante/sip';
import type { Clock, IncomingInvite, IncomingRequest } from '@restante/sip';

/** When a client may try again after it met a server that is about to end, or has its hands full. */
const retryAfterSeconds = 5;

/** Lets requests in while the server runs; at the end refuses new ones and waits for those that are being handled. */
export class Drain {
  readonly #underWay = new Set<Promise<void>>();
  readonly #most: number;
  #ending = false;

  /** @param most requests that may be handled at once; each holds some 30 kB until it is answered */
  constructor(most = Infinity) {
    this.#most = most;
  }

  /** The same handler, counted. */
  through<Incoming extends IncomingRequest | IncomingInvite>(
    handle: (incoming: Incoming) => void | Promise<void>,
  ): (incoming: Incoming) => Promise<void> {
    return async (incoming) => {
      if (this.#ending || this.#underWay.size >= this.#most) {
        throw new SipRejection(503, { headers: [['Retry-After', String(retryAfterSeconds)]] });
      }
      const work = Promise.resolve(handle(incoming));
      const settled = work.then(
        () => {},
        () => {},
      );
      this.#underWay.add(settled);
      try {
        await work;
      } finally {
        this.#underWay.delete(settled);
      }
    };
  }

  /** Resolves when everything that was begun is answered, at the latest after so long. */
  async finish(clock: Clock, milliseconds: number): Promise<void> {
    this.#ending = true;
    if (this.#underWay.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.after(milliseconds, resolve);
    await Promise.race([Promise.all(this.#underWay), promise]);
    timer.cancel();
  }
}
