import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../interop/support/process.ts';
import { Clients } from './clients.ts';
import { Journal } from './journal.ts';
import { Disk } from './power-loss.ts';
import { inspect } from './remains.ts';
import { SeededRandom, pause } from './seeded-random.ts';
import { ServerLife } from './server-life.ts';
import type { ServerPlace } from './server-life.ts';
import { emptyTally, median } from './tally.ts';
import type { Tally } from './tally.ts';
import { judgeAll } from './trial.ts';

export interface CampaignOptions {
  readonly kills: number;
  readonly seed: number;
  /** Whether the power may fail: it needs a tracer. */
  readonly canTrace: boolean;
  readonly onKill: () => void;
  /** Where Node keeps compiled code from start to start. */
  readonly compiled: string;
  /** The main.ts of another server, to see whether its faults are found. */
  readonly main?: string | undefined;
  /** Whether the data folder is kept where something is wrong. */
  readonly keep: boolean;
}

/** When a life ends: while it starts, while it serves, while it is flooded, or while it closes. */
type Moment = 'starting' | 'serving' | 'flooded' | 'closing';

/** How often a record of writes begins with a life. Around a checkpoint, which floods and closing bring about, always. */
const traced: Readonly<Record<Moment, number>> = { starting: 0.2, serving: 0.3, flooded: 1, closing: 1 };
const powerFails = 0.7;
const firstStartMilliseconds = 400;
const floodMilliseconds = 4000;
const readyMilliseconds = 30_000;
const owedMilliseconds = 15_000;

/** One data folder, one server after another on it, each killed at a random moment under load; then the verdict. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #random: SeededRandom;
  readonly #journal = new Journal();
  readonly #clients: Clients;
  readonly #tally = emptyTally();
  /** While the power may fail. */
  #disk: Disk | undefined;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#clients = new Clients(this.#journal, this.#random);
  }

  async run(): Promise<Tally> {
    const folder = mkdtempSync(join(tmpdir(), 'restante-crash-'));
    const { compiled, main } = this.#options;
    const place = { port: await freePort(), data: join(folder, 'data'), compiled, main };
    mkdirSync(place.data);
    await this.#clients.open(place.port);
    try {
      for (let round = 0; round < this.#options.kills; round += 1) {
        await this.#round(place);
        this.#options.onKill();
      }
      await this.#end(place);
    } finally {
      this.#clients.close();
    }
    if (this.#tally.faults.length === 0 || !this.#options.keep)
      rmSync(folder, { recursive: true, force: true });
    else this.#tally.faults.push(`(seed ${this.#options.seed}; the data folder is kept: ${place.data})`);
    return this.#tally;
  }

  async #round(place: ServerPlace): Promise<void> {
    const moment = this.#moment();
    if (this.#options.canTrace && this.#random.chance(traced[moment])) this.#disk ??= new Disk(place.data);
    const life = this.#start(place, this.#disk !== undefined);
    await life.begun();
    await this.#until(moment, life);
    // One that was told to close may have come to its end before the kill.
    if (!life.isRunning && !(moment === 'closing' && life.endedAsTold))
      this.#journal.faults.push(`the server ended by itself:\n${life.output}`);
    life.signal('SIGKILL');
    this.#journal.ended();
    await life.exited;
    this.#journal.faults.push(...life.errors);
    // The last words of the dead are read before the next one speaks, so that each arrival has its life.
    await this.#clients.calm();
    this.#tally.kills += 1;
    if (this.#disk !== undefined) await this.#writtenBy(life, this.#disk);
  }

  #start(place: ServerPlace, traced: boolean): ServerLife {
    const life = new ServerLife(place, { traced });
    const afterKill = this.#journal.lives.length > 0;
    this.#journal.born();
    if (!afterKill) this.#clients.run();
    void life.ready.then((at) => {
      if (at !== undefined && afterKill && !traced) this.#tally.recoveries.push(at - life.spawnedAt);
    });
    return life;
  }

  #moment(): Moment {
    if (this.#random.chance(0.3)) return 'starting';
    if (this.#random.chance(0.03)) return 'flooded';
    return this.#random.chance(0.06) ? 'closing' : 'serving';
  }

  /** The random moment has come. */
  async #until(moment: Moment, life: ServerLife): Promise<void> {
    this.#tally[moment] += 1;
    const random = this.#random;
    if (moment === 'starting') {
      const usual = median(this.#tally.recoveries) ?? firstStartMilliseconds;
      await Promise.race([pause(random.between(0, 1.2 * usual)), life.exited]);
      return;
    }
    await this.#untilReady(life);
    if (moment === 'flooded') {
      this.#clients.pour(floodMilliseconds);
      await pause(random.between(0.1, 1) * floodMilliseconds);
      return;
    }
    await pause(random.between(0, 400));
    if (moment === 'serving') return;
    this.#journal.ended();
    life.signal('SIGTERM');
    await pause(random.between(0, 80));
  }

  async #untilReady(life: ServerLife): Promise<void> {
    const late = setTimeout(() => life.signal('SIGKILL'), readyMilliseconds);
    const ready = await life.ready;
    clearTimeout(late);
    if (ready !== undefined) return;
    throw new Error(`the server did not start:\n${life.output}`);
  }

  /** The power fails with the kill, or with a later one: what is not synced by then is lost with it. */
  async #writtenBy(life: ServerLife, disk: Disk): Promise<void> {
    disk.note(await life.record());
    if (!this.#random.chance(powerFails)) return;
    this.#disk = undefined;
    const loss = disk.lose(this.#random);
    this.#journal.faults.push(...loss.unexplained);
    this.#tally.powerLosses += 1;
    this.#tally.pieces += loss.pieces;
    this.#tally.octetsCut += loss.cut;
    if (loss.pieces + loss.cut > 0) this.#tally.lossesThatTook += 1;
    if (loss.intoDatabase) this.#tally.lossesInCheckpoint += 1;
  }

  /** The last server stays until everything is ended; then its store is looked into. */
  async #end(place: ServerPlace): Promise<void> {
    const life = this.#start(place, false);
    await this.#untilReady(life);
    await this.#clients.finish();
    const deadline = Date.now() + owedMilliseconds;
    while ((await inspect(place.data)).busy && Date.now() < deadline) await pause(100);
    await this.#clients.quiet();
    this.#journal.ended();
    life.signal('SIGTERM');
    await life.exited;
    if (!life.endedAsTold) this.#journal.faults.push(`the last server did not end in order:\n${life.output}`);
    const remains = await inspect(place.data);
    this.#journal.faults.push(...remains.faults);
    await judgeAll(this.#journal, remains, place.data, this.#tally);
  }
}
