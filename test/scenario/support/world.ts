import { canonicalUser } from '@restante/cpm';
import { parseUri } from '@restante/sip';
import { configurationOf, startServer } from 'restante';
import type { ConfigurationInput, RunningServer, Store } from 'restante';
import { openMemoryStore } from '../../../packages/server/src/store/memory/memory-store.ts';
import { HandWoundClock } from '../../support/hand-wound-clock.ts';
import { MemoryNetwork } from '../../support/memory-network.ts';
import { SequenceRandom } from '../../support/sequence-random.ts';
import { Device, domain, managementUri, serverAddress } from './device.ts';
import type { DeviceOptions } from './device.ts';
import { LateTransport } from './late-transport.ts';
import { Life } from './mortal.ts';
import type { Death } from './mortal.ts';

const noNames = { naptr: async () => [], srv: async () => [], addresses: async () => [] };

/** The whole server and its clients in one process; time moves only when the test winds it. */
export class World implements AsyncDisposable {
  readonly clock = new HandWoundClock();
  readonly network = new MemoryNetwork();
  readonly store: Store;
  readonly #configuration: Partial<ConfigurationInput>;
  /** What a supervisor does when the process has died. */
  afterDeath: () => void = () => {};
  readonly #devices: Device[] = [];
  #server: RunningServer | undefined;
  #life: Life | undefined;
  #starts = 0;

  private constructor(store: Store, configuration: Partial<ConfigurationInput>) {
    this.store = store;
    this.#configuration = configuration;
  }

  static async open(
    configuration: Partial<ConfigurationInput> = {},
    death?: Death,
    afterDeath: (world: World) => void = () => {},
  ): Promise<World> {
    const world = new World(openMemoryStore(), configuration);
    world.afterDeath = () => afterDeath(world);
    await world.start(death);
    return world;
  }

  get server(): RunningServer {
    if (this.#server === undefined) throw new Error('the server is not running');
    return this.#server;
  }

  get life(): Life {
    if (this.#life === undefined) throw new Error('the server was not started');
    return this.#life;
  }

  /** A new process on the same store; it has forgotten everything else. */
  async start(death?: Death): Promise<void> {
    const transports = (['UDP', 'TCP'] as const).map(
      (protocol) => new LateTransport(this.network, protocol, serverAddress),
    );
    const life = new Life(death, () => {
      for (const transport of transports) void transport.close();
      this.#server = undefined;
      this.afterDeath();
    });
    this.#life = life;
    this.#starts += 1;
    const configuration = configurationOf({
      domain,
      managementUri,
      trust: ['192.0.2.0/24'],
      ...this.#configuration,
    });
    const starting = startServer(configuration, {
      clock: life.clock(this.clock),
      random: new SequenceRandom(1000 + this.#starts),
      nameService: noNames,
      store: life.store(this.store),
      transports,
    });
    this.#server = undefined;
    const server = await Promise.race([starting, life.ended]);
    if (!life.dead) this.#server = server;
  }

  /** The process ends in order; what it had not finished is in the store. */
  async stop(): Promise<void> {
    // Handlers under way are given a while.
    if (this.#server !== undefined) await this.until(this.#server.close());
    this.#server = undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** The process is gone without a word, as by `kill -9`. */
  crash(): void {
    this.life.die();
  }

  device(options: DeviceOptions): Device {
    const device = new Device(this.network, this.clock, options);
    this.#devices.push(device);
    return device;
  }

  /** A device that is registered and has been told of what waits. */
  async registered(options: DeviceOptions): Promise<Device> {
    const device = this.device(options);
    const { status } = await device.register();
    if (status !== 200) throw new Error(`REGISTER was answered ${status}`);
    await this.window();
    return device;
  }

  /** Lets the window pass in which reasons make one notification (D-14). */
  window(): Promise<void> {
    return this.clock.advance(2100);
  }

  /** Winds the clock until the work is done. */
  async until<T>(work: Promise<T>, limitMilliseconds = 600_000): Promise<T> {
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    for (let spent = 0; spent < limitMilliseconds; spent += 100) {
      await this.clock.advance(spent === 0 ? 0 : 100);
      if (done) return work;
    }
    throw new Error('the work did not end in time');
  }

  waiting(user: string): ReturnType<Store['queue']['waiting']> {
    return this.store.queue.waiting(canonicalUser(parseUri(`sip:${user}@${domain}`), domain));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.vanish()));
    if (!this.life.dead) await this.stop();
    await this.store[Symbol.asyncDispose]();
  }
}
