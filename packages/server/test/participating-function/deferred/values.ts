import { canonicalUser } from '@restante/cpm';
import type { CpmUser } from '@restante/cpm';
import { featuresOf, parseNameAddress, parseUri, responseTo } from '@restante/sip';
import type { SipLog, SipRequest, SipResponse } from '@restante/sip';
import type {
  DeferredMessage,
  NewDeferredMessage,
  RequestedDispositions,
} from '../../../src/participating-function/deferred/deferred-message.ts';
import type {
  RegisteredClient,
  RegisteredClients,
  RequestSender,
} from '../../../src/participating-function/registered-client.ts';
import type { ParticipatingFunctionSettings } from '../../../src/participating-function/settings.ts';

export const start = Date.UTC(2026, 2, 1, 9, 0, 0);
export const hour = 3_600_000;
export const alice = userAt('sip:alice@example.com');
export const bob = userAt('sip:bob@example.com');

export function userAt(uri: string): CpmUser {
  return canonicalUser(parseUri(uri), 'example.com');
}

export const settings: ParticipatingFunctionSettings = {
  domain: 'example.com',
  publicHost: 'pf.example.com',
  managementUri: 'sip:x7k2p9@example.com',
  isTrusted: () => true,
  acceptedTypes: ['message/cpim', 'text/plain'],
  deferral: { maximumSeconds: 7 * 86_400, warningSeconds: 3600 },
  notification: {
    windowMilliseconds: 2000,
    maximumOctets: 1300,
    mediaType: 'application/x-cpm-deferred-messages+xml',
    namespace: 'urn:x-cpm-pull:deferred-messages:1',
  },
  delivery: { answerWithinMilliseconds: 10_000, featureTag: 'deferred' },
  dispositions: { retrySeconds: 10, maximumRetrySeconds: 600, giveUpSeconds: 86_400 },
  registration: { minimumSeconds: 60, maximumSeconds: 86_400, defaultSeconds: 3600, contactsPerUser: 10 },
  limits: { messageOctets: 65_536, messagesPerUser: 1000, listEntries: 100 },
  retentionSeconds: 7 * 86_400,
};

export function requestedDispositions(
  id: string,
  changes: Partial<RequestedDispositions> = {},
): RequestedDispositions {
  return {
    messageId: `imdn-${id}`,
    wanted: ['positive-delivery', 'negative-delivery'],
    from: alice,
    to: bob,
    dateTime: '2026-03-01T09:00:00Z',
    recordRoutes: [],
    ...changes,
  };
}

/** A message that waits for bob. */
export function aMessage(id: string, changes: Partial<DeferredMessage> = {}): DeferredMessage {
  return {
    id,
    user: bob,
    mode: 'pager',
    identity: `${alice} imdn-${id}`,
    sender: alice,
    to: bob,
    acceptedAt: start,
    sentAt: start,
    expiresAt: start + 7 * 24 * hour,
    size: 14,
    contentType: 'text/plain',
    acceptContacts: ['*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"'],
    dispositions: requestedDispositions(id),
    sequence: 1,
    attempts: 0,
    claimed: false,
    warned: false,
    ...changes,
  };
}

/** The same on its way into a queue. */
export function aNewMessage(id: string, changes: Partial<NewDeferredMessage> = {}): NewDeferredMessage {
  const { sequence: _s, attempts: _a, claimed: _c, warned: _w, ...description } = aMessage(id);
  return {
    ...description,
    content: {
      headers: [
        ['From', `<${alice}>`],
        ['To', `<${bob}>`],
        ['Content-Type', 'text/plain'],
      ],
      body: new TextEncoder().encode(`text of ${id}`),
    },
    ...changes,
  };
}

const icsi = (service: string) => `urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.${service}`;
export const cpmFeatures = `+g.3gpp.icsi-ref="${['msg', 'largemsg', 'deferred'].map(icsi).join(',')}"`;

export interface ClientChanges {
  readonly user?: CpmUser;
  readonly features?: string;
  readonly route?: readonly string[];
  readonly q?: number;
  readonly registeredAt?: number;
}

/** A registered client; bob's CPM client unless told otherwise. */
export function aClient(name: string, changes: ClientChanges = {}): RegisteredClient {
  const { user = bob, features = cpmFeatures, route = [], q = 1, registeredAt = start } = changes;
  const contact = `sip:${name}@192.0.2.${name.length + 10}:5060`;
  const instance = `<urn:uuid:${name}>`;
  const contactField = `<${contact}>;+sip.instance="${instance}"${features === '' ? '' : `;${features}`}`;
  return {
    user,
    target: instance,
    address: contact,
    route,
    features: featuresOf(parseNameAddress(contactField)),
    q,
    binding: {
      user,
      contact,
      contactField,
      instance,
      path: route,
      callId: `reg-${name}`,
      sequence: 1,
      q,
      registeredAt,
      expiresAt: start + 1000 * hour,
      temporaryGruus: [],
      flow: { id: '', protocol: 'UDP', host: '192.0.2.10', port: 5060 },
    },
  };
}

/** Who is registered, as a test says. */
export class Registered implements RegisteredClients {
  clients: RegisteredClient[];

  constructor(...clients: RegisteredClient[]) {
    this.clients = clients;
  }

  of(user: CpmUser): readonly RegisteredClient[] {
    return this.clients.filter((client) => client.user === user);
  }

  users(): Iterable<CpmUser> {
    return new Set(this.clients.map(({ user }) => user));
  }
}

/** Answers requests as a test says, and remembers them. */
export class ScriptedSender implements RequestSender {
  readonly sent: { readonly request: SipRequest; readonly target: string }[] = [];
  /** A status, an error to reject with, or a promise of one. */
  answer: (request: SipRequest, target: string) => number | Error | Promise<number | Error> = () => 200;

  async send(
    request: SipRequest,
    { target }: { readonly target: string },
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<SipResponse> {
    this.sent.push({ request, target });
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
    const answer = await Promise.race([this.answer(request, target), aborted]);
    if (answer instanceof Error) throw answer;
    return responseTo(request, answer);
  }
}

/** A log that a test can look into. */
export class RememberedLog implements SipLog {
  readonly lines: { readonly level: string; readonly facts: object; readonly sentence: string }[] = [];
  debug = (facts: object, sentence: string) => void this.lines.push({ level: 'debug', facts, sentence });
  info = (facts: object, sentence: string) => void this.lines.push({ level: 'info', facts, sentence });
  warn = (facts: object, sentence: string) => void this.lines.push({ level: 'warn', facts, sentence });
  error = (facts: object, sentence: string) => void this.lines.push({ level: 'error', facts, sentence });
}
