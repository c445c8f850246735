import type {
  DispositionReport,
  ReceivedMessage,
  ReceivedNotification,
  WaitingMessageInfo,
} from '@restante/client';
import { shortIds, writtenId } from './message-id.ts';
import { tableLines } from './table.ts';
import { oneLine } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { addressText, counted, roughly, sized } from './words.ts';

/** Shows what reaches a client: as text for people, as one JSON object a line for programs. */
export class ClientOutput {
  readonly #terminal: Terminal;
  readonly #json: boolean;

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal;
    this.#json = json;
  }

  /** One fact; `text` is what people read. */
  say(event: string, facts: Readonly<Record<string, unknown>>, text: string): void {
    this.#terminal.out(this.#json ? JSON.stringify({ event, ...facts }) : text);
  }

  notification({ number, event, messages, complete }: ReceivedNotification): void {
    const listed = messages.map(waitingJson);
    const verb = event === 'expiring' ? 'about to expire' : 'waiting';
    const partly = complete ? '' : ' (not all of the notification came)';
    const heading = this.#terminal.paint(
      ['bold', 'yellow'],
      `${counted(number, 'message')} ${verb}${partly}`,
    );
    this.say('notification', { reason: event, number, complete, messages: listed }, heading);
    if (!this.#json) this.#lines(waitingTable(messages, this.#terminal, Date.now()));
  }

  waiting(messages: readonly WaitingMessageInfo[], number: number): void {
    if (messages.length === 0) {
      return this.say(
        'waiting',
        { number, messages: [] },
        number > 0 ? `${counted(number, 'message')} waiting` : 'nothing known to wait',
      );
    }
    if (this.#json) return this.say('waiting', { number, messages: messages.map(waitingJson) }, '');
    this.#lines(waitingTable(messages, this.#terminal, Date.now()));
  }

  message({
    from,
    fromName,
    to,
    subject,
    text,
    contentType,
    body,
    messageId,
    sentAt,
    deferred,
  }: ReceivedMessage): void {
    const facts = {
      from,
      fromName,
      to,
      subject,
      text,
      contentType,
      size: body.length,
      messageId,
      sentAt: isoTime(sentAt),
      deferred,
    };
    const sender = this.#terminal.paint(['bold', 'green'], oneLine(fromName ?? addressText(from)));
    const when =
      sentAt === undefined ? '' : this.#terminal.paint('dim', `  ${roughly(Date.now() - sentAt)} ago`);
    const title = subject === undefined ? '' : `  ${this.#terminal.paint('bold', oneLine(subject))}`;
    const content = text === '' ? `(${contentType}, ${sized(body.length)})` : text;
    const lines = content.split(/\r?\n/).map((line) => `  ${oneLine(line)}`);
    this.say('message', facts, [`${sender}${title}${when}`, ...lines].join('\n'));
  }

  disposition({ messageId, status, from }: DispositionReport): void {
    const style = status === 'failed' || status === 'error' || status === 'forbidden' ? 'red' : 'cyan';
    const text = `${this.#terminal.paint(style, status)}  ${this.#terminal.paint('dim', `message ${messageId}, reported by ${addressText(from)}`)}`;
    this.say('disposition', { messageId, status, from }, text);
  }

  #lines(lines: readonly string[]): void {
    for (const line of lines) this.#terminal.out(line);
  }
}

/** What waits, as a notification tells it: sender, size, subject, age. */
function waitingTable(
  messages: readonly WaitingMessageInfo[],
  terminal: Pick<Terminal, 'columns' | 'paint' | 'unicode'>,
  now: number,
): readonly string[] {
  const ids = shortIds(messages.map(({ uri }) => writtenId(uri)));
  const columns = [
    { title: 'id', style: 'bold' as const },
    { title: 'from', shrinkTo: 10 },
    { title: 'size', align: 'right' as const },
    { title: 'age', align: 'right' as const },
    { title: 'subject', shrinkTo: 12 },
  ];
  const rows = messages.map(({ uri, from, fromName, size, date, subject, subjectTruncated, contentType }) => [
    ids.get(writtenId(uri)) ?? uri,
    oneLine(fromName ?? (from === undefined ? 'anonymous' : addressText(from))),
    size === undefined ? '' : sized(size),
    date === undefined ? '' : roughly(now - date),
    oneLine(
      subject === undefined ? `(${contentType ?? 'no subject'})` : subject + (subjectTruncated ? '…' : ''),
    ),
  ]);
  return tableLines(terminal, columns, rows);
}

function waitingJson({ date, expiry, ...rest }: WaitingMessageInfo): Record<string, unknown> {
  return { id: writtenId(rest.uri), ...rest, date: isoTime(date), expiry: isoTime(expiry) };
}

function isoTime(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString();
}
