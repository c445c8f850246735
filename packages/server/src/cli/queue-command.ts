import type { Command } from 'commander';
import { countFlag } from './flags.ts';
import { withStoreFlags } from './store-flags.ts';
import type { QueueListFlags, StoreFlags } from './store-flags.ts';
import type { Terminal } from './terminal.ts';

export function addQueueCommand(program: Command, terminal: Terminal): void {
  const queue = program
    .command('queue')
    .description('look into the queue of this machine, also beside a running server')
    .addHelpText(
      'after',
      `
Examples:
  restante queue list --user sip:bob@example.com
  restante queue why 8f2c --data /var/lib/restante
  restante queue delete 8f2c

An ID may be cut short while it stays unambiguous.`,
    );
  withStoreFlags(queue.command('list').description('what waits, oldest first'))
    .option('-u, --user <uri>', 'only for this user')
    .option('--limit <count>', 'at most so many', countFlag, 100)
    .action(async (flags: QueueListFlags) => {
      const { listQueue } = await import('./queue.ts');
      await listQueue(flags, terminal);
    });
  withStoreFlags(queue.command('show <id>').description('everything known of one message')).action(
    async (id: string, flags: StoreFlags) => {
      const { showMessage } = await import('./queue.ts');
      await showMessage(id, flags, terminal);
    },
  );
  withStoreFlags(
    queue.command('why <id>').description('the story of one message, also after it is gone'),
  ).action(async (id: string, flags: StoreFlags) => {
    const { explainMessage } = await import('./queue.ts');
    await explainMessage(id, flags, terminal);
  });
  withStoreFlags(
    queue.command('delete <id>').description('withdraw one message; its sender is told if it asked'),
  ).action(async (id: string, flags: StoreFlags) => {
    const { deleteMessage } = await import('./queue.ts');
    await deleteMessage(id, flags, terminal);
  });
}
