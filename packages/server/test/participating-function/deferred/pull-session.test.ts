import { composePullBody, composePullOffer } from '@restante/cpm';
import type { PullAction } from '@restante/cpm';
import { Dialog, HeaderFields, InviteCancelled, parseSdp, SipRejection } from '@restante/sip';
import type { IncomingInvite, ServerSession, SipRequest, SipResponse } from '@restante/sip';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PullingDevice } from '../../../src/participating-function/deferred/deferred-message.ts';
import { PullExecutions } from '../../../src/participating-function/deferred/pull-executions.ts';
import type {
  DeferredDeliveryResult,
  PulledClient,
} from '../../../src/participating-function/deferred/deferred-delivery.ts';
import { PullSessions } from '../../../src/participating-function/deferred/pull-session.ts';
import { StoreUnavailable } from '../../../src/participating-function/ports.ts';
import type { DeferredQueue, Store } from '../../../src/participating-function/ports.ts';
import { openMemoryStore } from '../../../src/store/memory/memory-store.ts';
import { HandWoundClock } from '../../../../../test/support/hand-wound-clock.ts';
import { SequenceRandom } from '../../../../../test/support/sequence-random.ts';
import {
  aClient,
  aNewMessage,
  alice,
  bob,
  Registered,
  RememberedLog,
  requestedDispositions,
  settings,
  start,
} from './values.ts';

const limits = { perUser: 1000 };
const phone = aClient('phone');
const tablet = aClient('tablet-2');
const delivered: DeferredDeliveryResult = { kind: 'delivered', evidence: '200 OK' };

/** An INVITE and what it was answered. */
class Invite implements IncomingInvite {
  readonly request: SipRequest;
  readonly flow = {
    id: 'f1',
    protocol: 'UDP',
    local: { host: '192.0.2.1', port: 5060 },
    remote: { host: '203.0.113.9', port: 40_000 },
  } as const;
  readonly #cancel = new AbortController();
  readonly cancelled = this.#cancel.signal;
  answer: SipResponse | undefined;

  constructor(request: SipRequest) {
    this.request = request;
  }

  cancel(): void {
    this.#cancel.abort();
  }

  respond(response: SipResponse): void {
    this.answer ??= response;
  }

  accept(response: SipResponse): ServerSession {
    if (this.cancelled.aborted) throw new InviteCancelled();
    this.respond(response);
    const to = `${response.headers.get('To')};tag=q1`;
    const dialog = Dialog.ofServer(this.request, { ...response, headers: response.headers.with('To', to) });
    return { dialog, ended: new Promise(() => {}), bye: async () => response };
  }
}

interface InviteChanges {
  readonly callId?: string;
  readonly contact?: string;
  readonly extra?: readonly (readonly [string, string])[];
}

function invite(entries?: Readonly<Record<string, PullAction>>, changes: InviteChanges = {}): Invite {
  const {
    callId = 'pull-1',
    contact = `<${phone.address}>;+sip.instance="${phone.target}"`,
    extra = [],
  } = changes;
  const list =
    entries && Object.entries(entries).map(([id, action]) => ({ uri: `sip:${id}@pf.example.com`, action }));
  const { contentType, body } = composePullBody(
    composePullOffer({ host: '192.0.2.23', sessionId: 's' }),
    list,
  );
  const headers = HeaderFields.of([
    ['Via', 'SIP/2.0/UDP 192.0.2.23;branch=z9hG4bKp1'],
    ['From', `<${bob}>;tag=p1`],
    ['To', `<${settings.managementUri}>`],
    ['Call-ID', callId],
    ['CSeq', '1 INVITE'],
    ['Contact', contact],
    ['Content-Type', contentType],
    ...extra,
  ]);
  return new Invite({ kind: 'request', method: 'INVITE', uri: settings.managementUri, headers, body });
}

let clock: HandWoundClock;
let store: Store;
let log: RememberedLog;
let registered: Registered;
let sent: { readonly id: string; readonly client: PulledClient }[];
let deliver: (id: string, client: PulledClient) => DeferredDeliveryResult | Promise<DeferredDeliveryResult>;
let owedWakes: number;
let expected: number[];
let released: string[];
let executions: PullExecutions;
let pulls: PullSessions;

async function open(queue: DeferredQueue = store.queue): Promise<void> {
  construct(queue);
  await pulls.resume();
}

function construct(queue: DeferredQueue): void {
  const random = new SequenceRandom();
  executions = new PullExecutions({
    queue,
    delivery: {
      deliverDeferred: ({ id }, _content, client, signal) => {
        sent.push({ id, client });
        return Promise.race([
          Promise.resolve(deliver(id, client)),
          new Promise<never>((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('aborted'))),
          ),
        ]);
      },
    },
    dispositions: { wake: () => void (owedWakes += 1) },
    expiry: { expect: (expiresAt) => void expected.push(expiresAt) },
    notifier: { released: (user) => void released.push(user) },
    clock,
    random,
    log,
  });
  pulls = new PullSessions({
    queue,
    requester: { puller: async () => bob },
    devices: {
      device: (_user, { instance, contact }: PullingDevice) =>
        registered.clients.find((client) => client.target === instance || client.address === contact),
    },
    executions,
    contact: () => '<sip:192.0.2.1:5060>',
    settings,
    clock,
    random,
    log,
  });
}

beforeEach(async () => {
  clock = new HandWoundClock(start);
  store = openMemoryStore();
  log = new RememberedLog();
  registered = new Registered(phone, tablet);
  sent = [];
  deliver = () => delivered;
  owedWakes = 0;
  released = [];
  expected = [];
  await open();
});

afterEach(async () => {
  await executions.close();
  await store[Symbol.asyncDispose]();
  expect(clock.pending()).toBe(0);
});

async function waits(...ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await store.queue.enqueue(
      aNewMessage(id, { identity: id, dispositions: requestedDispositions(id) }),
      limits,
    );
}

const left = async () => (await store.queue.waiting(bob)).map(({ id }) => id);
const claimed = async () =>
  (await store.queue.waiting(bob)).filter(({ claimed }) => claimed).map(({ id }) => id);

async function refusal(incoming: Invite): Promise<{ status: number; warning: string | undefined }> {
  try {
    await pulls.handle(incoming);
  } catch (error) {
    if (!(error instanceof SipRejection)) throw error;
    return { status: error.status, warning: error.headers.find(([name]) => name === 'Warning')?.[1] };
  }
  throw new Error(`not refused but answered ${incoming.answer?.status}`);
}

const noMessages = { status: 488, warning: '399 pf.example.com "125 No messages"' };

describe('the answer', () => {
  test('PF-11: 200 with the SDP answer, our Contact with the tag, and who we are', async () => {
    await waits('m1');
    const incoming = invite();
    await pulls.handle(incoming);
    const { answer } = incoming;
    expect(answer?.status).toBe(200);
    expect(answer?.headers.get('Contact')).toBe(
      '<sip:192.0.2.1:5060>;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.deferred"',
    );
    expect(answer?.headers.get('P-Asserted-Identity')).toBe('<sip:x7k2p9@example.com>');
    const [media] = parseSdp(new TextDecoder().decode(answer?.body)).media;
    expect(media?.port).not.toBe(0);
    expect(media?.lines.map(({ value }) => value)).toContain('sendonly');
  });

  test('PF-10: an empty queue is 488 with "125 No messages"', async () => {
    expect(await refusal(invite())).toEqual(noMessages);
  });

  test.each([
    ['D-1: a list that names nothing that waits', { unknown: 'deliver' }],
    ['D-2: an empty list', {}],
  ] as const)('%s is 488 too, and nothing moves', async (_name, entries) => {
    await waits('m1');
    expect(await refusal(invite(entries))).toEqual(noMessages);
    expect([await left(), await claimed(), sent]).toEqual([['m1'], [], []]);
  });

  test("D-1: another user's message is unknown", async () => {
    await store.queue.enqueue(aNewMessage('hers', { user: alice, identity: 'hers' }), limits);
    expect(await refusal(invite({ hers: 'delete' }))).toEqual(noMessages);
    expect((await store.queue.waiting(alice)).length).toBe(1);
  });

  test('D-22: while the store fails the answer is 503 with Retry-After, and nothing was done', async () => {
    await waits('m1');
    await open({
      ...store.queue,
      claim: async () => {
        throw new StoreUnavailable('disk full');
      },
    });
    const refused = await pulls.handle(invite()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 503, headers: [['Retry-After', expect.any(String)]] });
    expect(sent).toEqual([]);
  });

  test('D-5: no answer before the commit', async () => {
    await waits('m1');
    const gate = Promise.withResolvers<void>();
    await open({
      ...store.queue,
      claim: async (pull, at) => {
        const result = await store.queue.claim(pull, at);
        await gate.promise;
        return result;
      },
    });
    const incoming = invite();
    const handled = pulls.handle(incoming);
    await clock.advance(0);
    expect([incoming.answer, sent]).toEqual([undefined, []]);
    gate.resolve();
    await handled;
    expect(incoming.answer?.status).toBe(200);
  });

  test('D-6: the same INVITE again is answered again and done once', async () => {
    await waits('m1');
    await pulls.handle(invite());
    const again = invite();
    await pulls.handle(again);
    await clock.advance(0);
    expect([again.answer?.status, sent.length]).toEqual([200, 1]);
  });
});

describe('what is done', () => {
  test('PF-15, D-11: without a list everything is delivered, oldest first', async () => {
    await waits('m1', 'm2', 'm3');
    await pulls.handle(invite());
    await clock.advance(0);
    expect([sent.map(({ id }) => id), await left()]).toEqual([['m1', 'm2', 'm3'], []]);
    expect((await store.inspection.story('m1')).at(-1)?.detail).toContain('200 OK');
  });

  test('PF-12: a deleted message is gone, and the sender is owed a negative notification', async () => {
    await waits('m1');
    await pulls.handle(invite({ m1: 'delete' }));
    await clock.advance(0);
    expect([await left(), sent, owedWakes]).toEqual([[], [], 1]);
    const [row] = await store.outbox.due(clock.now(), 10);
    expect(row?.notification).toMatchObject({
      status: 'failed',
      sender: alice,
      about: { messageId: 'imdn-m1' },
    });
  });

  test('PF-16: what is not listed stays, and unknown names do not matter', async () => {
    await waits('m1', 'm2', 'm3');
    await pulls.handle(invite({ m2: 'deliver', gone: 'delete', m3: 'delete' }));
    await clock.advance(0);
    expect([sent.map(({ id }) => id), await left()]).toEqual([['m2'], ['m1']]);
  });

  test('PF-12, PF-15: deletions come before deliveries', async () => {
    await waits('m1', 'm2');
    deliver = async () => {
      expect(await left()).toEqual(['m1']);
      return delivered;
    };
    await pulls.handle(invite({ m1: 'deliver', m2: 'delete' }));
    await clock.advance(0);
    expect(sent.map(({ id }) => id)).toEqual(['m1']);
  });

  test('D-7: what comes after the decision stays deferred', async () => {
    await waits('m1');
    const gate = Promise.withResolvers<DeferredDeliveryResult>();
    deliver = () => gate.promise;
    await pulls.handle(invite());
    await waits('m2');
    gate.resolve(delivered);
    await clock.advance(0);
    expect([sent.map(({ id }) => id), await left()]).toEqual([['m1'], ['m2']]);
  });

  test('D-12: store and interwork are refused, and nothing of the list is done', async () => {
    await waits('m1', 'm2');
    const refused = await refusal(invite({ m1: 'delete', m2: 'store' }));
    expect(refused).toEqual({
      status: 488,
      warning: '399 pf.example.com "sip:m2@pf.example.com: no message store is configured here"',
    });
    expect(await left()).toEqual(['m1', 'm2']);
  });
});

describe('who gets it', () => {
  test('D-8: the device that sent the INVITE', async () => {
    await waits('m1');
    await pulls.handle(
      invite(undefined, { contact: `<${tablet.address}>;+sip.instance="${tablet.target}"` }),
    );
    await clock.advance(0);
    expect(sent.map(({ client }) => client.target)).toEqual([tablet.target]);
  });

  test('D-8: a device that is not registered here, the way it came', async () => {
    await waits('m1');
    await pulls.handle(invite(undefined, { contact: '<sip:bob@10.0.0.7:5090>' }));
    await clock.advance(0);
    expect(sent[0]?.client).toEqual({
      user: bob,
      target: 'sip:bob@10.0.0.7:5090',
      address: 'sip:bob@10.0.0.7:5090',
      route: [],
      destination: { protocol: 'UDP', host: '203.0.113.9', port: 40_000, flowId: 'f1' },
    });
  });

  test('D-8: behind a proxy, the way that it has recorded, to the GRUU', async () => {
    await waits('m1');
    const contact = '<sip:bob@example.org;gr=urn:uuid:1>';
    await pulls.handle(
      invite(undefined, { contact, extra: [['Record-Route', '<sip:proxy.example.org;lr>']] }),
    );
    await clock.advance(0);
    expect(sent[0]?.client).toEqual({
      user: bob,
      target: 'sip:bob@example.org;gr=urn:uuid:1',
      address: 'sip:bob@example.org;gr=urn:uuid:1',
      route: ['<sip:proxy.example.org;lr>'],
    });
  });
});

describe('failures', () => {
  test('D-9: a refused message waits again and is counted, the others go on', async () => {
    await waits('m1', 'm2', 'm3');
    deliver = (id) =>
      id === 'm2' ? { kind: 'failed', reason: '500 Server Internal Error', gone: false } : delivered;
    await pulls.handle(invite());
    await clock.advance(0);
    const waiting = await store.queue.waiting(bob);
    expect(waiting).toMatchObject([{ id: 'm2', attempts: 1, claimed: false }]);
    expect(await store.outbox.nextDue()).toBeUndefined();
    expect(expected).toEqual([waiting[0]?.expiresAt]);
  });

  test('D-9: a device that is gone is asked once; the rest waits again at once, uncounted', async () => {
    await waits('m1', 'm2', 'm3');
    deliver = () => ({ kind: 'failed', reason: 'no final response', gone: true });
    await pulls.handle(invite());
    await clock.advance(0);
    const waiting = await store.queue.waiting(bob);
    expect(sent.map(({ id }) => id)).toEqual(['m1']);
    expect(waiting.map(({ attempts, claimed }) => [attempts, claimed])).toEqual([
      [1, false],
      [0, false],
      [0, false],
    ]);
    expect(new Set(released)).toEqual(new Set([bob]));
  });

  test('D-9: a delivery that throws is a failed one', async () => {
    await waits('m1', 'm2');
    deliver = (id) => {
      if (id === 'm1') throw new Error('cannot be written');
      return delivered;
    };
    await pulls.handle(invite());
    await clock.advance(0);
    expect(await store.queue.waiting(bob)).toMatchObject([{ id: 'm1', attempts: 1 }]);
  });

  test('D-9: trouble with one message is not that of the others', async () => {
    await waits('m1', 'm2', 'm3');
    await open({
      ...store.queue,
      settle: async (id, settlement) => {
        if (id !== 'm3') throw new Error(`${id} cannot be settled`);
        return store.queue.settle(id, settlement);
      },
    });
    await pulls.handle(invite({ m1: 'delete', m2: 'deliver', m3: 'deliver' }));
    await clock.advance(0);
    expect([sent.map(({ id }) => id), await claimed()]).toEqual([
      ['m2', 'm3'],
      ['m1', 'm2'],
    ]);
    expect(log.lines.filter(({ level }) => level === 'error').length).toBe(2);
  });

  test('D-22: what was delivered is recorded as soon as the store can', async () => {
    await waits('m1');
    let failures = 3;
    await open({
      ...store.queue,
      settle: async (id, settlement) => {
        failures -= 1;
        if (failures >= 0) throw new StoreUnavailable('disk full');
        return store.queue.settle(id, settlement);
      },
    });
    await pulls.handle(invite());
    await clock.advance(60_000);
    expect([sent.length, await left()]).toEqual([1, []]);
  });
});

describe('overlapping pulls', () => {
  test('PF-18, D-4: the second INVITE is decided on what is left, while the first is being delivered', async () => {
    await waits('m1', 'm2');
    deliver = () => new Promise(() => {});
    await pulls.handle(invite({ m1: 'deliver' }));
    const second = invite(undefined, {
      callId: 'pull-2',
      contact: `<${tablet.address}>;+sip.instance="${tablet.target}"`,
    });
    await pulls.handle(second);
    await clock.advance(0);
    expect(second.answer?.status).toBe(200);
    expect(sent.map(({ id, client }) => [id, client.target])).toEqual([
      ['m1', phone.target],
      ['m2', tablet.target],
    ]);
    expect(await refusal(invite(undefined, { callId: 'pull-3' }))).toEqual(noMessages);
  });
});

describe('CANCEL', () => {
  test('PF-17: before the claim nothing happens', async () => {
    await waits('m1');
    const incoming = invite();
    const handled = pulls.handle(incoming);
    incoming.cancel();
    await handled;
    expect([incoming.answer, await claimed(), sent]).toEqual([undefined, [], []]);
  });

  test('RFC 3261 9.2: while the claim is committed: the client got 487, and nothing happens', async () => {
    await waits('m1', 'm2');
    const incoming = invite({ m1: 'delete', m2: 'deliver' });
    await open({
      ...store.queue,
      claim: async (pull, at) => {
        incoming.cancel();
        return store.queue.claim(pull, at);
      },
    });
    await pulls.handle(incoming);
    await clock.advance(0);
    expect([incoming.answer, sent, await claimed()]).toEqual([undefined, [], []]);
    expect(await store.queue.waiting(bob)).toMatchObject([
      { id: 'm1', attempts: 0 },
      { id: 'm2', attempts: 0 },
    ]);
  });
});

describe('stop and start', () => {
  test('D-5: claims stay at the end and are carried on at the start, by the same device', async () => {
    await waits('m1', 'm2', 'm3');
    deliver = () => new Promise(() => {});
    await pulls.handle(invite({ m1: 'deliver', m2: 'deliver' }));
    await clock.advance(0);
    await executions.close();
    expect(await claimed()).toEqual(['m1', 'm2']);
    deliver = () => delivered;
    await open();
    await clock.advance(0);
    expect(sent.map(({ id, client }) => [id, client.target])).toEqual([
      ['m1', phone.target],
      ['m1', phone.target],
      ['m2', phone.target],
    ]);
    expect(await left()).toEqual(['m3']);
  });

  test('D-5: no INVITE is decided before it is known what the process before had claimed', async () => {
    await waits('m1', 'm2');
    const device = { contact: phone.address };
    const earlier = { key: 'earlier', user: bob, actions: new Map([['m1', 'deliver' as const]]), device };
    await store.queue.claim(earlier, clock.now());
    construct(store.queue);
    const incoming = invite();
    const handled = pulls.handle(incoming);
    await clock.advance(0);
    expect([incoming.answer, await claimed()]).toEqual([undefined, ['m1']]);
    await pulls.resume();
    await handled;
    await clock.advance(0);
    expect([incoming.answer?.status, sent.map(({ id }) => id)]).toEqual([200, ['m1', 'm2']]);
  });

  test('D-5: a deletion that was accepted is carried out after the start', async () => {
    await waits('m1');
    const device = { contact: phone.address };
    await store.queue.claim(
      { key: 'p', user: bob, actions: new Map([['m1', 'delete']]), device },
      clock.now(),
    );
    await pulls.resume();
    await clock.advance(0);
    expect([await left(), (await store.outbox.due(clock.now(), 10)).length]).toEqual([[], 1]);
  });

  test('D-9: a device that is not registered any more: the message waits again, uncounted', async () => {
    await waits('m1');
    await store.queue.claim(
      { key: 'p', user: bob, actions: 'deliver-all', device: { contact: 'sip:bob@192.0.2.99' } },
      clock.now(),
    );
    await pulls.resume();
    await clock.advance(0);
    expect(await store.queue.waiting(bob)).toMatchObject([{ id: 'm1', attempts: 0, claimed: false }]);
    expect(sent).toEqual([]);
  });

  test('D-12: a claim for what is not available here is given back', async () => {
    await waits('m1');
    const device = { contact: phone.address };
    await store.queue.claim(
      { key: 'p', user: bob, actions: new Map([['m1', 'store']]), device },
      clock.now(),
    );
    await pulls.resume();
    await clock.advance(0);
    expect(await store.queue.waiting(bob)).toMatchObject([{ id: 'm1', claimed: false }]);
  });
});
