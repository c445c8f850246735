import { managementUri } from '../interop/support/server.ts';
import { Absentees } from './absentees.ts';
import { Device } from './device.ts';
import type { Journal } from './journal.ts';
import type { Peer } from './peer.ts';
import { Registrant } from './registrant.ts';
import { pause } from './seeded-random.ts';
import type { SeededRandom } from './seeded-random.ts';
import { Sender } from './sender.ts';

const users = ['bob', 'carol', 'dave', 'erin', 'frank', 'grace'];
const outstandingOfSender = 4;
const quietMilliseconds = 250;
const mostPulls = 60;

/** Everybody who uses the server, on sockets that outlive it. */
export class Clients {
  readonly #journal: Journal;
  readonly #senders: readonly Sender[];
  readonly #devices: readonly Device[];
  readonly #absentees: Absentees;
  readonly #registrant: Registrant;
  readonly #running: Promise<void>[] = [];

  constructor(journal: Journal, random: SeededRandom) {
    this.#journal = journal;
    this.#senders = ['alice', 'anna', 'arno'].map((user) => new Sender(user, journal, random));
    this.#devices = users.map((user) => new Device(user, managementUri, journal, random));
    this.#absentees = new Absentees(journal, random);
    this.#registrant = new Registrant('rita', journal, random);
  }

  async open(port: number): Promise<void> {
    for (const [index, { peer }] of this.#all.entries())
      await peer.open(index % 3 === 2 ? 'TCP' : 'UDP', port);
  }

  /** From now on the load runs, whether a server is there or not. */
  run(): void {
    this.#running.push(...this.#senders.map((sender) => sender.run(users, outstandingOfSender)));
    this.#running.push(
      ...this.#devices.map((device) => device.run()),
      this.#absentees.beat(),
      this.#registrant.run(),
    );
  }

  pour(milliseconds: number): void {
    this.#running.push(this.#absentees.pour(milliseconds));
  }

  /** What has come is read. */
  async calm(): Promise<void> {
    let before: number;
    do {
      before = this.#journal.received;
      await pause(2);
      await new Promise<void>((resolve) => void setImmediate(resolve));
    } while (this.#journal.received > before);
  }

  /** With a server that stays: all that was begun is ended, and everybody takes everything until nothing comes. */
  async finish(): Promise<void> {
    for (const each of [...this.#senders, ...this.#devices, this.#absentees, this.#registrant]) each.stop();
    await Promise.all(this.#running);
    await Promise.all([...this.#senders, this.#absentees.flood].map((sender) => sender.register(3600)));
    await Promise.all(this.#devices.map((device) => device.reported()));
    await Promise.all(this.#devices.map((device) => this.#empty(device)));
  }

  /** Nothing has come for a while. */
  async quiet(): Promise<void> {
    let before: number;
    do {
      before = this.#journal.received;
      await pause(quietMilliseconds);
    } while (this.#journal.received > before);
  }

  close(): void {
    for (const { peer } of this.#all) peer.close();
  }

  get #all(): readonly { readonly peer: Peer }[] {
    const { pulse, flood } = this.#absentees;
    return [pulse, ...this.#senders, ...this.#devices, flood, this.#registrant];
  }

  async #empty(device: Device): Promise<void> {
    await device.register(3600);
    for (let round = 0; round < mostPulls; round += 1) {
      const status = await device.pullAll();
      await this.quiet();
      if (status === 488) return;
    }
  }
}
