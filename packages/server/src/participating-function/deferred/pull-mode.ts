import type { Clock, Random, SipLog } from '@restante/sip';
import { DispositionSender } from '../disposition-sender.ts';
import type { Store } from '../ports.ts';
import type { RegisteredClients, RequestSender } from '../registered-client.ts';
import type { ParticipatingFunctionSettings } from '../settings.ts';
import type { DeferredDelivery } from './deferred-delivery.ts';
import { ExpirySweep } from './expiry.ts';
import { Notifier } from './notifier.ts';
import { PullExecutions } from './pull-executions.ts';
import { PullSessions } from './pull-session.ts';
import type { Devices, PullSessionParts } from './pull-session.ts';

export interface PullModeParts {
  readonly store: Pick<
    Store,
    'queue' | 'deadlines' | 'notifications' | 'outbox' | 'deliveries' | 'onForeignChange'
  >;
  readonly clients: RegisteredClients & Devices;
  readonly requester: PullSessionParts['requester'];
  readonly sender: RequestSender;
  readonly delivery: DeferredDelivery;
  /** Our own Contact value as the peer of this flow reaches us: `UserAgentCore.contact`. */
  readonly contact: PullSessionParts['contact'];
  readonly settings: ParticipatingFunctionSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog;
  /** URIs of the route that the core puts before every request; notifications are sized with them. */
  readonly outboundRoute?: readonly string[];
}

/** Notifications, pulls, expiry and what senders are owed, put together in the order in which they need each other. */
export class PullMode implements AsyncDisposable {
  readonly notifier: Notifier;
  readonly dispositions: DispositionSender;
  readonly expiry: ExpirySweep;
  readonly pulls: PullSessions;
  readonly #executions: PullExecutions;
  readonly #parts: PullModeParts;
  #closed = false;

  constructor(parts: PullModeParts) {
    const { store, clients, ...shared } = parts;
    const { queue, deadlines, notifications: record, outbox, deliveries } = store;
    this.#parts = parts;
    this.notifier = new Notifier({ ...shared, queue, record, clients });
    this.dispositions = new DispositionSender({ ...shared, outbox, clients });
    const { notifier, dispositions } = this;
    this.expiry = new ExpirySweep({ ...shared, deadlines, deliveries, notifier, dispositions });
    const { expiry } = this;
    this.#executions = new PullExecutions({ ...shared, queue, dispositions, expiry, notifier });
    this.pulls = new PullSessions({ ...shared, queue, devices: clients, executions: this.#executions });
  }

  /** D-5: carries on where the process before this one stopped. Registrations are loaded and requests are taken by now. */
  async resume(): Promise<void> {
    const { store, log } = this.#parts;
    await this.pulls.resume();
    await this.#lookAround();
    store.onForeignChange(() => {
      this.#lookAround().catch((error: unknown) =>
        log.error({ error }, 'changes of another process not read'),
      );
    });
  }

  /** Starts nothing more; what is under way stays in the store for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([
      this.notifier.close(),
      this.#executions.close(),
      this.expiry.close(),
      this.dispositions.close(),
    ]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #lookAround(): Promise<void> {
    if (this.#closed) return;
    this.expiry.wake();
    this.dispositions.wake();
    await this.notifier.resume();
  }
}
