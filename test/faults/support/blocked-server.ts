// A server in this process, whose event loop stands still for as many milliseconds as a line of its input says, until `end`.
import { createInterface } from 'node:readline';
import { configurationOf, startServer } from 'restante';

const [data = '', managementUri = ''] = process.argv.slice(2);
const server = await startServer(
  configurationOf({
    domain: 'example.com',
    managementUri,
    data,
    listen: ['udp:127.0.0.1:0'],
    trust: ['127.0.0.1/32'],
  }),
);
console.log(`listening ${server.listening[0]?.port ?? 0}`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'end') break;
  console.log('blocked');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(line));
}
console.log(`retransmissions ${server.counters()['retransmissions']}`);
await server.close();
process.stdin.destroy();
