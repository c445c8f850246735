import { opaqueId } from '@restante/cpm';
import type { Clock, Random } from '@restante/sip';
import type { Deadlines, QueueInspection } from '../ports.ts';
import type { MessageId } from './deferred-message.ts';
import { settlementOf } from './settlement.ts';

export interface WithdrawalParts {
  readonly inspection: Pick<QueueInspection, 'find'>;
  readonly deadlines: Pick<Deadlines, 'settleUnclaimed'>;
  readonly clock: Clock;
  readonly random: Random;
}

/** `claimed`: a pull holds the message, which was left alone. */
export type Withdrawal = 'withdrawn' | 'claimed' | 'unknown';

/** Takes a message out of the queue by hand; its sender is told if that was asked for. Needs the store alone. */
export async function withdraw(id: MessageId, by: string, parts: WithdrawalParts): Promise<Withdrawal> {
  const { inspection, deadlines, clock, random } = parts;
  const message = await inspection.find(id);
  if (message === undefined) return 'unknown';
  const settlement = settlementOf(message, 'withdrawn', {
    at: clock.now(),
    evidence: `withdrawn by ${by}`,
    imdnMessageId: opaqueId(random.bytes(10)),
  });
  if (await deadlines.settleUnclaimed(id, settlement)) return 'withdrawn';
  return (await inspection.find(id)) === undefined ? 'unknown' : 'claimed';
}
