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
import type { Clock, Random, SipLog, SipRequest } from '@restante/sip';
import type { MessageSender, OutgoingCpim } from './outgoing-message.ts';
import { senderOf } from './received-message.ts';

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
        send({ kind: 'delivery', status: 'delivered' }).catch((error: unknown) =>
          this.#settings.log?.warn({ error, messageId: about.messageId }, 'delivery notification not sent'),
        );
      },
      displayed: async () => {
        if (about.dispositions.has('display'))
          await (display ??= send({ kind: 'display', status: 'displayed' }));
      },
    };
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

/** RFC 5438 section 12.1.3.1: without a recorded route to the sender as SIP knows it; the CPIM From may be anything. */
function targetOf(request: SipRequest, about: ImdnRequest, next: string): string {
  if (about.recordRoutes.length > 0 && !isAnonymous(next)) return next;
  return senderOf(request).uri;
}
