import type { Instant } from '@restante/sip';
import { dispositionFor } from '../disposition-notification.ts';
import type { MessageDescription, Outcome, Settlement } from './deferred-message.ts';

export interface SettlementFacts {
  readonly at: Instant;
  /** The answer or event it rests on, in plain words. */
  readonly evidence: string;
  /** imdn.Message-ID of the notification that may be owed. */
  readonly imdnMessageId: string;
}

/** The end of a message together with what its sender is owed for it. */
export function settlementOf(
  message: MessageDescription,
  outcome: Outcome,
  facts: SettlementFacts,
): Settlement {
  const owed = dispositionFor(message, outcome, facts.imdnMessageId);
  const { at, evidence } = facts;
  return { outcome, at, evidence, ...(owed !== undefined && { owed }) };
}
