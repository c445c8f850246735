import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerPath } from './peers.ts';
import { freePort, run } from './process.ts';

export interface Proxy extends AsyncDisposable {
  readonly port: number;
}

/** Kamailio as a plain proxy with Record-Route and Path in front of a server on 127.0.0.1. */
export async function kamailioProxy(nextHop: number): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), 'restante-kamailio-'));
  const port = await freePort();
  const configuration = join(folder, 'proxy.cfg');
  const template = readFileSync(join(import.meta.dirname, '../kamailio/proxy.cfg'), 'utf8');
  writeFileSync(
    configuration,
    template.replaceAll('LISTEN_PORT', String(port)).replaceAll('NEXT_HOP', String(nextHop)),
  );
  const kamailio = run(peerPath('kamailio'), [
    ...['-f', configuration, '-DD', '-E', '-m', '32', '-M', '4'],
    ...['-Y', folder, '-P', join(folder, 'pid')],
  ]);
  await kamailio.until(/Listening on|udp: 127\.0\.0\.1/);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      await kamailio[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
