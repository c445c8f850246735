import { addressFamily, isLoopback, isWildcard } from './numeric-host.ts';
import type { Destination, Transport } from './ports.ts';

/** The transport by which this destination is reached: the flow's own while it is open, else one of its protocol and family. */
export function chooseTransport(
  transports: readonly Transport[],
  destination: Destination,
): Transport | undefined {
  const { flowId, protocol, host } = destination;
  if (flowId !== undefined) {
    const own = transports.find((transport) => transport.protocol === protocol && transport.isOpen(flowId));
    if (own !== undefined) return own;
  }
  const family = addressFamily(host);
  let best: Transport | undefined;
  for (const transport of transports) {
    if (transport.protocol !== protocol || (family !== 0 && transport.family !== family)) continue;
    if (reaches(transport, host)) return transport;
    best ??= transport;
  }
  return best;
}

/** A socket on a loopback address reaches no other machine, and one on another address is no good address for a loopback peer. */
function reaches(transport: Transport, host: string): boolean {
  return isWildcard(transport.local.host) || isLoopback(transport.local.host) === isLoopback(host);
}
