import { icsiFeature, opaqueId } from '@restante/cpm';
import type { CpmUser, PullAnswerDraft } from '@restante/cpm';
import {
  InviteCancelled,
  recordRoutes,
  responseTo,
  serializeNameAddress,
  serializeSdp,
  vias,
} from '@restante/sip';
import type { Clock, Flow, IncomingInvite, Instant, Random, SipLog, SipResponse } from '@restante/sip';
import type { DeferredQueue } from '../ports.ts';
import type { RegisteredClient } from '../registered-client.ts';
import type { ParticipatingFunctionSettings } from '../settings.ts';
import { orUnavailable } from '../store-failure.ts';
import type { PulledClient } from './deferred-delivery.ts';
import type { PullingDevice, PullRequest } from './deferred-message.ts';
import type { PullExecutions } from './pull-executions.ts';
import { bareHost } from './message-uri.ts';
import { acceptOffer, noDeferredMessages, readPullInvite } from './pull-request.ts';

/** Which registered client a pull came from (D-8). */
export interface Devices {
  device(user: CpmUser, device: PullingDevice, now: Instant): RegisteredClient | undefined;
}

export interface PullSessionParts {
  readonly queue: Pick<DeferredQueue, 'claim' | 'openClaims'>;
  /** The user whose queue the INVITE may touch; rejects with 401 or 403 (D-17). */
  readonly requester: { puller(incoming: IncomingInvite): Promise<CpmUser> };
  readonly devices: Devices;
  readonly executions: PullExecutions;
  /** Our own Contact value, as the peer of this flow reaches us. */
  readonly contact: (flow: Flow) => string;
  readonly settings: Pick<ParticipatingFunctionSettings, 'publicHost' | 'managementUri' | 'limits'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog;
}

/** RFC 4975 section 15.4. Nobody listens: the media of a pull is never set up (7.2.3.2.1 NOTE 3). */
const msrpPort = 2855;

/** The pull of 8.3.1.6.3: one INVITE, one short commit, one answer; ACK and BYE end at the dialog (PF-17). */
export class PullSessions {
  readonly #parts: PullSessionParts;
  /** What the process before this one had claimed is known: from now on every open claim is ours. */
  readonly #takenOver = Promise.withResolvers<void>();

  constructor(parts: PullSessionParts) {
    this.#parts = parts;
  }

  /** The handler for an INVITE that is a pull (PF-9). */
  async handle(incoming: IncomingInvite): Promise<void> {
    const { queue, requester, settings, clock, log, executions } = this.#parts;
    const user = await requester.puller(incoming);
    const { pull, offer } = readPullInvite(incoming.request, user, settings);
    const answer = serializeSdp(acceptOffer(offer, this.#answerDraft()));
    if (pull.actions !== 'deliver-all' && pull.actions.size === 0)
      throw noDeferredMessages(settings.publicHost);
    await this.#takenOver.promise;
    if (incoming.cancelled.aborted) return;
    const result = await orUnavailable(queue.claim(pull, clock.now()), log);
    if (result.kind === 'nothing') throw noDeferredMessages(settings.publicHost);
    const accepted = isAccepted(incoming, this.#ok(incoming, answer));
    if (result.kind === 'repeated') return;
    // RFC 3261 section 9.2: the client has got 487, and may count on it that nothing has happened.
    if (!accepted) return executions.giveBack(result.claims, 'the pull was cancelled');
    log.info({ user, claimed: result.claims.length, pull: pull.key }, 'pull answered');
    executions.start(result.claims, this.#clientOf(pull, incoming));
  }

  /** Carries on what the process before this one had claimed and not ended (D-5). No pull is decided before. */
  async resume(): Promise<void> {
    const { queue, devices, executions, clock, log } = this.#parts;
    const byPull = Map.groupBy(await queue.openClaims(), ({ pull }) => pull);
    this.#takenOver.resolve();
    for (const [pull, claims] of byPull) {
      const [first] = claims;
      if (first === undefined) continue;
      const { message, device } = first;
      log.info({ user: message.user, claimed: claims.length, pull }, 'pull carried on');
      executions.start(claims, devices.device(message.user, device, clock.now()));
    }
  }

  #answerDraft(): PullAnswerDraft {
    const { settings, clock, random } = this.#parts;
    const sessionId = opaqueId(random.bytes(10));
    return { host: bareHost(settings.publicHost), port: msrpPort, sessionId, originId: clock.now() };
  }

  #ok({ request, flow }: IncomingInvite, answer: string): SipResponse {
    return responseTo(request, 200, {
      headers: [
        ['Contact', `${this.#parts.contact(flow)};${icsiFeature('deferred')}`],
        ['P-Asserted-Identity', `<${this.#parts.settings.managementUri}>`],
        ['Allow', 'INVITE, ACK, CANCEL, BYE'],
        ['Content-Type', 'application/sdp'],
      ],
      body: new TextEncoder().encode(answer),
    });
  }

  /** The registered client that asks; else the device as its INVITE describes it (a network with its own registrar). */
  #clientOf({ user, device }: PullRequest, { request, flow }: IncomingInvite): PulledClient {
    const registered = this.#parts.devices.device(user, device, this.#parts.clock.now());
    if (registered !== undefined) return registered;
    const target = device.instance ?? device.contact;
    const address = device.gruu ?? device.contact;
    const route = recordRoutes(request).map(serializeNameAddress);
    if (route.length > 0 || vias(request).length > 1) return { user, target, address, route };
    const { protocol, remote, id } = flow;
    // Nobody stands between: the way it came is the way back, whatever a NAT has done to the Contact.
    return { user, target, address, route, destination: { protocol, ...remote, flowId: id } };
  }
}

/** False where a CANCEL was faster, while the claim was committed. */
function isAccepted(incoming: IncomingInvite, response: SipResponse): boolean {
  try {
    incoming.accept(response);
    return true;
  } catch (error) {
    if (error instanceof InviteCancelled) return false;
    throw error;
  }
}
