import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openServerStore } from '../assembly/open-store.ts';
import { closing, Opened } from '../closing.ts';
import { configurationOf } from '../config.ts';
import type { Configuration } from '../config.ts';
import { openLog } from '../log.ts';
import type { Store } from '../participating-function/ports.ts';
import { startServer } from '../server.ts';
import type { DemoFlags } from './flags.ts';
import { figuresOf } from './demo/figures.ts';
import type { Figures } from './demo/figures.ts';
import { Recorder } from './demo/recorder.ts';
import { demoDomain, demoManagementUri, playDemo } from './demo/script.ts';
import { jsonStage, ladderStage } from './demo/stage.ts';
import type { Stage } from './demo/stage.ts';
import { startedOrExplained } from './serve.ts';
import { stay } from './stay.ts';
import type { Terminal } from './terminal.ts';
import { sized } from './words.ts';

const notificationWindow = '300ms';

export async function demo(flags: DemoFlags, terminal: Terminal): Promise<void> {
  if (!flags.json) {
    terminal.out('A server and two clients on this machine: real SIP over TCP on loopback, a real database.');
    terminal.out(
      terminal.paint(
        'dim',
        `Reasons for a notification are collected for ${notificationWindow} here, 2 s by default (D-14).\n`,
      ),
    );
  }
  const figures = await play(flags, flags.json ? jsonStage(terminal) : ladderStage(terminal));
  if (flags.json) terminal.out(JSON.stringify({ event: 'measured', ...rounded(figures) }));
  else printFigures(figures, terminal);
  if (flags.stay)
    await stay({ data: resolve(flags.data ?? 'restante-data'), json: flags.json === true }, terminal);
}

async function play(flags: DemoFlags, stage: Stage): Promise<Figures> {
  return closing(new Opened(), (opened) => playIn(opened, flags, stage));
}

async function playIn(opened: Opened, flags: DemoFlags, stage: Stage): Promise<Figures> {
  const folder = flags.data !== undefined && !flags.stay ? resolve(flags.data) : temporaryFolder(opened);
  const parties = new Map([
    ['alice', 'left'],
    ['bob', 'right'],
  ] as const);
  const recorder = new Recorder(parties, (crossing) => stage.crossed(crossing));
  const commits: number[] = [];
  const configuration = await demoConfiguration(folder);
  const log = openLog({
    level: 'warn',
    format: flags.json ? 'json' : 'human',
    write: (line) => void process.stderr.write(line),
  });
  const server = opened.use(
    await startedOrExplained(async () => {
      const store = watched(await openServerStore(folder), () => commits.push(recorder.now));
      return startServer(configuration, { store, trace: recorder, log });
    }),
  );
  await playDemo({ server, stage, recorder });
  await stage.shown();
  return figuresOf(recorder, commits);
}

function temporaryFolder(opened: Opened): string {
  const folder = mkdtempSync(join(tmpdir(), 'restante-demo-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function demoConfiguration(data: string): Promise<Configuration> {
  const port = await freePort();
  return configurationOf({
    domain: demoDomain,
    managementUri: demoManagementUri,
    listen: [`udp:127.0.0.1:${port}`, `tcp:127.0.0.1:${port}`],
    data,
    trust: ['127.0.0.1/32'],
    notification: { window: notificationWindow },
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port on loopback');
  return address.port;
}

/** The same store; `committed` is called when a message is on disk. */
function watched(store: Store, committed: () => void): Store {
  return {
    ...store,
    queue: {
      ...store.queue,
      enqueue: async (message, limits) => {
        const result = await store.queue.enqueue(message, limits);
        committed();
        return result;
      },
    },
  };
}

function rounded(figures: Figures): object {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, Math.round(Number(value) * 1000) / 1000]),
  );
}

function printFigures(figures: Figures, terminal: Terminal): void {
  const { deferralMs, committedFirst, deferred, commitTo202Ms, notificationMs, pullMs, pulled } = figures;
  const lines: readonly (readonly [string, string])[] = [
    [`${deferralMs.toFixed(1)} ms`, 'from MESSAGE to 202, with the commit to disk in between'],
    [
      `${committedFirst} of ${deferred}`,
      `202 left after the commit, ${commitTo202Ms.toFixed(2)} ms after it`,
    ],
    [
      `${Math.round(notificationMs)} ms`,
      `from REGISTER to the notification, ${notificationWindow} of it to collect reasons`,
    ],
    [`${pullMs.toFixed(1)} ms`, `from INVITE to the last 200 of a delivery (${pulled} delivered, 1 deleted)`],
    [String(figures.sipMessages), `SIP messages, ${sized(figures.octets)} together`],
  ];
  terminal.out(`\n${terminal.paint('bold', 'Measured')}`);
  for (const [figure, meaning] of lines)
    terminal.out(`${terminal.paint('green', figure.padStart(10))}  ${meaning}`);
}
