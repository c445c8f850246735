import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { peerPath } from '../support/peers.ts';
import { run } from '../support/process.ts';

const execute = promisify(execFile);

/** What tshark says of captured MSRP. */
export interface Dissection {
  /** Methods of the requests and status codes of the responses that it saw. */
  readonly methods: readonly string[];
  readonly statuses: readonly string[];
  readonly malformed: readonly string[];
  readonly complaints: readonly string[];
}

export interface MsrpCapture extends AsyncDisposable {
  dissect(): Promise<Dissection>;
}

/** Captures these TCP ports of the loopback until `dissect`. */
export async function captureMsrp(ports: readonly number[]): Promise<MsrpCapture> {
  const folder = mkdtempSync(join(tmpdir(), 'restante-msrp-'));
  const file = join(folder, 'traffic.pcapng');
  const filter = ports.map((port) => `tcp port ${port}`).join(' or ');
  const dumpcap = run(peerPath('dumpcap'), ['-i', 'lo', '-B', '32', '-f', filter, '-w', file]);
  await dumpcap.until(/File: /);
  return {
    dissect: async () => {
      // What was sent last is written when the next buffer is flushed.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      dumpcap.kill('SIGINT');
      await dumpcap.exited;
      return {
        methods: await tshark(file, ports, '-Y', 'msrp.method', '-T', 'fields', '-e', 'msrp.method'),
        statuses: await tshark(
          file,
          ports,
          '-Y',
          'msrp.status.code',
          '-T',
          'fields',
          '-e',
          'msrp.status.code',
        ),
        malformed: await tshark(file, ports, '-Y', '_ws.malformed'),
        complaints: (await tshark(file, ports, '-q', '-z', 'expert,warn')).filter((row) =>
          /^\s*\d+\s.*\bMSRP\b/.test(row),
        ),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await dumpcap[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function tshark(
  file: string,
  ports: readonly number[],
  ...parameters: readonly string[]
): Promise<readonly string[]> {
  const decode = ports.flatMap((port) => ['-d', `tcp.port==${port},msrp`]);
  const { stdout } = await execute(peerPath('tshark'), ['-n', '-r', file, ...decode, ...parameters], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split('\n').filter((line) => line.trim() !== '');
}
