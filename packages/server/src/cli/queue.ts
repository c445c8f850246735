import { systemClock, systemRandom } from '@restante/sip';
import { withdraw } from '../participating-function/deferred/withdrawal.ts';
import type { DeferredMessage } from '../participating-function/deferred/deferred-message.ts';
import type { LedgerEntry, Store } from '../participating-function/ports.ts';
import { CommandFailure } from './exit-code.ts';
import { expandId, shortIds, titleOf, writtenId } from './message-id.ts';
import type { QueueListFlags, StoreFlags } from './store-flags.ts';
import { withStore } from './store-access.ts';
import { tableLines } from './table.ts';
import { displayWidth, oneLine, pad, wrapped } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { userOf } from './user.ts';
import { addressText, counted, localTime, roughly, sized } from './words.ts';

/** Enough to find a shortened ID among what waits. */
const mostSearched = 100_000;

export async function listQueue(flags: QueueListFlags, terminal: Terminal): Promise<void> {
  const filter = flags.user === undefined ? {} : { user: userOf(flags.user) };
  const { messages, counts } = await withStore(flags, { create: false }, async ({ inspection }) => ({
    messages: await inspection.list({ ...filter, limit: flags.limit }),
    counts: await inspection.counts(),
  }));
  if (flags.json) {
    terminal.out(JSON.stringify(messages.map(asJson)));
    return;
  }
  if (messages.length === 0) {
    terminal.out(flags.user === undefined ? 'nothing waits' : `nothing waits for ${flags.user}`);
  } else {
    for (const line of queueTable(messages, terminal, Date.now())) terminal.out(line);
  }
  const owed = counts.owed > 0 ? `, ${counted(counts.owed, 'disposition notification')} owed` : '';
  const total = `${counted(counts.waiting, 'message')} for ${counted(counts.users, 'user')}${owed}`;
  terminal.note(
    terminal.paint('dim', messages.length < counts.waiting ? `${messages.length} shown of ${total}` : total),
  );
}

/** The table of `queue list`. */
function queueTable(
  messages: readonly DeferredMessage[],
  terminal: Terminal,
  now: number,
): readonly string[] {
  const ids = shortIds(messages.map(({ id }) => id));
  const columns = [
    { title: 'id', style: 'bold' as const },
    { title: 'for', shrinkTo: 10 },
    { title: 'from', shrinkTo: 10 },
    { title: 'size', align: 'right' as const },
    { title: 'age', align: 'right' as const },
    { title: 'left', align: 'right' as const },
    { title: 'subject', shrinkTo: 12 },
    { title: 'state', shrinkTo: 7 },
  ];
  const rows = messages.map((message) => [
    ids.get(message.id) ?? message.id,
    addressText(message.user),
    message.sender === undefined ? 'anonymous' : addressText(message.sender),
    sized(message.size),
    roughly(now - message.acceptedAt),
    message.expiresAt <= now ? 'now' : roughly(message.expiresAt - now),
    oneLine(titleOf(message)),
    stateOf(message),
  ]);
  return tableLines(terminal, columns, rows);
}

export async function showMessage(written: string, flags: StoreFlags, terminal: Terminal): Promise<void> {
  const { message, content } = await withStore(flags, { create: false }, async (store) => {
    const found = await findMessage(written, store);
    const [content] = await store.queue.contents([found.id]);
    return { message: found, content };
  });
  if (flags.json) {
    terminal.out(JSON.stringify(asJson(message)));
    return;
  }
  const { dispositions } = message;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['id', message.id],
    ['for', message.user],
    ['written to', message.to],
    [
      'from',
      message.sender === undefined ? 'anonymous' : `${message.senderName ?? ''} <${message.sender}>`.trim(),
    ],
    ['subject', message.subject],
    ['content', `${message.contentType}, ${sized(message.size)} (${message.mode} mode)`],
    ['body kept', content === undefined ? undefined : `${content.body.length} octets, unchanged`],
    ['accepted', `${localTime(message.acceptedAt)} (${roughly(Date.now() - message.acceptedAt)} ago)`],
    ['sent', message.sentAt === undefined ? undefined : localTime(message.sentAt)],
    ['expires', localTime(message.expiresAt)],
    ['state', stateOf(message)],
    ['message-id', dispositions?.messageId],
    ['reports', dispositions === undefined ? 'none asked for' : dispositions.wanted.join(', ')],
    ['conversation', message.conversationId],
  ];
  for (const [name, value] of facts) {
    if (value !== undefined) terminal.out(`${terminal.paint('dim', pad(name, 13))} ${oneLine(value)}`);
  }
}

/** Columns of a step of a story beside its event: margins, time, interval and bullet. */
const besideEvent = 36;

/** Among so many of the last messages that ended, a part of an ID is enough. */
const searchedEnded = 100_000;

export async function explainMessage(written: string, flags: StoreFlags, terminal: Terminal): Promise<void> {
  const { id, story } = await withStore(flags, { create: false }, async (store) => {
    const known = [...(await idsOf(store)), ...(await store.inspection.ended(searchedEnded))];
    const part = writtenId(written);
    const isKnown = known.some((id) => id.endsWith(part) || id.startsWith(part));
    const found = isKnown ? expandId(written, known) : part;
    return { id: found, story: await store.inspection.story(found) };
  });
  if (story.length === 0) {
    const hint = 'the story of a message that is gone is kept for the time of `retention`';
    throw new CommandFailure('notFound', `nothing is known of a message '${written}'`, hint);
  }
  if (flags.json) {
    terminal.out(JSON.stringify(story.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }))));
    return;
  }
  terminal.out(`${terminal.paint('bold', id)}  ${terminal.paint('dim', story[0]?.user ?? '')}`);
  for (const line of timeline(story, terminal)) terminal.out(line);
}

/** A story, oldest first: when, how much later, what. */
export function timeline(
  story: readonly LedgerEntry[],
  { columns, interactive, paint, unicode }: Pick<Terminal, 'columns' | 'interactive' | 'paint' | 'unicode'>,
): readonly string[] {
  const width = Math.max(...story.map(({ event }) => event.length));
  const bullet = paint('cyan', unicode ? '●' : '*');
  return story.flatMap(({ at, event, detail }, index) => {
    const before = story[index - 1]?.at;
    const later = before === undefined ? '' : `+${roughly(at - before)}`;
    const when = paint('dim', `${localTime(at)} ${pad(later, 8, 'right')}`);
    const head = `  ${when}  ${bullet} ${paint('bold', pad(event, width))}`;
    const told = oneLine(detail);
    if (!interactive || besideEvent + width + displayWidth(told) <= columns)
      return `${head}  ${told}`.trimEnd();
    const below = ' '.repeat(besideEvent - 2);
    return [head.trimEnd(), ...wrapped(told, columns - below.length).map((line) => below + line)];
  });
}

export async function deleteMessage(written: string, flags: StoreFlags, terminal: Terminal): Promise<void> {
  const message = await withStore(flags, { create: false }, async (store) => {
    const found = await findMessage(written, store);
    const parts = {
      inspection: store.inspection,
      deadlines: store.deadlines,
      clock: systemClock,
      random: systemRandom,
    };
    const end = await withdraw(found.id, 'restante queue delete', parts);
    if (end === 'claimed') {
      throw new CommandFailure(
        'refused',
        `message ${found.id} is being delivered now`,
        'try again when that has ended',
      );
    }
    if (end === 'unknown') throw new CommandFailure('notFound', `message ${found.id} waits no longer`);
    return found;
  });
  const told = message.dispositions?.wanted.includes('negative-delivery') === true;
  if (flags.json) {
    terminal.out(JSON.stringify({ id: message.id, deleted: true, senderTold: told }));
    return;
  }
  const consequence = told
    ? 'its sender will be told that it was not delivered'
    : 'its sender asked for no report';
  terminal.out(`deleted ${terminal.paint('bold', message.id)} for ${message.user}; ${consequence}`);
}

async function findMessage(written: string, store: Store): Promise<DeferredMessage> {
  const exact = await store.inspection.find(writtenId(written));
  if (exact !== undefined) return exact;
  const found = await store.inspection.find(expandId(written, await idsOf(store)));
  if (found === undefined) throw new CommandFailure('notFound', `message '${written}' waits no longer`);
  return found;
}

async function idsOf({ inspection }: Store): Promise<readonly string[]> {
  return (await inspection.list({ limit: mostSearched })).map(({ id }) => id);
}

function stateOf({ claimed, attempts, warned }: DeferredMessage): string {
  const tried = attempts > 0 ? `, ${counted(attempts, 'failed try').replace('trys', 'tries')}` : '';
  return `${claimed ? 'being delivered' : 'waits'}${tried}${warned ? ', warned' : ''}`;
}

/** Times are ISO 8601 in JSON. */
function asJson(message: DeferredMessage): Record<string, unknown> {
  const { acceptedAt, sentAt, expiresAt, sequence, identity: _identity, ...rest } = message;
  return {
    ...rest,
    sequence,
    acceptedAt: new Date(acceptedAt).toISOString(),
    ...(sentAt !== undefined && { sentAt: new Date(sentAt).toISOString() }),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
