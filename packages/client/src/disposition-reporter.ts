import {
  composeImdn,
  type Cpim,
  type ImdnRequest,
  type ImdnStatus,
  isAnonymous,
  opaqueId,
  readImdnRequest,
  uuid,
} from '@restante/cpm';
import {
  type Clock,
  type Random,
  RequestTimeout,
  type SipLog,
  type SipRequest,
  type Timer,
  TransportFailure,
} from '@restante/sip';
import { NetworkTimeout, RetryLater } from './errors.ts';
import type { MessageSender, OutgoingCpim } from './outgoing-message.ts';
import { senderOf } from './received-message.ts';

/** How often a delivery notification is tried, and how long to wait where the network does not say. */
const mostAttempts = 4;
const retrySeconds = 30;

export interface DispositionReporterSettings {
  readonly sender: MessageSender;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog | undefined;
}

/** The disposition notifications that one received message asks for; each is sent at most once. */
export interface DispositionReports {
  /** Sent in the background: the message was delivered whether or not its sender learns of it. */
  delivered(): void;
  /** Rejects where the network refuses the notification. */
  displayed(): Promise<void>;
}

/** Sends disposition notifications back along the path of the message (RFC 5438 sections 7.2.1 and 8). */
export class DispositionReporter {
  readonly #settings: DispositionReporterSettings;
  readonly #timers = new Set<Timer>();
  #closed = false;

  constructor(settings: DispositionReporterSettings) {
    this.#settings = settings;
  }

  /** Undefined where the message asks for none. */
  reportsOn(request: SipRequest, cpim: Cpim): DispositionReports | undefined {
    const about = readImdnRequest(cpim);
    if (about === undefined || about.dispositions.size === 0) return undefined;
    const send = (report: ImdnStatus): Promise<void> => this.#send(request, about, report);
    let display: Promise<void> | undefined;
    return {
      delivered: () => {
        if (!about.dispositions.has('positive-delivery')) return;
        void this.#sendInTheEnd(request, about, { kind: 'delivery', status: 'delivered' }, 1);
      },
      displayed: async () => {
        if (about.dispositions.has('display'))
          await (display ??= send({ kind: 'display', status: 'displayed' }));
      },
    };
  }

  /** No more attempts. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  /** Nobody waits for a delivery notification, so what may succeed later is tried again by itself. */
  async #sendInTheEnd(
    request: SipRequest,
    about: ImdnRequest,
    report: ImdnStatus,
    attempt: number,
  ): Promise<void> {
    try {
      await this.#send(request, about, report);
    } catch (error) {
      const { clock, log } = this.#settings;
      const again = attempt < mostAttempts && !this.#closed && mayPass(error);
      log?.warn({ error, messageId: about.messageId, again }, 'delivery notification not sent');
      if (!again) return;
      const wait = error instanceof RetryLater ? error.retryAfterSeconds : undefined;
      const timer = clock.after((wait ?? retrySeconds) * 1000, () => {
        this.#timers.delete(timer);
        void this.#sendInTheEnd(request, about, report, attempt + 1);
      });
      this.#timers.add(timer);
    }
  }

  async #send(request: SipRequest, about: ImdnRequest, report: ImdnStatus): Promise<void> {
    const { sender, random } = this.#settings;
    const conversation = request.headers.get('Conversation-ID');
    const headers: OutgoingCpim['headers'] = [
      ['Conversation-ID', conversation ?? uuid(random.bytes(16))],
      ['Contribution-ID', uuid(random.bytes(16))],
    ];
    const full = { ...this.#composed(request, about, report, true), headers };
    // The recipient says nothing that From does not: it gives way where the request would be too large.
    const outgoing = sender.fits(full) ? full : { ...this.#composed(request, about, report, false), headers };
    await sender.sendCpim(outgoing);
  }

  #composed(
    request: SipRequest,
    about: ImdnRequest,
    report: ImdnStatus,
    withRecipient: boolean,
  ): Pick<OutgoingCpim, 'to' | 'body'> {
    const { clock, random } = this.#settings;
    const messageId = opaqueId(random.bytes(12));
    const { to, body } = composeImdn({ about, report, messageId, date: clock.now(), withRecipient });
    return { to: targetOf(request, about, to), body };
  }
}

function mayPass(error: unknown): boolean {
  return (
    error instanceof RetryLater ||
    error instanceof NetworkTimeout ||
    error instanceof RequestTimeout ||
    error instanceof TransportFailure
  );
}

/** RFC 5438 section 12.1.3.1: without a recorded route to the sender as SIP knows it; the CPIM From may be anything. */
function targetOf(request: SipRequest, about: ImdnRequest, next: string): string {
  if (about.recordRoutes.length > 0 && !isAnonymous(next)) return next;
  return senderOf(request).uri;
}
