import type { CpmClient } from '@restante/client/node';
import { closing } from '../closing.ts';
import type { ClientFlags } from './client-flags.ts';
import { ClientOutput } from './client-output.ts';
import { clientSettings, openSession, within } from './client-session.ts';
import type { ClientSettings } from './client-session.ts';
import { runClientLine } from './client-line.ts';
import { askCommands } from './client-prompt.ts';
import { linesOf } from './standard-input.ts';
import { CommandFailure } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { addressText } from './words.ts';

/** A client by hand: what reaches it is shown as it comes, commands are asked for or read line by line. */
export async function client(flags: ClientFlags, terminal: Terminal): Promise<void> {
  const settings = clientSettings(flags, { pulls: true });
  const output = new ClientOutput(terminal, flags.json === true);
  await closing(await openSession(settings), (session) =>
    act(session, { settings, output, terminal, json: flags.json === true }),
  );
}

interface ClientParts {
  readonly settings: ClientSettings;
  readonly output: ClientOutput;
  readonly terminal: Terminal;
  readonly json: boolean;
}

async function act(session: CpmClient, { settings, output, terminal, json }: ClientParts): Promise<void> {
  await within(settings, (signal) => session.register({ signal }));
  output.say(
    'registered',
    { user: settings.user, server: settings.server },
    `registered as ${terminal.paint('bold', addressText(settings.user))}`,
  );

  const news = new EventTarget();
  const watching = watch(session, output, news);
  const byHand = terminal.interactive && terminal.input.isTTY === true && !json;
  const commands = byHand ? askCommands(session, terminal, news) : linesOf(terminal.input);
  for await (const line of commands) {
    try {
      if ((await runClientLine(line, { client: session, settings, output })) === 'quit') break;
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      const hint = error.hint === undefined ? '' : ` (${error.hint})`;
      output.say(
        'error',
        { reason: error.reason, message: error.message },
        `${terminal.paint('red', 'error:')} ${error.message}${hint}`,
      );
    }
  }
  await session.close();
  await watching;
}

/** Shows everything that comes until the client is closed. */
async function watch(session: CpmClient, output: ClientOutput, news: EventTarget): Promise<void> {
  const each = async <T>(values: AsyncIterable<T>, show: (value: T) => void): Promise<void> => {
    for await (const value of values) {
      news.dispatchEvent(new Event('arriving'));
      show(value);
      news.dispatchEvent(new Event('arrived'));
    }
  };
  await Promise.all([
    each(session.deferredNotifications(), (notification) => output.notification(notification)),
    each(session.messages(), (message) => output.message(message)),
    each(session.dispositions(), (report) => output.disposition(report)),
  ]);
}
