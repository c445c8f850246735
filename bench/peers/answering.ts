import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const patienceMilliseconds = 20_000;
const pauseMilliseconds = 20;

/** Asks by OPTIONS over UDP until 127.0.0.1:`port` answers; rejects after 20 s. */
export async function untilAnswering(port: number): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  // Nobody listens yet: the next question may find somebody.
  socket.on('error', () => {});
  const own = socket.address().port;
  const ask = (): void => socket.send(optionsRequest(own), port, '127.0.0.1');
  const asking = setInterval(ask, pauseMilliseconds);
  try {
    await once(socket, 'message', { signal: AbortSignal.timeout(patienceMilliseconds) });
  } finally {
    clearInterval(asking);
    socket.close();
  }
}

function optionsRequest(port: number): string {
  const id = Math.random().toString(36).slice(2);
  return [
    'OPTIONS sip:example.com SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${id}`,
    'Max-Forwards: 70',
    `From: <sip:bench@example.com>;tag=${id}`,
    'To: <sip:example.com>',
    `Call-ID: ${id}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}
