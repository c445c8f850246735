import { relative } from 'node:path';
import { closing } from '../closing.ts';
import { membershipIn, writeListenAddress } from '../config/addresses.ts';
import type { Configuration } from '../config/schema.ts';
import { usualConfiguration } from '../config/usual.ts';
import { openLog } from '../log.ts';
import type { Log } from '../log.ts';
import { CannotStart, startServer } from '../server.ts';
import type { RunningServer } from '../server.ts';
import { version } from '../version.ts';
import { CommandFailure } from './exit-code.ts';
import { standardError, standardOutput } from './output.ts';
import type { ServeFlags } from './serve-flags.ts';
import { defaultServer, reachableHost, serverUri } from './server-uri.ts';
import { untilToldToStop } from './signals.ts';
import { pad } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { counted } from './words.ts';

/** Runs the server until a signal ends it; the configuration is read or refused first, by name. */
export async function serve(flags: ServeFlags, terminal: Terminal): Promise<void> {
  if (flags.printSchema || flags.printConfig) {
    const { printInstead } = await import('./print-configuration.ts');
    printInstead(flags, terminal);
    return;
  }
  const { configuration, strays } =
    usualIn(flags, process.env) ?? (await import('./load.ts')).serveConfigurationFrom(flags);
  const json = flags.json ?? configuration.log.format === 'json';
  const log = openLog({
    level: configuration.log.level,
    format: json ? 'json' : 'human',
    write: (line) => void (json ? standardOutput() : standardError()).write(line),
    get colour() {
      return terminal.paint('red', 'x') !== 'x';
    },
  });
  for (const stray of strays) log.warn({}, stray);
  await runUntilStopped(() => startServer(configuration, { log }), { log, json, terminal });
}

/** Nothing but usual flags: no file, no `--set`, and no variable that could mean an option. */
function usualIn(
  flags: ServeFlags,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly configuration: Configuration; readonly strays: readonly string[] } | undefined {
  if (flags.config !== undefined || flags.set !== undefined) return undefined;
  if (Object.keys(environment).some((name) => name.startsWith('RESTANTE_'))) return undefined;
  const configuration = usualConfiguration(flags);
  return configuration && { configuration, strays: [] };
}

export interface RunOptions {
  readonly log: Log;
  readonly json: boolean;
  readonly terminal: Terminal;
}

/** Serves until a signal comes, then ends in order. */
export async function runUntilStopped(
  start: () => Promise<RunningServer>,
  options: RunOptions,
): Promise<void> {
  await closing(await startedOrExplained(start), (server) => serveUntilStopped(server, options));
}

async function serveUntilStopped(server: RunningServer, { log, json, terminal }: RunOptions): Promise<void> {
  const count = (): void => log.info(json ? server.counters() : aboveZero(server.counters()), 'counters');
  process.on('SIGUSR2', count);
  // Whoever reads that it is ready may end it at once.
  const told = untilToldToStop();
  if (json) log.info(await readyFacts(server), 'ready');
  else await announce(server, terminal);
  const signal = await told;
  process.off('SIGUSR2', count);
  const lead = terminal.interactive ? '\n' : '';
  if (!json) terminal.out(`${lead}${signal}: finishing what is under way; once more ends at once`);
  await server.close();
  count();
}

/** For people: what has not happened says nothing. */
function aboveZero(counters: Readonly<Record<string, number>>): object {
  return Object.fromEntries(Object.entries(counters).filter(([, count]) => count > 0));
}

/** A start that cannot be becomes an error that names what to change. */
export async function startedOrExplained(start: () => Promise<RunningServer>): Promise<RunningServer> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof CannotStart) throw new CommandFailure('unavailable', error.message, error.hint);
    throw error;
  }
}

async function readyFacts(server: RunningServer): Promise<object> {
  const { domain, managementUri, data, trust } = server.configuration;
  return {
    version,
    listening: server.listening.map(writeListenAddress),
    domain,
    managementUri,
    data,
    trust: trust.map(({ text }) => text),
    ...(await server.inventory()),
  };
}

async function announce(server: RunningServer, terminal: Terminal): Promise<void> {
  const { domain, managementUri, data, trust } = server.configuration;
  const { waiting, users, accounts } = await server.inventory();
  const fact = (name: string, value: string, remark = ''): void =>
    terminal.out(
      `  ${terminal.paint('dim', pad(name, 11))} ${value}${remark && terminal.paint('dim', `  ${remark}`)}`,
    );
  terminal.out(terminal.paint(['bold', 'green'], `restante ${version} is ready`));
  for (const [index, address] of server.listening.entries()) {
    fact(index === 0 ? 'listening' : '', writeListenAddress(address));
  }
  fact('domain', domain);
  fact('management', managementUri, 'clients send their pull here');
  fact(
    'data',
    data,
    waiting === 0 ? 'nothing waits' : `${counted(waiting, 'message')} for ${counted(users, 'user')}`,
  );
  fact(
    'trust',
    trust.length === 0 ? 'nobody: every request needs digest' : trust.map(({ text }) => text).join(', '),
  );
  fact(
    'users',
    accounts === 0 && trust.length === 0
      ? 'none yet: restante user add sip:bob@…'
      : `${accounts} with a password`,
  );
  fact('stop', 'Ctrl+C');
  terminal.out(`\n${terminal.paint('bold', 'Try it')} in another terminal:`);
  for (const line of nextSteps(server)) terminal.out(`  ${line}`);
}

/** What a person can type now, in another terminal. */
function nextSteps({ configuration, listening }: RunningServer): readonly string[] {
  const { domain, managementUri, data, trust } = configuration;
  const address = listening.find(({ protocol }) => protocol === 'TCP') ?? listening[0];
  if (address === undefined) return [];
  const uri = serverUri(address);
  const server = uri === defaultServer ? [] : [`--server '${uri}'`];
  const folder = relative('', data) === 'restante-data' ? '' : ` --data ${data}`;
  // Whoever is not trusted authenticates; a password in the environment is seen by nobody else.
  const asWhom = membershipIn(trust)(reachableHost(address.host)) ? '' : 'RESTANTE_PASSWORD=… ';
  const as = (user: string): string => `-u ${user}@${domain}`;
  return [
    typed([`${asWhom}npx restante send bob@${domain} 'Lunch at noon?'`, as('alice'), ...server]),
    `npx restante queue list${folder}`,
    typed([`${asWhom}npx restante pull`, as('bob'), `--management-uri ${managementUri}`, ...server]),
  ];
}

/** A command that stays whole when it is copied, on lines that fit 80 columns. */
function typed(words: readonly string[]): string {
  return words.reduce((text, word) => {
    const line = text.slice(text.lastIndexOf('\n') + 1);
    return line.length + word.length < 75 ? `${text} ${word}` : `${text} \\\n    ${word}`;
  });
}
