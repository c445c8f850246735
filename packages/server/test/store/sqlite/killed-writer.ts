import type { CpmUser } from '@restante/cpm';
import type { NewDeferredMessage } from '../../../src/participating-function/deferred/deferred-message.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';

const [, , directory = '', round = '', user = ''] = process.argv;

function aMessage(id: string, bob: CpmUser): NewDeferredMessage {
  return {
    id,
    user: bob,
    mode: 'pager',
    identity: `sip:alice@example.com imdn-${id}`,
    to: bob,
    acceptedAt: 0,
    expiresAt: 1,
    size: 1,
    contentType: 'text/plain',
    acceptContacts: [],
    content: { headers: [], body: new Uint8Array(500) },
  };
}

const store = await openSqliteStore({ directory });
for (let number = 0; ; number += 8) {
  const ids = Array.from({ length: 8 }, (_, index) => `${round}-${number + index}`);
  const enqueued = ids.map(async (id) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const { kind } = await store.queue.enqueue(aMessage(id, user as CpmUser), { perUser: 1_000_000 });
    if (kind === 'stored') process.send?.([id]);
  });
  await Promise.all(enqueued);
}
