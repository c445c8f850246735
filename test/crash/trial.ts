import type { Journal, SentMessage } from './journal.ts';
import { storyOf } from './remains.ts';
import type { Tally } from './tally.ts';
import { judge } from './verdict.ts';
import type { Remainder } from './verdict.ts';

/** Judges every message of a journal and counts what happened; a fault comes with its story. */
export async function judgeAll(
  journal: Journal,
  remainder: Remainder,
  directory: string,
  tally: Tally,
): Promise<void> {
  const { messages, lives, faults, pulls, notifications } = journal;
  tally.faults.push(...faults);
  for (const message of messages.values()) {
    const { faults: found, excused } = judge(message, lives, remainder);
    tally.undone.push(...excused);
    count(message, tally);
    if (found.length === 0) continue;
    const story = message.listed === undefined ? [] : await storyOf(directory, message.listed.uri);
    const seen = [...seenOf(message), ...killsOf(journal)].toSorted();
    tally.faults.push(`${message.id}: ${[...found, ...seen, ...story].join('\n    ')}`);
  }
  tally.waiting += remainder.waiting.size;
  tally.pulls += pulls;
  tally.notifications += notifications;
  if (remainder.waiting.has('')) tally.faults.push('a message waits that was never sent');
  for (const id of remainder.waiting)
    if (!messages.has(id)) tally.faults.push(`${id} waits and was never sent`);
}

function count({ answers, arrivals, reports, ownReport }: SentMessage, tally: Tally): void {
  const [first] = answers;
  tally.sent += 1;
  if (first?.status === 202) tally.deferred += 1;
  if (first?.status === 200) tally.direct += 1;
  if (arrivals.some(({ taken }) => taken)) tally.delivered += 1;
  if (reports.some(({ kind }) => kind === 'failed')) tally.reportedFailed += 1;
  if (ownReport?.answered === true) tally.ownReports += 1;
}

function seenOf(message: SentMessage): readonly string[] {
  const { sentAt, expiresMilliseconds, answers, arrivals, namings, reports } = message;
  const life = expiresMilliseconds === undefined ? '' : ` with Expires ${expiresMilliseconds} ms`;
  return [
    `${sentAt} sent${life}`,
    ...answers.map(({ at, status }) => `${at} answered ${status}`),
    ...arrivals.map((each) => `${each.at} came over ${each.transport}, ${each.taken ? 'taken' : 'refused'}`),
    ...namings.map(
      ({ askedAt, action, alone, status, answeredAt }) =>
        `${askedAt} named to ${action}${alone ? ' alone' : ''}, answered ${status} at ${answeredAt}`,
    ),
    ...reports.map((each) => `${each.at} reported as ${each.kind}, ${each.taken ? 'taken' : 'refused'}`),
  ];
}

function killsOf({ lives }: Journal): readonly string[] {
  return lives.map(({ endedAt, number }) => `${endedAt} life ${number} ended`);
}
