import { isCancel, multiselect, select, text } from '@clack/prompts';
import type { CpmClient, WaitingMessageInfo } from '@restante/client/node';
import { writtenId } from './message-id.ts';
import { oneLine } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { addressText, counted, sized } from './words.ts';

type Choice = 'pull' | 'choose' | 'list' | 'send' | 'quit';

/** Asks what to do next, again and again, and gives it as a command line. What arrives meanwhile interrupts the question. */
export async function* askCommands(
  client: CpmClient,
  terminal: Terminal,
  news: EventTarget,
): AsyncIterable<string> {
  for (;;) {
    const choice = await askUndisturbed(news, (signal) => chooseAct(client, signal));
    if (choice === undefined) continue;
    if (typeof choice === 'symbol' || choice === 'quit') return;
    const line =
      choice === 'choose'
        ? await chooseActions(client.waiting)
        : choice === 'send'
          ? await composeMessage()
          : choice;
    if (line !== undefined) yield line;
    terminal.out('');
  }
}

/** Undefined where something arrived: it is shown, then the question is asked again. */
async function askUndisturbed<T>(
  news: EventTarget,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const interruption = new AbortController();
  const arrived = new Promise<void>((resolve) =>
    news.addEventListener('arrived', () => resolve(), { once: true }),
  );
  const interrupt = (): void => interruption.abort();
  news.addEventListener('arriving', interrupt, { once: true });
  try {
    const answer = await ask(interruption.signal);
    if (!interruption.signal.aborted) return answer;
    await arrived;
    return undefined;
  } finally {
    news.removeEventListener('arriving', interrupt);
  }
}

function chooseAct(client: CpmClient, signal: AbortSignal): Promise<Choice | symbol> {
  const { waiting, waitingCount } = client;
  const some = waiting.length > 0;
  return select<Choice>({
    message: some ? `${counted(waitingCount, 'message')} waiting` : 'Nothing known to wait',
    signal,
    options: [
      { value: 'pull', label: 'Pull everything' },
      ...(some ? [{ value: 'choose' as const, label: 'Pull, message by message' }] : []),
      ...(some ? [{ value: 'list' as const, label: 'Show what waits' }] : []),
      { value: 'send', label: 'Send a message' },
      { value: 'quit', label: 'Quit' },
    ],
  });
}

async function chooseActions(waiting: readonly WaitingMessageInfo[]): Promise<string | undefined> {
  const options = waiting.map((message) => ({ value: writtenId(message.uri), label: titleOf(message) }));
  const deliver = await multiselect({
    message: 'Deliver which? (space marks, enter goes on)',
    options,
    required: false,
  });
  if (isCancel(deliver)) return undefined;
  const rest = options.filter(({ value }) => !deliver.includes(value));
  const unread =
    rest.length === 0
      ? []
      : await multiselect({
          message: 'Delete which, unread? The others stay',
          options: rest,
          required: false,
        });
  if (isCancel(unread) || deliver.length + unread.length === 0) return undefined;
  return `pull deliver ${deliver.join(' ')} delete ${unread.join(' ')}`;
}

async function composeMessage(): Promise<string | undefined> {
  const to = await text({ message: 'To', placeholder: 'sip:alice@example.com' });
  if (isCancel(to) || to.trim() === '') return undefined;
  const words = await text({ message: 'Message' });
  if (isCancel(words) || words.trim() === '') return undefined;
  return `send ${to.trim()} ${words}`;
}

function titleOf({ from, fromName, subject, contentType, size }: WaitingMessageInfo): string {
  const sender = fromName ?? (from === undefined ? 'anonymous' : addressText(from));
  return oneLine(
    `${sender}: ${subject ?? contentType ?? 'message'}${size === undefined ? '' : ` (${sized(size)})`}`,
  );
}
