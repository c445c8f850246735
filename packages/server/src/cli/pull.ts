import type { CpmClient, PullAction, ReceivedNotification, WaitingMessageInfo } from '@restante/client';
import { closing } from '../closing.ts';
import type { PullFlags } from './client-flags.ts';
import { ClientOutput } from './client-output.ts';
import { clientSettings, openSession, within } from './client-session.ts';
import type { ClientSettings } from './client-session.ts';
import { CommandFailure } from './exit-code.ts';
import { expandId, writtenId } from './message-id.ts';
import { awaitArrivals } from './pull-arrivals.ts';
import type { Arrivals } from './pull-arrivals.ts';
import type { Terminal } from './terminal.ts';
import { counted } from './words.ts';

/** Longer than the server waits for further reasons before it notifies (D-14, 2 s). */
const notificationMilliseconds = 5000;

export async function pull(flags: PullFlags, terminal: Terminal): Promise<void> {
  const settings = clientSettings(flags, { pulls: true });
  const written = writtenActions(flags);
  const output = new ClientOutput(terminal, flags.json === true);
  await closing(await openSession(settings), async (client) => {
    await within(settings, (signal) => client.register({ signal }));
    if (written.length === 0) await pullEverything(client, settings, output);
    else await pullListed(client, settings, written, output, terminal);
  });
}

async function pullEverything(
  client: CpmClient,
  settings: ClientSettings,
  output: ClientOutput,
): Promise<void> {
  const { kind } = await within(settings, (signal) => client.pull('everything', { signal }));
  if (kind === 'nothing-waiting') throw nothingWaits(settings.user);
  const arrivals = await arrived(client, undefined, settings, output);
  const { length } = arrivals.messages;
  output.say(
    'pulled',
    { delivered: length, complete: arrivals.complete },
    `${counted(length, 'message')} delivered`,
  );
  if (!arrivals.complete) throw incomplete('the server accepted the pull, but nothing arrived in time');
}

async function pullListed(
  client: CpmClient,
  settings: ClientSettings,
  written: readonly WrittenAction[],
  output: ClientOutput,
  terminal: Terminal,
): Promise<void> {
  const known = written.every(({ id }) => id.includes('@')) ? [] : await whatWaits(client, settings.user);
  const actions = namedActions(written, known);
  const { kind } = await within(settings, (signal) => client.pull(actions, { signal }));
  if (kind === 'nothing-waiting') throw nothingWaits(settings.user);
  const wanted = [...actions.values()].filter((action) => action === 'deliver').length;
  const arrivals = await arrived(client, wanted, settings, output);
  for (const [uri, action] of actions) sayOutcome(uri, action, { known, arrivals, output, terminal });
  if (!arrivals.complete) {
    throw incomplete(`${counted(arrivals.messages.length, 'message')} of ${wanted} arrived in time`);
  }
}

interface WrittenAction {
  readonly id: string;
  readonly action: PullAction;
}

function writtenActions(flags: PullFlags): readonly WrittenAction[] {
  return (['deliver', 'delete', 'store', 'interwork'] as const).flatMap((action) =>
    (flags[action] ?? []).map((id) => ({ id, action })),
  );
}

/** The first notification after registering lists everything (PF-5). */
async function whatWaits(client: CpmClient, user: string): Promise<readonly WaitingMessageInfo[]> {
  const signal = AbortSignal.timeout(notificationMilliseconds);
  let notified: ReceivedNotification | undefined;
  for await (const notification of client.deferredNotifications({ signal })) {
    notified = notification;
    break;
  }
  if (notified === undefined) throw nothingWaits(user);
  return notified.messages;
}

/** The instruction with whole message-URI-IDs. Throws a CommandFailure for an ID that fits none or several. */
function namedActions(
  written: readonly WrittenAction[],
  known: readonly WaitingMessageInfo[],
): ReadonlyMap<string, PullAction> {
  const uris = new Map(known.map(({ uri }) => [writtenId(uri), uri]));
  const actions = new Map<string, PullAction>();
  for (const { id, action } of written) {
    const uri = id.includes('@') ? id : (uris.get(expandId(id, uris.keys())) ?? id);
    const before = actions.get(uri);
    if (before !== undefined && before !== action) {
      throw new CommandFailure('usage', `--${before} and --${action} name the same message '${id}'`);
    }
    actions.set(uri, action);
  }
  return actions;
}

async function arrived(
  client: CpmClient,
  expected: number | undefined,
  { timeoutSeconds }: ClientSettings,
  output: ClientOutput,
): Promise<Arrivals> {
  return awaitArrivals(client, expected, timeoutSeconds * 1000, (message) => output.message(message));
}

interface OutcomeFacts {
  readonly known: readonly WaitingMessageInfo[];
  readonly arrivals: Arrivals;
  readonly output: ClientOutput;
  readonly terminal: Terminal;
}

function sayOutcome(
  uri: string,
  action: PullAction,
  { known, arrivals, output, terminal }: OutcomeFacts,
): void {
  const id = writtenId(uri);
  const listed = known.find((each) => each.uri === uri);
  const came =
    arrivals.complete || arrivals.messages.some(({ messageId }) => messageId === listed?.messageId);
  const outcome = action === 'deliver' ? (came ? 'delivered' : 'not arrived yet') : `${action} accepted`;
  // The server passes over names that do not wait (D-1) and does not say which.
  const doubt = action !== 'deliver' && listed === undefined ? ', if it still waited' : '';
  const style = outcome === 'not arrived yet' ? 'red' : 'green';
  output.say(
    'outcome',
    { id, action, outcome },
    `${terminal.paint('bold', id)} ${terminal.paint(style, outcome)}${doubt}`,
  );
}

function nothingWaits(user: string): CommandFailure {
  return new CommandFailure('nothingWaiting', `nothing waits for ${user} (488, 125 No messages)`);
}

function incomplete(message: string): CommandFailure {
  return new CommandFailure(
    'incomplete',
    message,
    'what did not arrive waits again and is in the next notification',
  );
}
