import { systemClock } from '@restante/sip';
import type { DeferredDeliveryResult } from '../../../src/participating-function/deferred/deferred-delivery.ts';
import { PullExecutions } from '../../../src/participating-function/deferred/pull-executions.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';

const [, , directory = ''] = process.argv;

const silent = () => {};

/** Deliveries that the parent, the device, has not answered. */
const underWay = new Map<string, (result: DeferredDeliveryResult) => void>();
process.on('message', (id: string) => underWay.get(id)?.({ kind: 'delivered', evidence: '200 OK' }));

const store = await openSqliteStore({ directory });
const claims = await store.queue.openClaims();
const user = claims[0]?.message.user;
if (user !== undefined) {
  const executions = new PullExecutions({
    queue: store.queue,
    delivery: {
      deliverDeferred: ({ id }, { body }) =>
        new Promise((resolve) => {
          underWay.set(id, resolve);
          process.send?.({ id, body: new TextDecoder().decode(body) });
        }),
    },
    dispositions: { wake: silent },
    expiry: { expect: silent },
    notifier: { released: silent },
    clock: systemClock,
    random: { bytes: (length) => new Uint8Array(length) },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  executions.start(claims, { user, target: 'sip:phone', address: 'sip:phone', route: [] });
  while ((await store.inspection.counts()).waiting > 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
}
process.exit(0);
