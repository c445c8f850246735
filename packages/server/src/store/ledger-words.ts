import type { PullAction } from '@restante/cpm';
import type { Instant } from '@restante/sip';
import type {
  DispositionNotification,
  MessageDescription,
  PullingDevice,
  Settlement,
} from '../participating-function/deferred/deferred-message.ts';

/** What happened, in words that `restante queue why` shows as they stand. */
export interface LedgerWords {
  readonly event: string;
  readonly detail: string;
}

export function acceptedWords(
  message: Pick<MessageDescription, 'size' | 'sender' | 'expiresAt'>,
): LedgerWords {
  const from = message.sender ?? 'an originator who withholds the address';
  const until = new Date(message.expiresAt).toISOString();
  return { event: 'accepted', detail: `${message.size} octets from ${from}, kept until ${until}` };
}

export function receivedWords(message: MessageDescription): LedgerWords {
  const from = message.sender ?? 'an originator who withholds the address';
  return { event: 'received', detail: `${message.size} octets from ${from}, for delivery at once` };
}

export function claimedWords(action: PullAction, device: PullingDevice): LedgerWords {
  return { event: 'claimed', detail: `to ${action}, asked for by ${deviceName(device)}` };
}

export function releasedWords(reason: string, failed: boolean): LedgerWords {
  return { event: 'released', detail: failed ? `the attempt failed: ${reason}` : reason };
}

export function settledWords({ outcome, evidence }: Settlement): LedgerWords {
  return { event: outcome, detail: evidence };
}

export function deliveredWords(evidence: string): LedgerWords {
  return { event: 'delivered', detail: evidence };
}

export const warnedWords: LedgerWords = {
  event: 'warned',
  detail: 'expiry is near; clients that are registered are told',
};

export function noticeWords(target: string, reached: boolean, evidence: string): LedgerWords {
  return { event: reached ? 'notified' : 'notification failed', detail: `${target}: ${evidence}` };
}

export function owedWords({ status, sender }: DispositionNotification): LedgerWords {
  return { event: 'disposition owed', detail: `"${status}" to ${sender}` };
}

export function sentWords(sender: string, evidence: string): LedgerWords {
  return { event: 'disposition sent', detail: `to ${sender}: ${evidence}` };
}

export function postponedWords(until: Instant, reason: string): LedgerWords {
  return { event: 'disposition postponed', detail: `until ${new Date(until).toISOString()}: ${reason}` };
}

export function abandonedWords(reason: string): LedgerWords {
  return { event: 'disposition abandoned', detail: reason };
}

function deviceName({ gruu, instance, contact }: PullingDevice): string {
  return gruu ?? instance ?? contact;
}
