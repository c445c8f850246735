import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';

/** Any port will do: connecting a datagram socket sends nothing. */
const discardPort = 9;

/**
 * The address that this machine would send from to reach a numeric address: what a client binds and shows in Contact.
 * Rejects with the system's error where there is no route.
 */
export async function localAddressTowards(host: string): Promise<string> {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      // `once` hands over an error that connect() found; success passes none.
      socket.connect(discardPort, host, (error?: Error) => (error ? reject(error) : resolve()));
    });
    return socket.address().address;
  } finally {
    socket.close();
  }
}
