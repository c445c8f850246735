import { randomBytes } from 'node:crypto';
import { text as allOf } from 'node:stream/consumers';
import { isCancel, password as askPassword } from '@clack/prompts';
import { canonicalUser } from '@restante/cpm';
import type { CpmUser } from '@restante/cpm';
import { parseUri } from '@restante/sip';
import type { SipUri } from '@restante/sip';
import { accountFor } from '../assembly/accounts.ts';
import { CommandFailure } from './exit-code.ts';
import type { StoreFlags, UserAddFlags } from './store-flags.ts';
import { knownDomain, withStore } from './store-access.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';
import { addressText, counted } from './words.ts';

export async function addUser(address: string, flags: UserAddFlags, terminal: Terminal): Promise<void> {
  const uri = readAddress(address);
  const username = flags.username ?? uri.user ?? '';
  // The digest realm of a server is its domain.
  const realm = uri.host;
  const domain = knownDomain(flags);
  if (domain !== undefined && domain !== realm)
    throw new CommandFailure('usage', `the domain of this server is ${domain}, not ${realm}`);
  const password = await choosePassword(flags, terminal);
  const account = accountFor({ address: sipAddress(address), username, realm, password }, uri.host);
  const known = await withStore(flags, { create: true }, async ({ accounts }) => {
    const before = await accounts.known(account.user);
    await accounts.put(account);
    return before;
  });
  const generated = flags.generate === true ? { password } : {};
  if (flags.json) {
    terminal.out(JSON.stringify({ user: account.user, username, realm, changed: known, ...generated }));
    return;
  }
  terminal.out(
    `${known ? 'changed' : 'added'} ${terminal.paint('bold', account.user)} (username ${username}, realm ${realm})`,
  );
  if (flags.generate)
    terminal.out(`password: ${terminal.paint('bold', password)}  (shown once, kept nowhere)`);
}

export async function listUsers(flags: StoreFlags, terminal: Terminal): Promise<void> {
  const accounts = await withStore(flags, { create: false }, ({ accounts }) => accounts.list());
  const shown = accounts.map(({ user, username, realm }) => ({ user, username, realm }));
  if (flags.json) {
    terminal.out(JSON.stringify(shown));
    return;
  }
  if (shown.length === 0) {
    terminal.out('no users; add one with: restante user add sip:bob@example.com');
    return;
  }
  const columns = [{ title: 'user' }, { title: 'username' }, { title: 'realm', shrinkTo: 12 }];
  const rows = shown.map(({ user, username, realm }) => [addressText(user), username, realm]);
  for (const line of tableLines(terminal, columns, rows)) terminal.out(line);
  terminal.note(terminal.paint('dim', counted(shown.length, 'user')));
}

export async function removeUser(address: string, flags: StoreFlags, terminal: Terminal): Promise<void> {
  const user = userOf(address);
  const removed = await withStore(flags, { create: false }, ({ accounts }) => accounts.remove(user));
  if (!removed)
    throw new CommandFailure('notFound', `there is no user ${user}`, 'restante user list shows who is there');
  terminal.out(flags.json ? JSON.stringify({ user, removed }) : `removed ${terminal.paint('bold', user)}`);
}

export function userOf(address: string): CpmUser {
  const uri = readAddress(address);
  return canonicalUser(uri, uri.host);
}

/** `bob@example.com` is as good as `sip:bob@example.com` for a person. */
export function sipAddress(text: string): string {
  return /^(?:sips?|tel):/i.test(text) ? text : `sip:${text}`;
}

function readAddress(address: string): SipUri {
  try {
    const uri = parseUri(sipAddress(address));
    if (uri.kind === 'sip' && uri.user !== undefined && uri.user !== '') return uri;
  } catch {
    // Falls through: the same complaint serves both.
  }
  throw new CommandFailure('usage', `'${address}' is not the address of a user`, 'write sip:bob@example.com');
}

async function choosePassword(flags: UserAddFlags, terminal: Terminal): Promise<string> {
  if (flags.generate) return randomBytes(15).toString('base64url');
  if (flags.passwordStdin) {
    const read = (await allOf(terminal.input)).replace(/\r?\n$/, '');
    if (read === '') throw new CommandFailure('usage', '--password-stdin: standard input is empty');
    return read;
  }
  if (!terminal.interactive || terminal.input.isTTY !== true) {
    throw new CommandFailure(
      'usage',
      'there is no terminal to ask for a password',
      'use --password-stdin or --generate',
    );
  }
  const typed = await askPassword({
    message: 'Password',
    validate: (value) => (value === undefined || value === '' ? 'A password is needed' : undefined),
  });
  if (isCancel(typed)) throw new CommandFailure('failed', 'cancelled; nothing was changed');
  return typed;
}
