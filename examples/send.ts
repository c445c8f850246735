// Sends a message and waits until the network reports what became of it.
// node examples/send.ts [server] [user] [to] [text]; RESTANTE_PASSWORD where the server wants one.
import { MessageTooLarge, openCpmClient, RequestRefused } from '@restante/client/node';

const [
  server = 'sip:127.0.0.1:5060;transport=tcp',
  user = 'sip:alice@example.com',
  to = 'sip:bob@example.com',
  text = 'Lunch at noon?',
] = process.argv.slice(2);
const password = process.env['RESTANTE_PASSWORD'];

const client = await openCpmClient({ server, user, ...(password ? { password } : { trusted: true }) });
await client.register();
try {
  const dispositions = ['positive-delivery', 'negative-delivery', 'display'] as const;
  const { messageId, status } = await client.send({ to, text, dispositions, expiresSeconds: 86_400 });
  console.log(status === 'accepted' ? 'the network keeps it' : 'delivered');
  for await (const report of client.dispositions({ signal: AbortSignal.timeout(60_000) })) {
    if (report.messageId !== messageId) continue;
    console.log(report.status);
    if (report.status === 'displayed' || report.status === 'failed') break;
  }
} catch (error) {
  if (error instanceof RequestRefused) console.error(`${error.status}: ${error.reason}`);
  else if (error instanceof MessageTooLarge) console.error(error.message);
  else throw error;
} finally {
  await client.close();
}
