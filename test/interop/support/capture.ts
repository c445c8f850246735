import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { peerPath } from './peers.ts';
import { run } from './process.ts';

const execute = promisify(execFile);

/** What a foreign dissector says of the captured traffic. */
export interface Verdict {
  readonly packets: number;
  /** One line for each malformed packet. */
  readonly malformed: readonly string[];
  /** Warnings and errors of the SIP, SDP, multipart and XML dissectors. */
  readonly complaints: readonly string[];
}

export interface Capture extends AsyncDisposable {
  /** Ends the capture and has it read by tshark. */
  verdict(): Promise<Verdict>;
}

/** Captures the loopback traffic of these ports with dumpcap; the first is the server's. */
export async function capture(ports: readonly number[]): Promise<Capture> {
  const folder = mkdtempSync(join(tmpdir(), 'restante-capture-'));
  const file = join(folder, 'traffic.pcapng');
  const filter = ports.map((port) => `port ${port}`).join(' or ');
  const dumpcap = run(peerPath('dumpcap'), ['-i', 'lo', '-B', '32', '-f', filter, '-w', file]);
  await dumpcap.until(/File: /);
  return {
    verdict: async () => {
      dumpcap.kill('SIGINT');
      await dumpcap.exited;
      return read(file, ports);
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
  const decode = ports.flatMap((port) => ['-d', `udp.port==${port},sip`, '-d', `tcp.port==${port},sip`]);
  const { stdout } = await execute(peerPath('tshark'), ['-n', '-r', file, ...decode, ...parameters], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split('\n').filter((line) => line.trim() !== '');
}

async function read(file: string, ports: readonly number[]): Promise<Verdict> {
  const packets = await tshark(file, ports, '-Y', 'sip', '-T', 'fields', '-e', 'frame.number');
  const malformed = await tshark(file, ports, '-Y', '_ws.malformed');
  const all = await tshark(file, ports, '-q', '-z', 'expert,warn');
  // What clients put into a body on purpose is not ours to answer for: XML is judged where the server wrote it.
  const [server = 0] = ports;
  const own = await tshark(
    file,
    ports,
    '-q',
    '-z',
    `expert,warn,udp.srcport==${server} || tcp.srcport==${server}`,
  );
  const complaints = [...about(all, /\b(SIP|SDP|MIME multipart)\b/), ...about(own, /\bXML\b/)];
  return { packets: packets.length, malformed, complaints };
}

/** Rows of tshark's table: how often, group, protocol, summary. */
function about(rows: readonly string[], protocol: RegExp): readonly string[] {
  return rows.filter((row) => /^\s*\d+\s/.test(row) && protocol.test(row));
}
