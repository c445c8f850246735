import { Command, CommanderError } from 'commander';
import { version } from '../version.ts';
import { addClientCommand, addPullCommand, addSendCommand } from './client-commands.ts';
import { addDemoCommand } from './demo-command.ts';
import { exitCodes } from './exit-code.ts';
import { addQueueCommand } from './queue-command.ts';
import { reportFailure } from './report.ts';
import { addServeCommand } from './serve-command.ts';
import { processTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { addUserCommand } from './user-command.ts';

const examples = `
Examples:
  restante demo                        see the whole pull in a few seconds
  restante serve --domain example.com --management-uri sip:x7k2p9@example.com
  restante user add bob@example.com    a user who authenticates with a password
  restante send bob@example.com 'Lunch at noon?' --user alice@example.com
  restante pull --user bob@example.com --management-uri sip:x7k2p9@example.com
  restante queue list                  what waits, on this machine
  restante queue why 8f2c41            the story of one message

Exit codes: 0 done, 1 failed, 2 usage, 3 configuration, 4 nothing waits,
5 refused, 6 no answer (docs/cli.md has all).`;

/** Every command with its flags. What they do is loaded when one of them runs. */
export function buildProgram(terminal: Terminal): Command {
  const program = new Command('restante')
    .description(
      'Pull mode in OMA CPM: messages for users who are away wait until their client asks for them.',
    )
    .version(version, '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .addHelpText('after', examples)
    .configureHelp({ helpWidth: terminal.columns, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .showHelpAfterError('(--help shows how it is used)')
    // Commander would end the process by itself; commands added below inherit this.
    .exitOverride();
  addServeCommand(program, terminal);
  addDemoCommand(program, terminal);
  addClientCommand(program, terminal);
  addSendCommand(program, terminal);
  addPullCommand(program, terminal);
  addQueueCommand(program, terminal);
  addUserCommand(program, terminal);
  return program;
}

/** Runs one command. Resolves with the exit code when it is done; it ends no process by itself. */
export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  const program = buildProgram(terminal);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCodes.ok.code;
  } catch (error) {
    return report(error, terminal);
  }
}

function report(error: unknown, terminal: Terminal): number {
  if (!(error instanceof CommanderError)) return reportFailure(error, terminal);
  return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code;
}
