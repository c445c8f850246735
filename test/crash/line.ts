import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { StreamFramer, parseMessage } from '@restante/sip';
import type { SipMessage } from '@restante/sip';

/** Sends to where a message came from. */
export type Answer = (bytes: Uint8Array) => void;
export type Received = (message: SipMessage, answer: Answer) => void;

/** A bare SIP socket on loopback: UDP, or TCP in both directions. It outlives the server at its other end. */
export interface Line {
  readonly transport: 'UDP' | 'TCP';
  readonly port: number;
  /** To the server; lost where nobody listens. */
  send(bytes: Uint8Array): void;
  close(): void;
}

const host = '127.0.0.1';

export async function openUdpLine(serverPort: number, received: Received): Promise<Line> {
  const socket = createSocket('udp4');
  socket.on('error', () => {}); // The server is dead just now.
  socket.on('message', (bytes, { address, port }) => {
    const message = readable(bytes);
    if (message !== undefined) received(message, (answer) => socket.send(answer, port, address, () => {}));
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  return {
    transport: 'UDP',
    port: socket.address().port,
    send: (bytes) => socket.send(bytes, serverPort, host, () => {}),
    close: () => socket.close(),
  };
}

export async function openTcpLine(serverPort: number, received: Received): Promise<Line> {
  const sockets = new Set<Socket>();
  const adopt = (socket: Socket): void => {
    const framer = new StreamFramer({ maxHeadBytes: 65_536, maxBodyBytes: 1_000_000 });
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {}); // The server is dead just now.
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      for (const unit of framer.push(chunk)) {
        const message = unit.kind === 'message' ? readable(unit.bytes) : undefined;
        if (message !== undefined) received(message, (answer) => socket.write(answer));
      }
    });
  };
  const server = createServer(adopt).listen(0, host);
  await once(server, 'listening');
  let toServer: Socket | undefined;
  return {
    transport: 'TCP',
    port: portOf(server.address()),
    send: (bytes) => {
      if (toServer === undefined || toServer.destroyed || toServer.writableEnded) {
        toServer = connect(serverPort, host);
        adopt(toServer);
      }
      toServer.write(bytes);
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

function readable(bytes: Uint8Array): SipMessage | undefined {
  try {
    return parseMessage(bytes);
  } catch {
    return undefined;
  }
}
