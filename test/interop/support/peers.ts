import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Foreign programs and the Debian packages that bring them. */
const packages = {
  sipp: 'sip-tester',
  linphonec: 'linphone-cli',
  baresip: 'baresip-core',
  kamailio: 'kamailio',
  tshark: 'tshark',
  dumpcap: 'tshark',
} as const;

export type Peer = keyof typeof packages;

const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/bin', '/usr/sbin', '/usr/local/bin'];

/** The path of an installed peer, or undefined. */
export function findPeer(peer: Peer): string | undefined {
  return folders.map((folder) => join(folder, peer)).find(isExecutable);
}

/**
 * True when every peer is installed. With CI=true a missing one is an error, not a skip,
 * so that a green run always means that the suites ran.
 */
export function havePeers(...peers: readonly Peer[]): boolean {
  const missing = peers.filter((peer) => !isUsable(peer));
  if (missing.length > 0 && process.env['CI'] === 'true')
    throw new Error(
      `not installed, or not to be used by this user: ${missing.map((peer) => `${peer} (Debian: ${packages[peer]})`).join(', ')}`,
    );
  return missing.length === 0;
}

/** Capturing needs a privilege that not every user has: who may ask what the loopback carries may capture it. */
function isUsable(peer: Peer): boolean {
  const path = findPeer(peer);
  if (path === undefined || peer !== 'dumpcap') return path !== undefined;
  return spawnSync(path, ['-i', 'lo', '-L']).status === 0;
}

/** The path of a peer that havePeers has found. */
export function peerPath(peer: Peer): string {
  const path = findPeer(peer);
  if (path === undefined) throw new Error(`${peer} is not installed (Debian: ${packages[peer]})`);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
