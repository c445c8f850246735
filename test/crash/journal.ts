/** One arrival of a message at its user's device, as a request of its own. */
interface Arrival {
  readonly at: number;
  readonly taken: boolean;
}

interface SentMessage {
  /** The final answer to the sender; undefined where none came. */
  status: number | undefined;
  readonly arrivals: Arrival[];
  /** A device has asked for its deletion: accepted, or nobody knows. */
  deletionAsked: boolean;
  /** A pull that names it to be delivered was answered 200. */
  deliveryAccepted: boolean;
  /** imdn.Message-IDs of the notifications about it, by status. */
  readonly reports: Map<string, Set<string>>;
}

/** How long a device's answer may take through the server into its store. */
const settlingMilliseconds = 1000;
/** How long the last words of a dying server may lie in a socket before the device reads them. */
const lastWordsMilliseconds = 300;
const stallProbeMilliseconds = 20;

/** What the clients saw, and what must follow from it whatever moments the server died at. */
export class Journal implements Disposable {
  readonly kills: number[] = [];
  readonly faults: string[] = [];
  pullsAccepted = 0;
  notifications = 0;
  readonly #messages = new Map<string, SentMessage>();
  /** The longest time for which this process did not run: how busy the machine was for the server too. */
  #stallMilliseconds = 0;
  #probedAt = Date.now();
  readonly #probe = setInterval(() => {
    const late = Date.now() - this.#probedAt - stallProbeMilliseconds;
    this.#stallMilliseconds = Math.max(this.#stallMilliseconds, late);
    this.#probedAt = Date.now();
  }, stallProbeMilliseconds);

  [Symbol.dispose](): void {
    clearInterval(this.#probe);
  }

  sending(id: string): void {
    this.#messages.set(id, {
      status: undefined,
      arrivals: [],
      deletionAsked: false,
      deliveryAccepted: false,
      reports: new Map(),
    });
  }

  answered(id: string, status: number | undefined): void {
    const message = this.#messages.get(id);
    if (message !== undefined) message.status = status;
  }

  /** `id` is the imdn.Message-ID of what arrived, `token` the one its text was sent under. */
  arrived(id: string, token: string, taken: boolean): void {
    if (id !== token) this.faults.push(`the text sent under ${token} arrived under ${id}`);
    const message = this.#messages.get(token);
    if (message === undefined) this.faults.push(`${token} arrived and was never sent`);
    message?.arrivals.push({ at: Date.now(), taken });
  }

  deletionAsked(id: string): void {
    const message = this.#messages.get(id);
    if (message !== undefined) message.deletionAsked = true;
  }

  pullAccepted(delivered: readonly string[]): void {
    this.pullsAccepted += 1;
    for (const id of delivered) {
      const message = this.#messages.get(id);
      if (message !== undefined) message.deliveryAccepted = true;
    }
  }

  reported(about: string, status: string, imdnMessageId: string): void {
    const reports = this.#messages.get(about)?.reports;
    reports?.set(status, (reports.get(status) ?? new Set()).add(imdnMessageId));
  }

  /** Everything that is not as it has to be; `waiting` are the imdn.Message-IDs still in the queue. */
  verdict(waiting: ReadonlySet<string>): readonly string[] {
    const faults = [...this.faults];
    for (const [id, message] of this.#messages) {
      const fault = this.#faultOf(message, waiting.has(id));
      if (fault !== undefined) faults.push(`${id}: ${fault}`);
    }
    return faults;
  }

  counts() {
    const all = [...this.#messages.values()];
    const taken = all.map(({ arrivals }) => arrivals.filter((arrival) => arrival.taken).length);
    return {
      sent: all.length,
      deferred: all.filter(({ status }) => status === 202).length,
      direct: all.filter(({ status }) => status === 200).length,
      unanswered: all.filter(({ status }) => status === undefined).length,
      delivered: taken.filter((times) => times > 0).length,
      deliveredTwice: taken.filter((times) => times > 1).length,
      deletionAsked: all.filter(({ deletionAsked }) => deletionAsked).length,
      reports: all.filter(({ reports }) => reports.size > 0).length,
      pullsAccepted: this.pullsAccepted,
      notifications: this.notifications,
      kills: this.kills.length,
      stallMilliseconds: this.#stallMilliseconds,
    };
  }

  #faultOf(message: SentMessage, waits: boolean): string | undefined {
    const { status, arrivals, deletionAsked, deliveryAccepted, reports } = message;
    const taken = arrivals.filter((arrival) => arrival.taken);
    const accounted = taken.length > 0 || waits || deletionAsked;
    if (status === 202 && !accounted) return 'acknowledged with 202, and lost';
    if (status === 200 && taken.length === 0) return 'answered 200, and no device has it';
    if (deliveryAccepted && !accounted) return 'its delivery was accepted, and it neither came nor waits';
    if (reports.has('failed') && !deletionAsked) return 'reported as failed, and nobody deleted it';
    for (const [kind, ids] of reports) {
      if (ids.size > 1) return `reported as ${kind} under ${ids.size} imdn.Message-IDs`;
    }
    return this.#needlessRepetition(taken);
  }

  /** D-10: a message that was taken comes again only where its 200 may not have reached the store. */
  #needlessRepetition(taken: readonly Arrival[]): string | undefined {
    for (const [index, arrival] of taken.slice(1).entries()) {
      const before = taken[index]?.at ?? 0;
      const distances = this.kills.filter((kill) => kill <= arrival.at).map((kill) => kill - before);
      const excused = distances.some(
        (distance) =>
          distance > -lastWordsMilliseconds - this.#stallMilliseconds &&
          distance < settlingMilliseconds + this.#stallMilliseconds,
      );
      if (excused) continue;
      const nearest = distances.toSorted((one, other) => Math.abs(one) - Math.abs(other))[0];
      return `taken, and again ${arrival.at - before} ms later; the nearest kill was ${nearest} ms after the first`;
    }
    return undefined;
  }
}
