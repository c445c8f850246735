// Shows what waits, has it delivered, and tells each sender that it was read.
// node examples/pull.ts [server] [user] [management URI]
import { openCpmClient } from '@restante/client/node';

const [
  server = 'sip:127.0.0.1:5060;transport=tcp',
  user = 'sip:bob@example.com',
  deferredManagementUri = 'sip:x7k2p9@example.com',
] = process.argv.slice(2);
const password = process.env['RESTANTE_PASSWORD'];
// Without a password: a server that trusts this address believes who we say we are.
const identity = password ? { password } : { trusted: true };

const client = await openCpmClient({ server, user, deferredManagementUri, ...identity });
await client.register();

for await (const { number, messages } of client.deferredNotifications()) {
  console.log(`${number} waiting`);
  // One action for each message; what is not named stays deferred.
  const small = messages.filter(({ size = 0 }) => size < 100_000);
  const result = await client.pull(new Map(small.map(({ uri }) => [uri, 'deliver'])));
  let coming = result.kind === 'accepted' ? small.length : 0;
  for await (const message of coming > 0 ? client.messages() : []) {
    console.log(`${message.from}: ${message.text}`);
    await message.displayed();
    coming -= 1;
    if (coming === 0) break;
  }
  break; // Leave this out to wait for the next notification.
}
await client.close();
