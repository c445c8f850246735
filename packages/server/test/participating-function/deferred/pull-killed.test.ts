import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { SqliteFolder } from '../../store/sqlite/sqlite-folder.ts';
import { aNewMessage, bob, start } from './values.ts';

const puller = new URL('./killed-puller.ts', import.meta.url);
const execArgv = ['--conditions=restante-source', '--disable-warning=ExperimentalWarning'];
/** As documented: deliveries that the device has answered and whose commit is outstanding. */
const commitsOutstanding = 64;
const count = 400;
const names = Array.from({ length: count }, (_, index) => `m${index}`);

interface Arrival {
  readonly id: string;
  readonly body: string;
}

/** Runs one life of the process, which is killed with its n-th delivery; what arrived at the device, in order. */
async function life(directory: string, killedAt: number): Promise<readonly Arrival[]> {
  const arrivals: Arrival[] = [];
  const child = fork(puller, [directory], { execArgv });
  child.on('message', (arrival: Arrival) => {
    arrivals.push(arrival);
    if (arrivals.length === killedAt) child.kill('SIGKILL');
    else if (child.connected) child.send(arrival.id, () => {});
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(arrivals.length >= killedAt ? null : 0);
  return arrivals;
}

test('D-5, D-11: killed in the middle of a pull: nothing is lost, and no more comes again than had no commit', async () => {
  using folder = new SqliteFolder();
  const store = await folder.open();
  await Promise.all(names.map((id) => store.queue.enqueue(aNewMessage(id), { perUser: count })));
  const pull = { key: 'p', user: bob, actions: 'deliver-all' as const, device: { contact: 'sip:phone' } };
  await store.queue.claim(pull, start);
  await store[Symbol.asyncDispose]();

  let reached = 0;
  for (const killedAt of [90, 150, Number.POSITIVE_INFINITY]) {
    const arrivals = await life(folder.directory, killedAt);
    const first = Number(arrivals[0]?.id.slice(1));
    // Whatever a life delivers is in order and without a gap, so it goes on where commits had come to.
    expect(arrivals.map(({ id }) => id)).toEqual(names.slice(first, first + arrivals.length));
    expect(arrivals.every(({ id, body }) => body === `text of ${id}`)).toBe(true);
    expect(first).toBeLessThanOrEqual(reached);
    expect(reached - first).toBeLessThanOrEqual(commitsOutstanding + 1);
    reached = first + arrivals.length;
  }
  expect(reached).toBe(count);
  await using after = await folder.open();
  expect(await after.inspection.counts()).toMatchObject({ waiting: 0, claimed: 0 });
  expect((await after.inspection.story('m399')).at(-1)?.detail).toContain('200 OK');
}, 60_000);
