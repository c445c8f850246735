import { Campaign } from './campaign.ts';
import { canTrace } from './server-life.ts';
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
  const parts = shares(kills, groups);
  let done = 0;
  const group = async (): Promise<void> => {
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const campaign = new Campaign({
        kills: part.kills,
        seed: seed + part.number,
        canTrace: traces,
        main,
        keep,
        onKill: () => onKill?.((done += 1), total.faults.length),
      });
      addTally(total, await campaign.run());
    }
  };
  await Promise.all(Array.from({ length: groups }, group));
  return total;
}

function shares(kills: number, groups: number): { readonly number: number; readonly kills: number }[] {
  const campaigns = Math.max(Math.min(groups, kills), Math.ceil(kills / killsOfCampaign));
  return Array.from({ length: campaigns }, (_, number) => ({
    number,
    kills: Math.floor(((number + 1) * kills) / campaigns) - Math.floor((number * kills) / campaigns),
  }));
}
