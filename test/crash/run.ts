import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../interop/support/process.ts';
import { Campaign } from './campaign.ts';
import { ServerLife, canTrace } from './server-life.ts';
import { addTally, emptyTally } from './tally.ts';
import type { Tally } from './tally.ts';

export interface RunOptions {
  readonly kills: number;
  readonly seed: number;
  /** Servers side by side. */
  readonly groups: number;
  readonly onKill?: (kills: number, faults: number) => void;
  /** The main.ts of another server, to see whether its faults are found. */
  readonly main?: string;
  /** Whether the data folder is kept where something is wrong; it is. */
  readonly keep?: boolean;
}

/** A folder does not grow for ever, and its verdict is not put off for ever. */
const killsOfCampaign = 100;

/** So many kills, shared out among campaigns of which some run side by side. */
export async function runCampaigns({
  kills,
  seed,
  groups,
  onKill,
  main,
  keep = true,
}: RunOptions): Promise<Tally> {
  const total = emptyTally();
  const traces = canTrace();
  const compiled = await compiledCode(main);
  const parts = shares(kills, groups);
  let done = 0;
  const group = async (): Promise<void> => {
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const campaign = new Campaign({
        kills: part.kills,
        seed: seed + part.number,
        canTrace: traces,
        compiled,
        main,
        keep,
        onKill: () => onKill?.((done += 1), total.faults.length),
      });
      addTally(total, await campaign.run());
    }
  };
  await Promise.all(Array.from({ length: groups }, group));
  rmSync(compiled, { recursive: true, force: true });
  return total;
}

/** The code of the server, compiled once: Node writes it at the end of a server that ends in order. */
async function compiledCode(main: string | undefined): Promise<string> {
  const compiled = mkdtempSync(join(tmpdir(), 'restante-compiled-'));
  const place = { port: await freePort(), data: join(compiled, 'data'), compiled, main };
  const life = new ServerLife(place, { traced: false });
  const ready = await life.ready;
  life.signal('SIGTERM');
  await life.exited;
  if (ready === undefined) throw new Error(`the server does not start:\n${life.output}`);
  return compiled;
}

function shares(kills: number, groups: number): { readonly number: number; readonly kills: number }[] {
  const campaigns = Math.max(Math.min(groups, kills), Math.ceil(kills / killsOfCampaign));
  return Array.from({ length: campaigns }, (_, number) => ({
    number,
    kills: Math.floor(((number + 1) * kills) / campaigns) - Math.floor((number * kills) / campaigns),
  }));
}
