import { text as allOf } from 'node:stream/consumers';
import { closing } from '../closing.ts';
import type { SendFlags } from './client-flags.ts';
import { clientSettings, openSession, within } from './client-session.ts';
import { CommandFailure } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { sipAddress } from './user.ts';
import { addressText } from './words.ts';

export async function send(
  recipient: string,
  words: readonly string[],
  flags: SendFlags,
  terminal: Terminal,
): Promise<void> {
  const settings = clientSettings(flags, { pulls: false });
  const to = sipAddress(recipient);
  const text = words.length === 1 && words[0] === '-' ? await allOf(terminal.input) : words.join(' ');
  if (text.trim() === '') throw new CommandFailure('usage', 'the message is empty');
  const draft = {
    to,
    text,
    ...(flags.subject !== undefined && { subject: flags.subject }),
    ...(flags.expires !== undefined && { expiresSeconds: Math.round(flags.expires) }),
    ...(flags.report === false && { dispositions: [] }),
  };
  const sent = await closing(await openSession(settings), (client) =>
    within(settings, (signal) => client.send({ ...draft, signal })),
  );
  if (flags.json) {
    terminal.out(JSON.stringify({ to, ...sent }));
    return;
  }
  const status =
    sent.status === 'accepted'
      ? `${terminal.paint(['bold', 'yellow'], 'accepted')} (202): deferred until a client of ${addressText(to)} asks for it`
      : `${terminal.paint(['bold', 'green'], 'delivered')} (200) to ${addressText(to)}`;
  terminal.out(status);
  terminal.out(terminal.paint('dim', `message-id ${sent.messageId}`));
}
