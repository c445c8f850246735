// What Node's sockets and the disk allow: a program that reads of a MESSAGE only what its answer needs, and answers 202
// once the datagram is committed. No check, no policy, no transaction, one row without an index.
// `node bare-server.ts PORT FILE`
import { createSocket } from 'node:dgram';
import type { RemoteInfo } from 'node:dgram';
import { Worker } from 'node:worker_threads';

interface Waiting {
  readonly answer: string;
  readonly remote: RemoteInfo;
}

const [port = '0', file = ''] = process.argv.slice(2);
const worker = new Worker(new URL('./bare-store.ts', import.meta.url), { workerData: file });
const socket = createSocket({
  type: 'udp4',
  recvBufferSize: 4 * 1024 * 1024,
  lookup: (address, _options, done) => done(null, address, 4),
});

let next: { readonly datagrams: Uint8Array[]; readonly waiting: Waiting[] } = { datagrams: [], waiting: [] };
let committing: readonly Waiting[] | undefined;
const copied = ['Via:', 'From:', 'To:', 'Call-ID:', 'CSeq:'];

function answerTo(request: string): string {
  const lines = request.slice(0, request.indexOf('\r\n\r\n')).split('\r\n');
  const kept = lines.filter((line) => copied.some((name) => line.startsWith(name)));
  return ['SIP/2.0 202 Accepted', ...kept, 'Content-Length: 0', '', ''].join('\r\n');
}

function commit(): void {
  if (committing !== undefined || next.waiting.length === 0) return;
  committing = next.waiting;
  worker.postMessage(next.datagrams, []);
  next = { datagrams: [], waiting: [] };
}

worker.on('message', () => {
  const answered = committing ?? [];
  committing = undefined;
  commit();
  for (const { answer, remote } of answered) socket.send(answer, remote.port, remote.address);
});

socket.on('message', (datagram, remote) => {
  const request = datagram.toString('latin1');
  const waiting = { answer: answerTo(request), remote };
  if (!request.startsWith('MESSAGE ')) return socket.send(waiting.answer, remote.port, remote.address);
  next.datagrams.push(datagram);
  next.waiting.push(waiting);
  setImmediate(commit);
  return undefined;
});

worker.once('online', () => socket.bind(Number(port), '127.0.0.1'));
process.on('SIGTERM', () => process.exit(0));
