import type { Answer, Life, Report, SentMessage } from './journal.ts';

/** What is left when the last server has stopped in order. */
export interface Remainder {
  readonly at: number;
  /** imdn.Message-IDs of the messages that wait. */
  readonly waiting: ReadonlySet<string>;
}

export interface Verdict {
  /** Why this message was not treated as promised; empty where it was. */
  readonly faults: readonly string[];
  /** Milliseconds from the 2xx of a client to the kill that has undone it, for each repetition that was excused. */
  readonly excused: readonly number[];
}

/** Two sockets of this process may be read in another order than they were written. */
const readingMilliseconds = 25;
/** A message that is sent so long after an answer does not overtake it on its way into the server. */
const inOrderMilliseconds = { UDP: 5, TCP: 20 } as const;
/** However busy the machine is, a server that confirms no commit for so long is at fault itself. */
const commitMilliseconds = 3000;
/** How late a message may expire. */
const expiryMilliseconds = 3000;

/**
 * How long after this answer the kill came that may have undone what it ended. Undefined where none can have: the
 * server writes in the order in which it reads, and it has confirmed a commit that was asked for after this answer.
 */
function undone({ life: number, at, transport }: Answer, lives: readonly Life[]): number | undefined {
  const life = lives[number];
  if (life?.endedAt === undefined || life.endedAt - at > commitMilliseconds) return undefined;
  return life.confirmedAfter > at + inOrderMilliseconds[transport] ? undefined : life.endedAt - at;
}

const isSuccess = (status: number | undefined): boolean =>
  status !== undefined && status >= 200 && status < 300;

/** The rules of the story of one message. */
class Judge {
  readonly faults: string[] = [];
  /** A kill undid each of these. */
  readonly #excused = new Map<Answer, number>();
  readonly #message: SentMessage;
  readonly #lives: readonly Life[];
  readonly #remainder: Remainder;
  readonly #taken: readonly Answer[];
  readonly #failed: readonly Report[];

  constructor(message: SentMessage, lives: readonly Life[], remainder: Remainder) {
    this.#message = message;
    this.#lives = lives;
    this.#remainder = remainder;
    this.#taken = message.arrivals.filter(({ taken }) => taken);
    this.#failed = message.reports.filter(({ kind }) => kind === 'failed');
  }

  judge(): Verdict {
    this.#nothingLost();
    this.#reportsAreTrue();
    this.#deletionsAreDone();
    this.#nothingNeedless();
    return { faults: this.faults, excused: [...this.#excused.values()] };
  }

  get #waits(): boolean {
    return this.#remainder.waiting.has(this.#message.id);
  }

  #nothingLost(): void {
    const { answers, namings, wanted, expiresMilliseconds } = this.#message;
    const strange = answers.find(({ status }) => !isSuccess(status) && status !== 503);
    if (strange !== undefined) this.faults.push(`answered ${strange.status}`);
    const direct = answers.find(({ status }) => status === 200);
    if (direct !== undefined && !this.#taken.some(({ at }) => at <= direct.at))
      this.faults.push('answered 200, and no device had it');
    const promised =
      answers.some(({ status }) => isSuccess(status)) ||
      namings.some(({ alone, status }) => alone && isSuccess(status));
    if (!promised || this.#taken.length > 0 || this.#waits || this.#failed.length > 0) return;
    if (wanted) this.faults.push('promised by 2xx; not delivered, not waiting, and no report of its end');
    else if (!this.#mayBeDeleted(this.#remainder.at) && !this.#isOver(this.#remainder.at))
      this.faults.push(
        `promised by 2xx and lost${expiresMilliseconds === undefined ? '' : ' before it expired'}`,
      );
  }

  #reportsAreTrue(): void {
    const { reports, wanted, ownReport } = this.#message;
    const [first] = this.#failed;
    if (first !== undefined && !wanted) this.faults.push('reported as failed, and nobody had asked');
    if (first !== undefined && !this.#mayBeDeleted(first.at) && !this.#isOver(first.at))
      this.faults.push('reported as failed; it was neither deleted nor over');
    for (const [kind, ofKind] of Map.groupBy(reports, (report) => report.kind)) {
      const ids = new Set(ofKind.map(({ imdnMessageId }) => imdnMessageId));
      if (ids.size > 1) this.faults.push(`reported as ${kind} under ${ids.size} imdn.Message-IDs`);
      if (kind === 'delivered' && (ownReport === undefined || !ids.has(ownReport.imdnMessageId)))
        this.faults.push('reported as delivered, and its device has not said so');
      if (kind !== 'failed' && kind !== 'delivered') this.faults.push(`reported as ${kind}`);
    }
    if (ownReport?.answered === true && !reports.some(({ kind, taken }) => kind === 'delivered' && taken))
      this.faults.push('the report of its device was answered 2xx and did not come');
  }

  /** A pull that names nothing else and is answered 2xx has taken the message: now it is gone. */
  #deletionsAreDone(): void {
    const { namings, arrivals, wanted } = this.#message;
    for (const { action, alone, status, answeredAt } of namings) {
      if (action !== 'delete' || !alone || !isSuccess(status) || answeredAt === undefined) continue;
      if (this.#waits) this.faults.push('its deletion was accepted, and it waits');
      if (arrivals.some(({ at }) => at > answeredAt + readingMilliseconds))
        this.faults.push('its deletion was accepted, and it came');
      if (wanted && this.#failed.length === 0)
        this.faults.push('its deletion was accepted, and its sender was not told');
    }
  }

  /** What has ended does not end again, nor come again, nor wait: but for what a kill has undone. */
  #nothingNeedless(): void {
    const { listed } = this.#message;
    const [report] = this.#failed;
    for (const [index, answer] of this.#taken.entries()) {
      const again = this.#taken[index + 1];
      if (again !== undefined) this.#needs(answer, `again ${again.at - answer.at} ms later`);
      if (this.#waits) this.#needs(answer, 'it still waits');
      if (report === undefined) {
        if (listed !== undefined && listed.life > answer.life) this.#needs(answer, 'a later life lists it');
      } else if (answer.at > report.at + readingMilliseconds)
        this.faults.push('reported as failed, then delivered');
      else this.#needs(answer, 'it is reported as failed');
    }
    if (report !== undefined && this.#waits) this.faults.push('reported as failed, and it waits');
    if (report !== undefined && listed !== undefined && listed.life > report.life)
      this.faults.push('reported as failed, and a later life lists it');
    for (const ofKind of Map.groupBy(this.#message.reports, ({ kind }) => kind).values()) {
      const taken = ofKind.filter((answer) => answer.taken);
      for (const [index, answer] of taken.entries())
        if (index + 1 < taken.length && answer.kind === 'failed')
          this.#needs(answer, 'the report comes again');
    }
    if (this.#waits && this.#isOver(this.#remainder.at - expiryMilliseconds, true))
      this.faults.push('it expired long ago, and waits');
  }

  #needs(answer: Answer, consequence: string): void {
    const distance = undone(answer, this.#lives);
    if (distance !== undefined) {
      this.#excused.set(answer, distance);
      return;
    }
    const life = this.#lives[answer.life];
    const kill =
      life?.endedAt === undefined ? 'no kill followed' : `killed ${life.endedAt - answer.at} ms later`;
    this.faults.push(`taken in life ${answer.life} (${kill}), and ${consequence}`);
  }

  /** A pull asked for it before then, and was not refused. */
  #mayBeDeleted(at: number): boolean {
    return this.#message.namings.some(
      ({ action, status, askedAt }) =>
        action === 'delete' && askedAt <= at && (status === undefined || isSuccess(status)),
    );
  }

  /** Its time counts from its acceptance: `surely` from the last answer, else from the first copy. */
  #isOver(at: number, surely = false): boolean {
    const { sentAt, answers, expiresMilliseconds } = this.#message;
    if (expiresMilliseconds === undefined) return false;
    return at >= (surely ? (answers.at(-1)?.at ?? at) : sentAt) + expiresMilliseconds;
  }
}

/** Was this message treated as promised, whatever moments the server died at? */
export function judge(message: SentMessage, lives: readonly Life[], remainder: Remainder): Verdict {
  return new Judge(message, lives, remainder).judge();
}
