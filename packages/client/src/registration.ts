import {
  type Clock,
  type Random,
  type SendOptions,
  type SipLog,
  type SipRequest,
  type SipResponse,
  type Timer,
  contacts,
  cseq,
  expires,
  serializeNameAddress,
  serviceRoutes,
} from '@restante/sip';
import { opaqueId } from '@restante/cpm';
import type { ClientUserAgent } from './client-user-agent.ts';
import { RegistrationRefused, refusalOf, RetryLater } from './errors.ts';
import { type ClientIdentity, contactValue, ownServices, requestBy } from './identity.ts';
import type { ActOptions } from './options.ts';

export interface RegistrationSettings {
  readonly identity: ClientIdentity;
  readonly seconds: number;
  readonly userAgent: ClientUserAgent;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog | undefined;
}

/** RFC 5626 section 4.5: the waiting time doubles from 30 s to half an hour. */
const firstRetryMs = 30_000;
const longestRetryMs = 1_800_000;
/** A registrar that grants next to nothing is not asked without a pause. */
const shortestRefreshMs = 1000;
/** 423 once and its Min-Expires once more; a registrar that keeps raising it is broken. */
const mostAttempts = 3;

/** The binding of this device at the registrar: made, kept fresh, renewed when its flow broke, and taken away. */
export class Registration {
  readonly #settings: RegistrationSettings;
  readonly #callId: string;
  #cseq = 1;
  #seconds: number;
  #timer: Timer | undefined;
  #failures = 0;
  #wanted = false;
  #expiresAt = 0;
  /** REGISTERs go one after another (RFC 3261 section 10.2). */
  #turn: Promise<unknown> = Promise.resolve();
  #gruu: string | undefined;
  #serviceRoutes: readonly string[] = [];

  constructor(settings: RegistrationSettings) {
    this.#settings = settings;
    this.#seconds = settings.seconds;
    this.#callId = opaqueId(settings.random.bytes(12));
  }

  get isRegistered(): boolean {
    return this.#settings.clock.now() < this.#expiresAt;
  }

  /** The public GRUU (RFC 5627), while registered and given. */
  get gruu(): string | undefined {
    return this.#gruu;
  }

  /** Route values for every other request (RFC 3608), the first hop first. */
  get serviceRoutes(): readonly string[] {
    return this.#serviceRoutes;
  }

  /** Resolves when registered; from then on the binding is kept fresh by itself. */
  async register({ signal }: ActOptions = {}): Promise<void> {
    this.#wanted = true;
    await this.#bind(signal);
  }

  /** Takes the binding away. Errors are the caller's. */
  async unregister(options: Pick<SendOptions, 'signal' | 'timeoutMs'> = {}): Promise<void> {
    this.stop();
    if (!this.isRegistered) return;
    this.#expiresAt = 0;
    this.#gruu = undefined;
    const response = await this.#send(0, options);
    if (response.status >= 300) throw refusalOf('deregistration', response, RegistrationRefused);
  }

  /** The flow of the binding broke: it is made anew over another one (RFC 5626 section 4.4). */
  flowBroke(): void {
    if (!this.#wanted || !this.isRegistered) return;
    this.#settings.log?.info({ user: this.#settings.identity.user }, 'flow of the registration broke');
    // The registrar may be coming up again with thousands of clients: up to five seconds, at random.
    const [byte = 0] = this.#settings.random.bytes(1);
    this.#schedule(500 + (byte / 255) * 4500);
  }

  /** No more refreshes; the binding lives until it expires. */
  stop(): void {
    this.#wanted = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #bind(signal: AbortSignal | undefined): Promise<void> {
    this.#timer?.cancel();
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#send(this.#seconds, signal ? { signal } : {});
      if (response.status < 300) return this.#bound(response);
      const minimum = Number(response.headers.get('Min-Expires'));
      if (response.status !== 423 || !(minimum > this.#seconds) || attempt === mostAttempts)
        throw refusalOf('the registration', response, RegistrationRefused);
      this.#seconds = minimum;
    }
  }

  #send(seconds: number, options: SendOptions): Promise<SipResponse> {
    const sent = this.#turn.then(async () => {
      options.signal?.throwIfAborted();
      const request = this.#request(seconds);
      this.#cseq += 1;
      const response = await this.#settings.userAgent.send(request, options);
      // A challenge that was answered took a number of its own.
      this.#cseq = Math.max(this.#cseq, cseq(response).sequence + 1);
      return response;
    });
    this.#turn = sent.catch(() => {});
    return sent;
  }

  #bound(response: SipResponse): void {
    const { identity } = this.#settings;
    const all = contacts(response);
    const ours = (all === '*' ? [] : all).find(({ uri, parameters }) => {
      const instance = parameters.get('+sip.instance');
      return instance === undefined ? uri === identity.contactUri : instance === `<${identity.instance}>`;
    });
    const given = Number(ours?.parameters.get('expires') ?? expires(response));
    const granted = Number.isNaN(given) ? this.#seconds : given;
    const gruu = ours?.parameters.get('pub-gruu');
    this.#gruu = typeof gruu === 'string' ? gruu : undefined;
    this.#serviceRoutes = serviceRoutes(response).map(serializeNameAddress);
    this.#expiresAt = this.#settings.clock.now() + granted * 1000;
    this.#failures = 0;
    if (this.#wanted) this.#schedule(refreshAfterMs(granted));
  }

  #schedule(milliseconds: number): void {
    this.#timer?.cancel();
    this.#timer = this.#settings.clock.after(milliseconds, () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    const { log, identity } = this.#settings;
    try {
      await this.#bind(undefined);
    } catch (error) {
      if (!this.#wanted) return;
      this.#failures += 1;
      const wait = retryAfterMs(error, this.#failures);
      log?.warn({ error, user: identity.user, retryInMs: wait }, 'registration not refreshed');
      this.#schedule(wait);
    }
  }

  #request(seconds: number): SipRequest {
    const { identity } = this.#settings;
    const contact = contactValue(
      identity.contactUri,
      identity.instance,
      ownServices,
      'reg-id=1',
      `expires=${seconds}`,
    );
    return requestBy(identity, [], {
      method: 'REGISTER',
      uri: identity.registrar,
      to: identity.user,
      headers: [
        ['Call-ID', this.#callId],
        ['CSeq', `${this.#cseq} REGISTER`],
        ['Contact', contact],
        ['Expires', String(seconds)],
        ['Supported', 'path, outbound, gruu'],
      ],
    });
  }
}

/** TS 24.229 section 5.1.1.4.1: ten minutes before a long expiry, at half of a short one. */
function refreshAfterMs(seconds: number): number {
  return Math.max(shortestRefreshMs, (seconds > 1200 ? seconds - 600 : seconds / 2) * 1000);
}

function retryAfterMs(error: unknown, failures: number): number {
  if (error instanceof RetryLater && error.retryAfterSeconds !== undefined)
    return error.retryAfterSeconds * 1000;
  return Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs);
}
