import type { PullAction } from '@restante/cpm';
import { type Clock, type Random, type SipLog, type SipResponse, warnings } from '@restante/sip';
import type { ClientUserAgent } from './client-user-agent.ts';
import { NotProvisioned, PullRefused, refusalOf, RetryLater } from './errors.ts';
import type { ClientIdentity } from './identity.ts';
import type { ActOptions } from './options.ts';
import { pullRequest } from './pull-request.ts';
import type { Registration } from './registration.ts';

/** The network took the instructions, or said that there is nothing to be done. */
export type PullResult = { readonly kind: 'accepted' } | { readonly kind: 'nothing-waiting' };

export interface PullerSettings {
  readonly identity: ClientIdentity;
  readonly registration: Registration;
  readonly deferredManagementUri: string | undefined;
  readonly userAgent: ClientUserAgent;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog | undefined;
}

/** 7.2.3.2.1: one INVITE that carries the instructions, ACK, BYE; the media plane stays down (CL-1, CL-8 to CL-11). */
export class Puller {
  readonly #settings: PullerSettings;
  #notBefore: { readonly instant: number; readonly response: SipResponse } | undefined;

  constructor(settings: PullerSettings) {
    this.#settings = settings;
  }

  async pull(
    actions: ReadonlyMap<string, PullAction> | undefined,
    { signal }: ActOptions,
  ): Promise<PullResult> {
    signal?.throwIfAborted();
    // D-2: an empty list asks for nothing, and must never become "everything".
    if (actions?.size === 0) return { kind: 'nothing-waiting' };
    this.#refuseTooEarly();
    const { identity, registration, deferredManagementUri, random, userAgent } = this.#settings;
    if (deferredManagementUri === undefined) throw new NotProvisioned();
    const request = pullRequest({
      identity,
      contactUri: registration.gruu ?? identity.contactUri,
      serviceRoutes: registration.serviceRoutes,
      deferredManagementUri,
      random,
      ...(actions && { actions }),
    });
    const { response, session } = await userAgent.invite(request, signal ? { signal } : {});
    if (session === undefined) return this.#unsuccessful(response);
    session.ack();
    // The answer to BYE changes nothing any more (CL-11), so nobody waits for it.
    session
      .bye()
      .catch((error: unknown) => this.#settings.log?.info({ error }, 'BYE of the pull not answered'));
    return { kind: 'accepted' };
  }

  #unsuccessful(response: SipResponse): PullResult {
    if (saysNothingWaits(response)) return { kind: 'nothing-waiting' };
    const refusal = refusalOf('the pull', response, PullRefused);
    if (refusal instanceof RetryLater && refusal.retryAfterSeconds !== undefined)
      this.#notBefore = { instant: this.#settings.clock.now() + refusal.retryAfterSeconds * 1000, response };
    throw refusal;
  }

  /** CL-10, RFC 3261 section 20.33: nothing is sent before Retry-After is over. */
  #refuseTooEarly(): void {
    if (this.#notBefore === undefined) return;
    const { instant, response } = this.#notBefore;
    const left = instant - this.#settings.clock.now();
    if (left > 0) throw new RetryLater('the pull', response, Math.ceil(left / 1000));
    this.#notBefore = undefined;
  }
}

/** CL-9: any Warning whose text begins with the number, whatever its code and agent say. */
export function saysNothingWaits(response: SipResponse): boolean {
  if (response.status !== 488) return false;
  try {
    return warnings(response).some(({ text }) => /^125(?:\s|$)/.test(text.trim()));
  } catch {
    return false;
  }
}
