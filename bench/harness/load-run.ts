import { messageFor, readAnswer, renumber } from './load-message.ts';
import type { Answer, MessageTemplate } from './load-message.ts';
import type { Load, LoadReport } from './load.ts';
import type { Wire } from './load-wire.ts';
import { latencyOf } from './percentiles.ts';

/** RFC 3261 table 4, in milliseconds. */
const t1 = 500;
const t2 = 4000;
const timerF = 64 * t1;
/** How often the timers are looked at. */
const sweepMilliseconds = 20;

/** A wire and the requests that are sent on it. */
export interface Lane {
  readonly wire: Wire;
  readonly template: MessageTemplate;
}

export interface RunParts {
  readonly lanes: readonly Lane[];
  readonly reliable: boolean;
  readonly load: Load;
  /** Of the first message. */
  readonly firstNumber: number;
  readonly messagesPerRecipient: number;
}

/** A client transaction of its own at a time, in one place of memory. */
interface Slot {
  readonly index: number;
  readonly lane: Lane;
  readonly bytes: Buffer;
  /** Of the message under way; -1 where none is. */
  number: number;
  since: number;
  /** Timer E: when it is sent again, and after how long then. */
  repeatAt: number;
  interval: number;
  failAt: number;
}

/** One run of a generator: sends, repeats (RFC 3261 section 17.1.2), counts. */
export class LoadRun {
  readonly #parts: RunParts;
  readonly #slots: Slot[] = [];
  readonly #free: Slot[] = [];
  readonly #latencies: Float64Array;
  readonly #answers = new Map<number, number>();
  readonly #done = Promise.withResolvers<void>();
  readonly #answer: Answer = { status: 0, slot: 0, number: 0 };
  #sent = 0;
  #ended = 0;
  #acknowledged = 0;
  #acknowledgedWhileSending = 0;
  #timedOut = 0;
  #retransmissions = 0;
  #retryAfter = 0;
  #started = 0;
  #lastSent = 0;
  #lastAnswered = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#latencies = new Float64Array(parts.load.messages);
  }

  async run(): Promise<LoadReport> {
    const { pace, messages } = this.#parts.load;
    const before = process.cpuUsage();
    this.#started = performance.now();
    const sweeping = setInterval(() => this.#sweep(performance.now()), sweepMilliseconds);
    let pacing: NodeJS.Timeout | undefined;
    if (pace.kind === 'open') pacing = setInterval(() => this.#sendDue(pace.rate), 1);
    else for (let count = Math.min(pace.window, messages); count > 0; count -= 1) this.#send(this.#started);
    await this.#done.promise;
    clearInterval(sweeping);
    clearInterval(pacing);
    return this.#report(process.cpuUsage(before));
  }

  /** Takes what came on a wire. */
  received(bytes: Buffer, start: number, end: number): void {
    const answer = this.#answer;
    if (!readAnswer(bytes, start, answer)) return;
    const slot = this.#slots[answer.slot];
    if (slot === undefined || slot.number !== answer.number) return; // A copy of a response that was there already.
    const now = performance.now();
    if (answer.status < 200) {
      slot.interval = t2;
      return;
    }
    this.#count(answer.status, now - slot.since);
    if (answer.status >= 300 && bytes.subarray(start, end).includes('Retry-After')) this.#retryAfter += 1;
    this.#lastAnswered = now;
    this.#end(slot, now);
  }

  #count(status: number, latency: number): void {
    this.#answers.set(status, (this.#answers.get(status) ?? 0) + 1);
    if (status >= 300) return;
    this.#latencies[this.#acknowledged] = latency;
    this.#acknowledged += 1;
    if (this.#sent < this.#parts.load.messages) this.#acknowledgedWhileSending += 1;
  }

  #end(slot: Slot, now: number): void {
    const { messages, pace } = this.#parts.load;
    slot.number = -1;
    this.#free.push(slot);
    this.#ended += 1;
    if (this.#ended === messages) this.#done.resolve();
    else if (pace.kind === 'closed' && this.#sent < messages) this.#send(now);
  }

  #sendDue(rate: number): void {
    const now = performance.now();
    while (this.#sent < this.#parts.load.messages) {
      const due = this.#started + (this.#sent * 1000) / rate;
      if (due > now) return;
      this.#send(due);
    }
  }

  #send(since: number): void {
    const { firstNumber, messagesPerRecipient, reliable } = this.#parts;
    const slot = this.#free.pop() ?? this.#newSlot();
    const now = performance.now();
    slot.number = firstNumber + this.#sent;
    slot.since = since;
    slot.interval = t1;
    slot.repeatAt = reliable ? Number.POSITIVE_INFINITY : now + t1;
    slot.failAt = now + timerF;
    renumber(slot.bytes, slot.lane.template, slot.number, Math.trunc(slot.number / messagesPerRecipient));
    this.#sent += 1;
    this.#lastSent = now;
    slot.lane.wire.send(slot.bytes);
  }

  #newSlot(): Slot {
    const { lanes } = this.#parts;
    const index = this.#slots.length;
    const lane = lanes[index % lanes.length];
    if (lane === undefined) throw new Error('no wire');
    const bytes = messageFor(lane.template, index);
    const slot = { index, lane, bytes, number: -1, since: 0, repeatAt: 0, interval: t1, failAt: 0 };
    this.#slots.push(slot);
    return slot;
  }

  #sweep(now: number): void {
    for (const slot of this.#slots) {
      if (slot.number < 0) continue;
      if (now >= slot.failAt) {
        this.#timedOut += 1;
        this.#end(slot, now);
      } else if (now >= slot.repeatAt) {
        slot.interval = Math.min(2 * slot.interval, t2);
        slot.repeatAt = now + slot.interval;
        this.#retransmissions += 1;
        slot.lane.wire.send(slot.bytes);
      }
    }
  }

  #report({ user, system }: NodeJS.CpuUsage): LoadReport {
    const seconds = (this.#lastAnswered - this.#started) / 1000;
    return {
      sent: this.#sent,
      answers: Object.fromEntries(this.#answers),
      timedOut: this.#timedOut,
      retransmissions: this.#retransmissions,
      retryAfter: this.#retryAfter,
      seconds,
      sendingSeconds: (this.#lastSent - this.#started) / 1000,
      acknowledgedWhileSending: this.#acknowledgedWhileSending,
      rate: this.#acknowledged / seconds,
      latency: latencyOf(this.#latencies.subarray(0, this.#acknowledged)),
      processorSeconds: (user + system) / 1e6,
    };
  }
}
