import type { Command } from 'commander';
import { withStoreFlags } from './store-flags.ts';
import type { StoreFlags, UserAddFlags } from './store-flags.ts';
import type { Terminal } from './terminal.ts';

export function addUserCommand(program: Command, terminal: Terminal): void {
  const user = program
    .command('user')
    .description('users who authenticate with a password')
    .addHelpText(
      'after',
      `
Examples:
  restante user add sip:bob@example.com
  restante user add sip:bob@example.com --generate --json
  printf %s "$SECRET" | restante user add sip:bob@example.com --password-stdin
  restante user list`,
    );
  withStoreFlags(user.command('add <address>').description('add a user, or change a password'))
    .option('--username <name>', 'name in the digest (default: the user part of the address)')
    .option('--password-stdin', 'read the password from standard input')
    .option('--generate', 'make a password and show it')
    .action(async (address: string, flags: UserAddFlags) => {
      const { addUser } = await import('./user.ts');
      await addUser(address, flags, terminal);
    });
  withStoreFlags(user.command('list').description('the users of the table')).action(
    async (flags: StoreFlags) => {
      const { listUsers } = await import('./user.ts');
      await listUsers(flags, terminal);
    },
  );
  withStoreFlags(user.command('remove <address>').description('remove a user')).action(
    async (address: string, flags: StoreFlags) => {
      const { removeUser } = await import('./user.ts');
      await removeUser(address, flags, terminal);
    },
  );
}
