import { setTimeout as pause } from 'node:timers/promises';
import type { CpmClient, PullAction } from '@restante/client/node';
import type { ClientOutput } from './client-output.ts';
import { within } from './client-session.ts';
import type { ClientSettings } from './client-session.ts';
import { readDuration } from '../config/units.ts';
import { CommandFailure } from './exit-code.ts';
import { expandId, writtenId } from './message-id.ts';
import { sipAddress } from './user.ts';
import { addressText } from './words.ts';

export interface ClientAct {
  readonly client: CpmClient;
  readonly settings: ClientSettings;
  readonly output: ClientOutput;
}

type LineCommand = (words: readonly string[], act: ClientAct) => Promise<'quit' | undefined>;

const help =
  'list | pull [all] | deliver ID… [delete ID…] | delete ID… | send ADDRESS TEXT | wait SECONDS | quit';

const commands: Readonly<Record<string, LineCommand>> = {
  list: async (_, { client, output }) => {
    output.waiting(client.waiting, client.waitingCount);
    return undefined;
  },
  pull: (words, act) => (words.length === 0 || words[0] === 'all' ? pullAll(act) : pullNamed(words, act)),
  deliver: (words, act) => pullNamed(['deliver', ...words], act),
  delete: (words, act) => pullNamed(['delete', ...words], act),
  send: async ([to = '', ...words], { client, settings, output }) => {
    if (to === '' || words.length === 0) throw new CommandFailure('usage', 'send: write send ADDRESS TEXT');
    const sent = await within(settings, (signal) =>
      client.send({ to: sipAddress(to), text: words.join(' '), signal }),
    );
    const text =
      sent.status === 'accepted'
        ? `accepted (202): deferred for ${addressText(to)}`
        : `delivered (200) to ${addressText(to)}`;
    output.say('sent', { to: sipAddress(to), ...sent }, text);
    return undefined;
  },
  wait: async ([time = '1s']) => {
    await pause(readDuration(time) * 1000);
    return undefined;
  },
  help: async (_, { output }) => {
    output.say('help', { commands: help }, help);
    return undefined;
  },
  quit: async () => 'quit',
};

/** Runs one line: `pull all`, `deliver 3ad27b delete 49ade7`, `send sip:alice@example.com Hello`. Throws CommandFailure. */
export async function runClientLine(line: string, act: ClientAct): Promise<'quit' | undefined> {
  const [name = '', ...words] = line.trim().split(/\s+/);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new CommandFailure('usage', `'${name}' is no command`, help);
  return command(words, act);
}

async function pullAll({ client, settings, output }: ClientAct): Promise<undefined> {
  const { kind } = await within(settings, (signal) => client.pull('everything', { signal }));
  sayPulled(kind, 'everything', output);
}

/** `deliver ID ID delete ID`: each ID stands under the action before it. */
async function pullNamed(
  words: readonly string[],
  { client, settings, output }: ClientAct,
): Promise<undefined> {
  const known = new Map(client.waiting.map(({ uri }) => [writtenId(uri), uri]));
  const actions = new Map<string, PullAction>();
  let action: PullAction | undefined;
  for (const word of words) {
    const named = actionNamed(word);
    if (named !== undefined) action = named;
    else if (action === undefined)
      throw new CommandFailure('usage', `pull: an action before '${word}' is missing`, help);
    else actions.set(word.includes('@') ? word : (known.get(expandId(word, known.keys())) ?? word), action);
  }
  if (actions.size === 0) throw new CommandFailure('usage', 'which message? write its ID', 'list shows them');
  const { kind } = await within(settings, (signal) => client.pull(actions, { signal }));
  sayPulled(kind, Object.fromEntries([...actions].map(([uri, each]) => [writtenId(uri), each])), output);
}

function actionNamed(word: string): PullAction | undefined {
  return (['deliver', 'delete', 'store', 'interwork'] as const).find((action) => action === word);
}

function sayPulled(kind: 'accepted' | 'nothing-waiting', asked: unknown, output: ClientOutput): void {
  const text = kind === 'accepted' ? 'pull accepted' : 'nothing waits (488, 125 No messages)';
  output.say('pulled', { kind, asked }, text);
}
