import type { System } from '../harness/system.ts';
import { startBare } from './bare.ts';
import { kamailioNames, startKamailio } from './kamailio.ts';
import type { KamailioKind } from './kamailio.ts';

/** Whom a load is put on beside the product. `bare`: what Node's sockets and the disk allow. */
export type PeerKind = KamailioKind | 'bare';

export const peerNames: Readonly<Record<PeerKind, string>> = { ...kamailioNames, bare: 'bare Node + SQLite' };

/** Starts a peer with an empty store; `children` are Kamailio's. */
export function startPeer(folder: string, kind: PeerKind, children: number): Promise<System> {
  return kind === 'bare' ? startBare(folder) : startKamailio(folder, kind, children);
}
