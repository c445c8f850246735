import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { plant, plantedFaults } from './planted-faults.ts';
import { runCampaigns } from './run.ts';
import { canTrace } from './server-life.ts';
import { summary } from './tally.ts';

const kills = Number(process.env['RESTANTE_CRASH_KILLS'] ?? 20);
const seed = Number(process.env['RESTANTE_CRASH_SEED'] ?? Date.now() % 2 ** 31);
const isContinuousIntegration = process.env['CI'] === 'true';

test(
  `D-5: killed ${kills} times, the server loses nothing and does nothing under a second Message-ID`,
  async ({ skip }) => {
    console.log(`crash: seed ${seed}`);
    const tally = await runCampaigns({ kills, seed, groups: availableParallelism() });
    console.log(summary(tally));
    expect(tally.faults).toEqual([]);
    expect(tally.kills).toBe(kills);
    expect(tally.pulls).toBeGreaterThan(0);
    expect(tally.reportedFailed).toBeGreaterThan(0);
    skip(!canTrace() && !isContinuousIntegration, 'the power never failed: that needs strace');
    expect(tally.powerLosses).toBeGreaterThan(0);
  },
  60_000 + kills * 6_000,
);

test('a server that does not sync its commits is found out', async ({ skip }) => {
  skip(!canTrace() && !isContinuousIntegration, 'the power never fails: that needs strace');
  const [unsynced] = plantedFaults;
  if (unsynced === undefined) throw new Error('no fault to plant');
  const { main, remove } = plant(unsynced);
  const { faults } = await runCampaigns({ kills: 16, seed, groups: 2, main, keep: false });
  remove();
  expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(/promised by 2xx/)]));
}, 180_000);
