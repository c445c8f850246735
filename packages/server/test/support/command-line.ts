import { Readable } from 'node:stream';
import { configurationOf } from '../../src/config.ts';
import type { ConfigurationInput } from '../../src/config.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { serverUri } from '../../src/cli/server-uri.ts';
import { startServer } from '../../src/server.ts';
import type { RunningServer } from '../../src/server.ts';

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command in this process, with a terminal that only remembers. */
export async function restante(args: readonly string[], input = ''): Promise<CommandResult> {
  let out = '';
  let err = '';
  const code = await runCommandLine(args, {
    out: (text) => void (out += `${text}\n`),
    note: (text) => void (err += `${text}\n`),
    input: Readable.from([input]),
    columns: 100,
    interactive: false,
    unicode: false,
    paint: (_, text) => text,
  });
  return { code, out, err };
}

/** Each line as the JSON object that it is. */
export function jsonLines(out: string): readonly Record<string, unknown>[] {
  return out.split('\n').flatMap((line) => {
    const value: unknown = line === '' ? undefined : JSON.parse(line);
    return isRecord(value) ? [value] : [];
  });
}

/** The one JSON array that a command wrote. */
export function jsonRows(out: string): readonly Record<string, unknown>[] {
  const value: unknown = JSON.parse(out);
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A real server on loopback and a real database, in this process. */
export async function serverIn(
  data: string,
  options: Partial<ConfigurationInput> = {},
): Promise<RunningServer> {
  return startServer(
    configurationOf({
      domain: 'example.com',
      managementUri: 'sip:x7k2p9@example.com',
      listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'],
      trust: ['127.0.0.1/32'],
      notification: { window: '20ms' },
      data,
      ...options,
    }),
  );
}

/** The flags by which a client command reaches this server. */
export function reaching({ listening, configuration }: RunningServer): readonly string[] {
  const tcp = listening.find(({ protocol }) => protocol === 'TCP');
  if (tcp === undefined) throw new Error('no TCP listener');
  return ['--server', serverUri(tcp), '--management-uri', configuration.managementUri];
}
