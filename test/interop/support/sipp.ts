import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { managementUri } from './server.ts';
import { peerPath } from './peers.ts';
import { freePort, run } from './process.ts';

const scenarios = join(import.meta.dirname, '../sipp');

export type SippTransport = 'udp' | 'tcp' | 'udp over IPv6';

export interface SippRun {
  readonly scenario: string;
  readonly server: number;
  readonly transport: SippTransport;
  /** The user part of who acts. */
  readonly user: string;
  /** What the device does with the MESSAGEs that it gets. */
  readonly answering?: 'answer-message' | 'refuse-message';
  /** How long each pause of the scenario lasts. */
  readonly pauseMilliseconds?: number;
  readonly keys?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** Responses that come at another moment than the scenario expects are passed over. */
  readonly lenient?: boolean;
}

/** A message that crossed SIPp's socket. */
export interface SeenMessage {
  readonly direction: 'sent' | 'received';
  readonly text: string;
}

/** The device of each user has one instance for all its runs. */
export const instanceOf = (user: string): string =>
  `00000000-0000-4000-8000-${Buffer.from(user.padEnd(6, '_').slice(0, 6)).toString('hex')}`;

/** Runs one scenario once; a scenario that fails is an error that shows what SIPp says. */
export async function sipp(options: SippRun): Promise<readonly SeenMessage[]> {
  const folder = mkdtempSync(join(tmpdir(), 'restante-sipp-'));
  const log = join(folder, 'messages.log');
  const keys = {
    user: options.user,
    management: managementUri,
    instance: instanceOf(options.user),
    ...options.keys,
  };
  const host = options.transport === 'udp over IPv6' ? '[::1]' : '127.0.0.1';
  const parameters = [
    `${host}:${options.server}`,
    ...['-sf', join(scenarios, `${options.scenario}.xml`), '-m', '1', '-l', '1', '-nostdin'],
    ...['-oocsf', join(scenarios, `${options.answering ?? 'answer-message'}.xml`)],
    ...['-t', options.transport === 'tcp' ? 't1' : 'u1'],
    ...['-i', host, '-p', String(options.port ?? (await freePort()))],
    ...['-d', String(options.pauseMilliseconds ?? 700), '-timeout', '60s', '-timeout_error'],
    ...['-trace_msg', '-message_file', log, '-trace_err', '-error_file', join(folder, 'errors.log')],
    ...(options.lenient === true ? ['-default_behaviors', 'all,-abortunexp'] : []),
    ...Object.entries(keys).flatMap(([name, value]) => ['-key', name, value]),
  ];
  try {
    await using process = run(peerPath('sipp'), parameters, {
      cwd: folder,
      env: { ...globalThis.process.env, TERM: 'dumb' },
    });
    const status = await process.exited;
    const errors = join(folder, 'errors.log');
    if (status !== 0)
      throw new Error(
        `SIPp ${options.scenario} ended with ${status}\n${existsSync(errors) ? readFileSync(errors, 'utf8') : process.output()}`,
      );
    return existsSync(log) ? readLog(readFileSync(log, 'utf8')) : [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** SIPp's message log: a rule of dashes and a time, then `UDP message sent [912] bytes:`, a blank line, the message. */
function readLog(text: string): readonly SeenMessage[] {
  return text
    .split(/^-{20,}.*\n/m)
    .map((section) => /^(?:UDP|TCP) message (sent|received)[^\n]*\n\n?([\s\S]*)$/.exec(section.trimStart()))
    .flatMap((match) =>
      match?.[1] === undefined || match[2] === undefined
        ? []
        : [{ direction: match[1] === 'sent' ? ('sent' as const) : ('received' as const), text: match[2] }],
    );
}

/** The requests of one method that the device received, retransmissions taken out. */
export function requestsReceived(seen: readonly SeenMessage[], method: string): readonly string[] {
  const texts = seen.filter(
    ({ direction, text }) => direction === 'received' && text.startsWith(`${method} `),
  );
  return [
    ...new Map(
      texts.map(({ text }) => [/^Via:.*?branch=([^;\s]+)/im.exec(text)?.[1] ?? text, text]),
    ).values(),
  ];
}
