import { configurationOf } from '../config.ts';
import type { Configuration } from '../config.ts';
import { openLog } from '../log.ts';
import { CannotStart, startServer } from '../server.ts';
import type { RunningServer } from '../server.ts';
import { errorCode } from '../system-error.ts';
import { demoDomain, demoManagementUri } from './demo/script.ts';
import { standardError, standardOutput } from './output.ts';
import { runUntilStopped } from './serve.ts';
import type { Terminal } from './terminal.ts';

const preferredPort = 5060;
const portsTried = 20;

/** After the demo: a server with the usual settings stays up, to be tried by hand. */
export async function stay(
  { data, json }: { readonly data: string; readonly json: boolean },
  terminal: Terminal,
): Promise<void> {
  const log = openLog({
    level: 'info',
    format: json ? 'json' : 'human',
    write: (line) => void (json ? standardOutput() : standardError()).write(line),
    colour: terminal.paint('red', 'x') !== 'x',
  });
  if (!json) terminal.out('\nNow it is yours: the server stays up.\n');
  await runUntilStopped(
    () => onFreePort((port) => startServer(stayConfiguration(port, data), { log }), terminal),
    { log, json, terminal },
  );
}

function stayConfiguration(port: number, data: string): Configuration {
  return configurationOf({
    domain: demoDomain,
    managementUri: demoManagementUri,
    listen: [`udp:127.0.0.1:${port}`, `tcp:127.0.0.1:${port}`],
    data,
    trust: ['127.0.0.1/32'],
  });
}

async function onFreePort(
  start: (port: number) => Promise<RunningServer>,
  terminal: Terminal,
): Promise<RunningServer> {
  for (let port = preferredPort; ; port += 2) {
    try {
      return await start(port);
    } catch (error) {
      const taken = error instanceof CannotStart && errorCode(error.cause) === 'EADDRINUSE';
      if (!taken || port >= preferredPort + 2 * portsTried) throw error;
      terminal.note(`port ${port} is taken by another program; trying ${port + 2}`);
    }
  }
}
