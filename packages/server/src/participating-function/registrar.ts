import type { CpmUser } from '@restante/cpm';
import {
  parseNameAddress,
  parseUri,
  responseTo,
  serializeNameAddress,
  serializeSipDate,
  SipRejection,
  to,
} from '@restante/sip';
import type { Clock, IncomingRequest, Instant, Random, SipLog } from '@restante/sip';
import { decideRegistration } from './binding-rules.ts';
import type { NotificationReason } from './deferred/notification-plan.ts';
import { gruusOf } from './gruu.ts';
import type { Binding } from './ports.ts';
import { readRegistrationRequest } from './registration-request.ts';
import type { RegistrationRequest } from './registration-request.ts';
import type { RegistrationTable } from './registered-clients.ts';
import type { Requester } from './requester.ts';
import { isNumericHost, isSameAddress, servedUser } from './served-user.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';
import { orUnavailable } from './store-failure.ts';
import { TargetLane } from './target-lane.ts';

export interface RegistrarParts {
  readonly requester: Requester;
  readonly clients: RegistrationTable;
  readonly notifier: { wake(user: CpmUser, reason: NotificationReason): void };
  /** What is owed to a sender who is here again goes out at once. */
  readonly dispositions: { hasten(user: CpmUser): Promise<void> };
  readonly settings: Pick<ParticipatingFunctionSettings, 'domain' | 'managementUri' | 'registration'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog;
}

/** RFC 3261 section 10.3, with Path (RFC 3327), flows (RFC 5626) and GRUUs (RFC 5627). */
export class Registrar {
  readonly #parts: RegistrarParts;
  /** One REGISTER at a time for each user: what it changes rests on what it read. */
  readonly #turns = new TargetLane();

  constructor(parts: RegistrarParts) {
    this.#parts = parts;
  }

  async handle(incoming: IncomingRequest): Promise<void> {
    const { requester, settings } = this.#parts;
    const user = this.#addressOfRecord(incoming);
    await requester.authorizeRegistration(incoming, user);
    const request = readRegistrationRequest(
      incoming.request,
      user,
      incoming.flow,
      settings.registration.defaultSeconds,
    );
    if (leadsBack(request, settings.domain))
      throw new SipRejection(403, { reason: 'Contact: an address of this domain is no client' });
    await this.#turns.run(user, () => this.#register(incoming, request));
  }

  /** RFC 3261 section 10.3 step 5. */
  #addressOfRecord({ request }: IncomingRequest): CpmUser {
    const { domain, managementUri } = this.#parts.settings;
    const uri = parseUri(to(request).uri);
    const user = isSameAddress(uri, parseUri(managementUri)) ? undefined : servedUser(uri, domain);
    if (user === undefined) throw new SipRejection(404);
    return user;
  }

  async #register(incoming: IncomingRequest, request: RegistrationRequest): Promise<void> {
    const { clients, settings, clock, random, log } = this.#parts;
    const { user } = request;
    const now = clock.now();
    const current = clients.bindings(user, now);
    const decision = decideRegistration({
      request,
      current,
      now,
      limits: settings.registration,
      gruusOf: (instance) => gruusOf(user, instance, random),
    });
    if (decision.kind === 'refuse') throw new SipRejection(decision.status, decision);
    if (decision.kind === 'replace') await orUnavailable(clients.replace(user, decision.bindings, now), log);
    const outbound = decision.kind === 'replace' && decision.outbound;
    incoming.respond(
      responseTo(incoming.request, 200, {
        headers: answerFields(request, clients.bindings(user, now), outbound, now),
      }),
    );
    if (decision.kind === 'replace') this.#announce(user, current, decision.bindings);
  }

  /** A client that is new or can do something else is told all that waits; one that refreshes, what it was not told. */
  #announce(user: CpmUser, before: readonly Binding[], after: readonly Binding[]): void {
    const { notifier, dispositions, log } = this.#parts;
    const refreshed = after.filter((binding) => !before.includes(binding));
    const fresh = refreshed.filter((binding) => !before.some((known) => isSameClient(known, binding)));
    log.debug({ user, contacts: after.length, fresh: fresh.length }, 'registration changed');
    for (const { instance, contact } of fresh)
      notifier.wake(user, { kind: 'registered', target: instance ?? contact });
    if (fresh.length === 0 && refreshed.length > 0) notifier.wake(user, { kind: 'restarted' });
    // A refresh too: a crash may have come between an earlier registration's commit and what it hastened.
    if (refreshed.length === 0) return;
    dispositions
      .hasten(user)
      .catch((error: unknown) => log.warn({ user, error }, 'disposition notifications not hastened'));
  }
}

/** RFC 5627 section 5.1: what is sent to a GRUU, or to any user of ours, would only come back to us. */
function leadsBack({ contacts }: RegistrationRequest, domain: string): boolean {
  if (typeof contacts === 'string' || isNumericHost(domain)) return false;
  return contacts.some(({ uri }) => uri.port === undefined && servedUser(uri, domain) !== undefined);
}

function isSameClient(known: Binding, binding: Binding): boolean {
  return (
    (known.instance ?? known.contact) === (binding.instance ?? binding.contact) &&
    known.contactField === binding.contactField
  );
}

type Rows = readonly (readonly [name: string, value: string])[];

/** RFC 3261 section 10.3 step 8. */
function answerFields(
  request: RegistrationRequest,
  bindings: readonly Binding[],
  outbound: boolean,
  now: Instant,
): Rows {
  const rows: [string, string][] = bindings.map((binding) => [
    'Contact',
    contactField(binding, request.supported, now),
  ]);
  rows.push(['Date', serializeSipDate(now)], ['Supported', 'path, outbound, gruu']);
  for (const value of request.path) rows.push(['Path', value]);
  // RFC 5626 section 6: only so does the client know that its flow is kept.
  if (outbound) rows.push(['Require', 'outbound']);
  return rows;
}

function contactField(binding: Binding, supported: ReadonlySet<string>, now: Instant): string {
  const contact = parseNameAddress(binding.contactField, 'Contact');
  const parameters = new Map(contact.parameters);
  if (supported.has('gruu') && binding.publicGruu !== undefined) {
    parameters.set('pub-gruu', binding.publicGruu);
    const [temporary] = binding.temporaryGruus;
    if (temporary !== undefined) parameters.set('temp-gruu', temporary);
  }
  parameters.set('expires', String(Math.max(0, Math.ceil((binding.expiresAt - now) / 1000))));
  return serializeNameAddress({ ...contact, parameters });
}
