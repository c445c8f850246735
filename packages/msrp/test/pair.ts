import { HandWoundClock } from '../../../test/support/hand-wound-clock.ts';
import { SequenceRandom } from '../../../test/support/sequence-random.ts';
import type { IncomingHead, MessageHandler, MsrpEndpointOptions, MsrpSession } from '../src/index.ts';
import { memorySink, MsrpEndpoint } from '../src/index.ts';
import type { Segmentation } from './memory-transport.ts';
import { MemoryNetwork } from './memory-transport.ts';

export interface Received {
  readonly head: IncomingHead;
  readonly octets: Uint8Array;
}

/** Two endpoints in one process with a session between them: the client connects, the server is connected to. */
export interface Pair extends AsyncDisposable {
  readonly clock: HandWoundClock;
  readonly network: MemoryNetwork;
  readonly client: MsrpSession;
  readonly server: MsrpSession;
  readonly clientEndpoint: MsrpEndpoint;
  readonly serverEndpoint: MsrpEndpoint;
  /** What the server got, where it has no handler of its own. */
  readonly received: readonly Received[];
}

export interface PairOptions {
  readonly onMessage?: MessageHandler;
  readonly onClientMessage?: MessageHandler;
  readonly segmentation?: Segmentation;
  readonly highWaterMark?: number;
  readonly limits?: MsrpEndpointOptions['limits'];
  readonly sending?: MsrpEndpointOptions['sending'];
  readonly random?: MsrpEndpointOptions['random'];
}

export const refuseAll: MessageHandler = () => {
  throw new Error('nothing is expected');
};

export function pair(options: PairOptions = {}): Pair {
  const clock = new HandWoundClock();
  const network = new MemoryNetwork(options.segmentation, options.highWaterMark);
  const open = (port: number, seed: number): MsrpEndpoint =>
    new MsrpEndpoint({
      transports: [network.transport(port)],
      clock,
      random: (seed === 1 ? options.random : undefined) ?? new SequenceRandom(seed),
      ...(options.limits && { limits: options.limits }),
      ...(options.sending && { sending: options.sending }),
    });
  const received: Received[] = [];
  const keep: MessageHandler = (head) =>
    memorySink((octets) => received.push({ head, octets: octets.slice() }));
  const clientEndpoint = open(5001, 1);
  const serverEndpoint = open(5002, 2);
  const client = clientEndpoint.createSession({ onMessage: options.onClientMessage ?? refuseAll });
  const server = serverEndpoint.createSession({ onMessage: options.onMessage ?? keep });
  server.start({ remotePath: client.localPath, role: 'passive' });
  client.start({ remotePath: server.localPath, role: 'active' });
  return {
    ...{ clock, network, client, server, clientEndpoint, serverEndpoint, received },
    [Symbol.asyncDispose]: async () => {
      await clientEndpoint.close();
      await serverEndpoint.close();
    },
  };
}
