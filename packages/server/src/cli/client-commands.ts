import type { Command } from 'commander';
import { withClientFlags } from './client-flags.ts';
import type { ClientFlags, PullFlags, SendFlags } from './client-flags.ts';
import { collect, durationFlag } from './flags.ts';
import type { Terminal } from './terminal.ts';

export function addSendCommand(program: Command, terminal: Terminal): void {
  withClientFlags(program.command('send').description('send a message'))
    .argument('<to>', 'recipient, such as sip:bob@example.com')
    .argument('<text...>', 'the message; - reads it from standard input')
    .option('-s, --subject <text>', 'subject')
    .option('--expires <duration>', 'how long the message is worth delivering, such as 2h', durationFlag)
    .option('--no-report', 'ask for no disposition notifications')
    .addHelpText(
      'after',
      `
Examples:
  restante send bob@example.com 'Lunch at noon?' --user alice@example.com
  echo 'Lunch at noon?' | restante send bob@example.com - -u alice@example.com`,
    )
    .action(async (to: string, text: readonly string[], flags: SendFlags) => {
      const { send } = await import('./send.ts');
      await send(to, text, flags, terminal);
    });
}

export function addPullCommand(program: Command, terminal: Terminal): void {
  withClientFlags(program.command('pull').description('take what waits: everything, or message by message'))
    .option('--deliver <id>', 'have this message delivered; may be repeated', collect)
    .option('--delete <id>', 'delete this message unread; may be repeated', collect)
    .option('--store <id>', 'have this message put into the message store; may be repeated', collect)
    .option('--interwork <id>', 'have this message sent on by SMS or mail; may be repeated', collect)
    .addHelpText(
      'after',
      `
Examples:
  restante pull --user sip:bob@example.com
  restante pull --user sip:bob@example.com --deliver 8f2c --delete 11b9

An ID may be cut short while it stays unambiguous.
What is not named stays deferred.`,
    )
    .action(async (flags: PullFlags) => {
      const { pull } = await import('./pull.ts');
      await pull(flags, terminal);
    });
}

export function addClientCommand(program: Command, terminal: Terminal): void {
  withClientFlags(program.command('client').description('a client by hand: watch, list, pull, send'))
    .addHelpText(
      'after',
      `
Without a terminal it reads commands from standard input, one a line:
  list | pull [all] | deliver ID… | delete ID… | send ADDRESS TEXT |
  wait SECONDS | help | quit

Examples:
  restante client --user sip:bob@example.com
  printf 'list\\npull\\nquit\\n' | restante client --user bob@example.com --json`,
    )
    .action(async (flags: ClientFlags) => {
      const { client } = await import('./client.ts');
      await client(flags, terminal);
    });
}
