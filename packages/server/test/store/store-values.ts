import type {
  DispositionNotification,
  Outcome,
  PullRequest,
  Settlement,
} from '../../src/participating-function/deferred/deferred-message.ts';
import type { Binding, LedgerEntry, UserAccount } from '../../src/participating-function/ports.ts';
import { alice, bob, requestedDispositions, start } from '../participating-function/deferred/values.ts';

export const limits = { perUser: 100 };

export function aPull(
  key: string,
  actions: PullRequest['actions'],
  changes: Partial<PullRequest> = {},
): PullRequest {
  return { key, user: bob, actions, device: { contact: 'sip:phone@192.0.2.15:5060' }, ...changes };
}

export function aSettlement(outcome: Outcome, at = start, owed?: DispositionNotification): Settlement {
  return { outcome, at, evidence: `evidence of ${outcome}`, ...(owed !== undefined && { owed }) };
}

export function anOwed(id: string, changes: Partial<DispositionNotification> = {}): DispositionNotification {
  return {
    imdnMessageId: `report-${id}`,
    about: requestedDispositions(id),
    user: bob,
    sender: alice,
    status: 'failed',
    ...changes,
  };
}

export function aBinding(contact: string, changes: Partial<Binding> = {}): Binding {
  return {
    user: bob,
    contact,
    contactField: `<${contact}>`,
    path: ['<sip:edge.example.com;lr>'],
    callId: 'reg-1',
    sequence: 7,
    q: 1,
    registeredAt: start,
    expiresAt: start + 3_600_000,
    temporaryGruus: [],
    flow: { id: 'f1', protocol: 'TCP', host: '192.0.2.1', port: 4000 },
    ...changes,
  };
}

export function anAccount(username: string, changes: Partial<UserAccount> = {}): UserAccount {
  return { user: bob, username, realm: 'example.com', ha1Md5: 'a1', ha1Sha256: 'b2', ...changes };
}

export function events(story: readonly LedgerEntry[]): readonly string[] {
  return story.map(({ event }) => event);
}
