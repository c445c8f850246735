import type { DeferredNotification } from '@restante/cpm';
import type { Clock, Timer } from '@restante/sip';

/** A notification with the parts of its several MESSAGEs joined. */
export interface ReceivedNotification extends Pick<DeferredNotification, 'number' | 'event' | 'messages'> {
  /** false: a part did not come; what is listed can be pulled all the same. */
  readonly complete: boolean;
}

/** Parts follow each other; RFC 3261's 64*T1 is the longest that one of them can be on its way. */
const longestWaitMs = 32_000;
/** Notifications in parts that can be under way at once. */
const mostPending = 8;
/** Notifications told, so that a part that comes again is not told again. */
const mostTold = 64;

interface Pending {
  readonly parts: Map<number, DeferredNotification>;
  timer: Timer;
}

/** Joins the parts of notifications (CL-13). A part that comes twice changes nothing. */
export class NotificationAssembly {
  readonly #clock: Clock;
  readonly #tell: (notification: ReceivedNotification) => void;
  readonly #pending = new Map<string, Pending>();
  readonly #told = new Set<string>();

  constructor(clock: Clock, tell: (notification: ReceivedNotification) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  add(document: DeferredNotification): void {
    const { id, part = 1, parts = 1 } = document;
    if (id === undefined || parts <= 1) return this.#tell(joined([document], true));
    if (this.#told.has(id)) return;
    const pending = this.#pendingFor(id);
    pending.parts.set(part, document);
    pending.timer.cancel();
    if (pending.parts.size >= parts) this.#finish(id, true);
    else pending.timer = this.#clock.after(longestWaitMs, () => this.#finish(id, false));
  }

  close(): void {
    for (const { timer } of this.#pending.values()) timer.cancel();
    this.#pending.clear();
  }

  #pendingFor(id: string): Pending {
    const known = this.#pending.get(id);
    if (known) return known;
    const [oldest] = this.#pending.keys();
    if (this.#pending.size >= mostPending && oldest !== undefined) this.#finish(oldest, false);
    const pending: Pending = { parts: new Map(), timer: { cancel() {} } };
    this.#pending.set(id, pending);
    return pending;
  }

  #finish(id: string, complete: boolean): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    pending.timer.cancel();
    this.#pending.delete(id);
    const [oldest] = this.#told;
    if (this.#told.size >= mostTold && oldest !== undefined) this.#told.delete(oldest);
    this.#told.add(id);
    const ordered = [...pending.parts].toSorted(([a], [b]) => a - b).map(([, document]) => document);
    this.#tell(joined(ordered, complete));
  }
}

function joined(documents: readonly DeferredNotification[], complete: boolean): ReceivedNotification {
  const last = documents.at(-1);
  const messages = new Map(
    documents.flatMap((document) => document.messages).map((message) => [message.uri, message]),
  );
  return {
    number: last?.number ?? 0,
    event: last?.event ?? 'waiting',
    messages: [...messages.values()],
    complete,
  };
}
