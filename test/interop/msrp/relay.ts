import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerPath } from '../support/peers.ts';
import { freePort, run } from '../support/process.ts';

export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** What stands before the path of who is behind it. */
  readonly uri: string;
}

/** The largest frame that Kamailio's relay passes on, head and all, is 14,338 octets. */
export const largestRelayedChunk = 10_000;

/** Kamailio as an MSRP relay on 127.0.0.1. */
export async function kamailioRelay(): Promise<Relay> {
  const folder = mkdtempSync(join(tmpdir(), 'restante-relay-'));
  const port = await freePort();
  const configuration = join(folder, 'relay.cfg');
  const template = readFileSync(join(import.meta.dirname, 'relay.cfg'), 'utf8');
  writeFileSync(configuration, template.replaceAll('LISTEN_PORT', String(port)));
  const kamailio = run(peerPath('kamailio'), [
    ...['-f', configuration, '-DD', '-E', '-m', '64', '-M', '8'],
    ...['-Y', folder, '-P', join(folder, 'pid')],
  ]);
  await kamailio.until(/Listening on|tcp: 127\.0\.0\.1/);
  return {
    port,
    uri: `msrp://127.0.0.1:${port}/relayed;tcp`,
    [Symbol.asyncDispose]: async () => {
      await kamailio[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
