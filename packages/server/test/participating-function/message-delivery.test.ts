import { responseTo, TransportFailure } from '@restante/sip';
import { expect, test } from 'vitest';
import { MessageDelivery } from '../../src/participating-function/message-delivery.ts';
import type { DeliveryAttempt } from '../../src/participating-function/message-delivery.ts';
import type { RegisteredClient } from '../../src/participating-function/registered-client.ts';
import { aClient, aMessage, settings } from './deferred/values.ts';
import { aRequest } from './requests.ts';

const content = { headers: [['From', '<sip:alice@example.com>'] as const], body: new Uint8Array() };
const [phone, tablet, watch] = [aClient('phone'), aClient('tablet'), aClient('watch')];

/** What each client answers: a status, no answer at all, or nothing yet. */
function delivery(answers: Readonly<Record<string, number | 'gone' | Promise<number>>>) {
  const asked: string[] = [];
  const sender = {
    async send(_request: unknown, { target }: { target: string }) {
      const name = target.slice('<urn:uuid:'.length, -1);
      asked.push(name);
      const answer = await answers[name];
      if (answer === undefined || answer === 'gone')
        throw new TransportFailure('connection refused', { protocol: 'UDP', host: '192.0.2.1', port: 5060 });
      return responseTo(aRequest(), answer);
    },
  };
  return { asked, delivery: new MessageDelivery({ sender, settings }) };
}

function direct(
  subject: ReturnType<typeof delivery>,
  waves: readonly (readonly RegisteredClient[])[],
  beginBefore = new AbortController().signal,
): Promise<DeliveryAttempt> {
  return subject.delivery.deliver(content, { kind: 'direct', waves, hops: 69, beginBefore });
}

test('RFC 3261 16.7: the first 2xx of a wave decides, the others need not answer', async () => {
  const subject = delivery({ phone: 486, tablet: new Promise(() => {}), watch: 200 });
  expect(await direct(subject, [[phone, tablet, watch]])).toEqual({ kind: 'delivered', evidence: '200 OK' });
});

test('RFC 3261 16.6: the next wave is asked when all of one have failed', async () => {
  const subject = delivery({ phone: 415, tablet: 202 });
  expect(await direct(subject, [[phone], [tablet]])).toMatchObject({ kind: 'delivered' });
  expect(subject.asked).toEqual(['phone', 'tablet']);
});

test('D-9: a failure says what every client said', async () => {
  const failed = await direct(delivery({ phone: 415, tablet: 'gone' }), [[phone], [tablet]]);
  expect(failed).toEqual({
    kind: 'failed',
    reason: '415 Unsupported Media Type; connection refused',
    gone: false,
    refused: false,
  });
});

test('RFC 3261 16.7 step 5: a 6xx ends the search', async () => {
  const subject = delivery({ phone: 603, tablet: 200 });
  expect(await direct(subject, [[phone], [tablet]])).toMatchObject({ kind: 'failed', refused: true });
  expect(subject.asked).toEqual(['phone']);
});

test('PF-1: once the sender was answered nobody new is asked', async () => {
  const late = new AbortController();
  const open = Promise.withResolvers<number>();
  const subject = delivery({ phone: open.promise, tablet: 200 });
  const attempt = direct(subject, [[phone], [tablet]], late.signal);
  late.abort();
  open.resolve(480);
  expect(await attempt).toMatchObject({ kind: 'failed' });
  expect(subject.asked).toEqual(['phone']);
});

function pull(answers: Parameters<typeof delivery>[0]): Promise<DeliveryAttempt> {
  return delivery(answers).delivery.deliverDeferred(
    aMessage('m1'),
    content,
    phone,
    new AbortController().signal,
  );
}

test('D-10: a pulled message is delivered by the 2xx of its device', async () => {
  expect(await pull({ phone: 200 })).toMatchObject({ kind: 'delivered', evidence: '200 OK' });
  expect(await pull({ phone: 480 })).toMatchObject({ kind: 'failed', gone: false });
  expect(await pull({ phone: 'gone' })).toMatchObject({ kind: 'failed', gone: true });
});
