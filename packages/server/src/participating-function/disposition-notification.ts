import { isAnonymous } from '@restante/cpm';
import type { Disposition } from '@restante/cpm';
import type { DispositionNotification, MessageDescription, Outcome } from './deferred/deferred-message.ts';

interface Report {
  readonly status: DispositionNotification['status'];
  readonly wanted: Disposition;
}

// What was delivered is reported on by the client that got it (RFC 5438 section 8.2); we report only our own acts.
const reports: Readonly<Partial<Record<Outcome, Report>>> = {
  deleted: { status: 'failed', wanted: 'negative-delivery' },
  expired: { status: 'failed', wanted: 'negative-delivery' },
  withdrawn: { status: 'failed', wanted: 'negative-delivery' },
};

const imdnType = /^\s*message\/imdn\+xml\b/i;

/**
 * What the sender is owed for this end of a message; undefined where nothing is (PF-12, PF-21).
 * `imdnMessageId` is fixed here, so that every attempt, also after a restart, is the same notification.
 */
export function dispositionFor(
  message: MessageDescription,
  outcome: Outcome,
  imdnMessageId: string,
): DispositionNotification | undefined {
  const report = reports[outcome];
  const about = message.dispositions;
  if (report === undefined || about === undefined || !about.wanted.includes(report.wanted)) return undefined;
  // RFC 5438 section 7.2.1: never a notification about a notification.
  if (imdnType.test(message.contentType)) return undefined;
  if (message.sender === undefined || isAnonymous(message.sender) || isAnonymous(about.from))
    return undefined;
  return {
    imdnMessageId,
    about,
    user: message.user,
    sender: message.sender,
    status: report.status,
    ...(message.conversationId !== undefined && { conversationId: message.conversationId }),
    ...(message.contributionId !== undefined && { contributionId: message.contributionId }),
  };
}
