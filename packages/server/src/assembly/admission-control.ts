import type { Admission, SipLog } from '@restante/sip';
import { RefusedRequests } from './refused-requests.ts';
import { Shedding } from './shedding.ts';

/** What the admission control knows of the server. Times are monotonic milliseconds. */
export interface LoadSenses {
  now(): number;
  /** How much of the time since the last call the event loop had something to do, from 0 to 1. */
  busy(): number;
  /** How long the longest waiting request has been waiting; `busy`: as above. */
  delay(now: number, busy: number): number;
}

export interface AdmissionControlOptions {
  readonly senses: LoadSenses;
  /** How long requests may wait before some are refused, in milliseconds. */
  readonly target: number;
  /** Retry-After is drawn from this many seconds to twice as many, so that those refused do not come back at once. */
  readonly retryAfterSeconds: number;
  /** For so long a request may be sent again (RFC 3261 section 17.1.2.2: timer F). */
  readonly repeatedMilliseconds: number;
  /** Anything: makes it unforeseeable which requests are refused. */
  readonly seed: number;
  readonly log: SipLog;
}

/** The time between two looks at the server, in milliseconds. */
const lookEvery = 50;
/** Refusing may take this share of the time; the queue of the system drops what is beyond. */
const refusingTime = 0.125;
/** Two refusals that are further apart than this had something else between them. */
const longestRefusal = 0.2;
const quietMilliseconds = 10_000;

/**
 * Whose chance is which power of the share: a pull under way ends waiting, a registration is what pulls begin with.
 * A method that is not here is refused as a message is.
 */
const powers: Readonly<Record<string, number>> = { REGISTER: 2, INVITE: 3 };

/** Lets in as many requests as can be answered in time, and has the others refused as cheaply as possible. */
export class AdmissionControl implements Admission {
  readonly #options: AdmissionControlOptions;
  readonly #shedding: Shedding;
  readonly #remembered: RefusedRequests;
  #lookedAt: number;
  #refused = 0;
  #asked = 0;
  /** Which request was refused last, and when. */
  #last = { asked: 0, at: 0 };
  /** From the refusal of one request to that of the next one, with the system calls between them. */
  #refusalTime = longestRefusal / 10;
  #refusedInAll = 0;
  #toldAt = -Infinity;
  /** How many had been refused when the log was told of it; undefined while there is nothing to end. */
  #told: number | undefined;

  constructor(options: AdmissionControlOptions) {
    this.#options = options;
    this.#shedding = new Shedding({ target: options.target, refusingTime });
    this.#remembered = new RefusedRequests(options.repeatedMilliseconds);
    this.#lookedAt = options.senses.now();
  }

  refusing(): boolean {
    this.#asked += 1;
    const now = this.#options.senses.now();
    if (now - this.#lookedAt >= lookEvery) this.#look(now);
    return this.#shedding.share > 0 || this.#remembered.any(now);
  }

  /** RFC 3261 section 8.2.7: a retransmission gets the same answer, also when there is room again. */
  refusal(method: string, key: string): number | undefined {
    const lot = lotOf(key, this.#options.seed);
    const chance = this.#shedding.share ** (powers[method] ?? 1);
    if (lot / 2 ** 32 >= chance && !this.#remembered.has(lot)) return undefined;
    const now = this.#options.senses.now();
    this.#remembered.add(lot, now);
    this.#measure(now);
    const { retryAfterSeconds } = this.#options;
    return retryAfterSeconds + ((Math.imul(lot, 0x9e3779b1) >>> 0) % (retryAfterSeconds + 1));
  }

  #look(now: number): void {
    const { senses } = this.#options;
    const passed = now - this.#lookedAt;
    const busy = senses.busy();
    const before = this.#shedding.share;
    const delay = senses.delay(now, busy);
    this.#shedding.look({ delay, busy, refusingTime: (this.#refused * this.#refusalTime) / passed });
    this.#lookedAt = now;
    this.#refused = 0;
    this.#tell(before, now, delay);
  }

  /** Only where no other request came between them. */
  #measure(at: number): void {
    const took = at - this.#last.at;
    const isNext = this.#asked === this.#last.asked + 1;
    if (isNext && took < longestRefusal) this.#refusalTime += (took - this.#refusalTime) / 64;
    this.#last = { asked: this.#asked, at };
    this.#refused += 1;
    this.#refusedInAll += 1;
  }

  /** One line when it begins and one when it ends, however often that changes. */
  #tell(before: number, now: number, delay: number): void {
    const { log } = this.#options;
    const { share } = this.#shedding;
    if (before === 0 && share > 0 && now - this.#toldAt > quietMilliseconds) {
      this.#toldAt = now;
      this.#told = this.#refusedInAll;
      log.warn({ waitingMs: Math.round(delay) }, 'too much to do, new requests are refused');
    } else if (this.#told !== undefined && share === 0) {
      log.info({ refused: this.#refusedInAll - this.#told }, 'new requests are taken again');
      this.#told = undefined;
    }
  }
}

/** FNV-1a: spread well enough, and nothing is remembered of the request. */
function lotOf(key: string, seed: number): number {
  let lot = seed ^ 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) lot = Math.imul(lot ^ key.charCodeAt(at), 0x01000193);
  // The last characters alone would move only the low bits.
  lot = Math.imul(lot ^ (lot >>> 15), 0x2c1b3c6d);
  return (lot ^ (lot >>> 13)) >>> 0;
}
