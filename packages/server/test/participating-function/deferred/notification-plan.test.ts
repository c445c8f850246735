import { parseDeferredNotification } from '@restante/cpm';
import { serializedLength } from '@restante/sip';
import { array, assert, boolean, integer, option, property, record, string, uuid } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planNotifications } from '../../../src/participating-function/deferred/notification-plan.ts';
import type {
  NotificationFacts,
  NotificationReason,
  PlannedNotification,
} from '../../../src/participating-function/deferred/notification-plan.ts';
import { notificationRequest } from '../../../src/participating-function/deferred/notification-request.ts';
import type { DeferredMessage } from '../../../src/participating-function/deferred/deferred-message.ts';
import type { RegisteredClient } from '../../../src/participating-function/registered-client.ts';
import { aClient, aMessage, hour, settings, start } from './values.ts';

const deferred: NotificationReason = { kind: 'deferred' };
const phone = aClient('phone');
const plainPhone = aClient('plain', { features: '' });
const largeOnly = aClient('large', {
  features: '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.largemsg"',
});

function plan(
  waiting: readonly DeferredMessage[],
  client: RegisteredClient,
  changes: Partial<NotificationFacts> & { readonly toldUpTo?: number } = {},
): PlannedNotification {
  const { toldUpTo = 0, ...facts } = changes;
  const [only] = planNotifications({
    waiting,
    clients: [{ client, toldUpTo }],
    reasons: [deferred],
    id: 'n1',
    settings,
    outboundRoute: [],
    ...facts,
  });
  if (only === undefined) throw new Error('no plan');
  return only;
}

function listed(planned: PlannedNotification) {
  if (planned.kind !== 'notify') throw new Error(`not notified: ${planned.because}`);
  return planned.parts.map((part) => parseDeferredNotification(part));
}

const one = aMessage('m1');
const registered: NotificationReason = { kind: 'registered', target: phone.target };

describe('who is notified', () => {
  const rows: readonly [string, DeferredMessage[], RegisteredClient, number, NotificationReason[], string][] =
    [
      ['PF-4: a suitable client is notified', [one], phone, 0, [deferred], 'notify'],
      ['PF-4: an unsuitable one is not', [one], plainPhone, 0, [deferred], 'not-suitable'],
      [
        'PF-4: pager only waits, the client takes large ones only',
        [one],
        largeOnly,
        0,
        [deferred],
        'not-suitable',
      ],
      [
        'PF-4: one suitable message is enough',
        [one, aMessage('m2', { mode: 'large' })],
        largeOnly,
        0,
        [deferred],
        'notify',
      ],
      ['PF-3: nothing waits', [], phone, 0, [deferred], 'nothing-waits'],
      ['PF-8: what was told is not told again', [one], phone, 1, [deferred], 'told-before'],
      ['PF-8: nor after a restart', [one], phone, 1, [{ kind: 'restarted' }], 'told-before'],
      ['D-5: what was untold at a restart is told', [one], phone, 0, [{ kind: 'restarted' }], 'notify'],
      ['D-14: a client that registers anew is told again', [one], phone, 1, [registered], 'notify'],
      [
        'PF-3: its registration is no reason for another',
        [one],
        aClient('tablet'),
        1,
        [registered],
        'told-before',
      ],
      ['D-14: an expiry warning is told again', [one], phone, 1, [{ kind: 'expiring' }], 'notify'],
      [
        'PF-16: something new: all of it',
        [one, aMessage('m2', { sequence: 2 })],
        phone,
        1,
        [deferred],
        'notify',
      ],
      [
        'PF-5: claimed messages are being handled',
        [{ ...one, claimed: true }],
        phone,
        0,
        [deferred],
        'nothing-waits',
      ],
    ];
  test.each(rows)('%s', (_name, waiting, client, toldUpTo, reasons, expected) => {
    const planned = plan(waiting, client, { toldUpTo, reasons });
    expect(planned.kind === 'notify' ? 'notify' : planned.because).toBe(expected);
  });

  test('PF-3: each client is decided on its own', () => {
    const plans = planNotifications({
      waiting: [one],
      clients: [phone, plainPhone].map((client) => ({ client, toldUpTo: 0 })),
      reasons: [deferred],
      id: 'n1',
      settings,
      outboundRoute: [],
    });
    expect(plans.map(({ kind }) => kind)).toEqual(['notify', 'leave']);
  });
});

describe('what is said', () => {
  test('PF-5: message-URI-ID and metadata of each message', () => {
    const message = aMessage('dm-1', {
      senderName: 'Alice & Co',
      subject: 'Lunch',
      conversationId: 'c1',
      contributionId: 'k1',
    });
    expect(listed(plan([message], phone))).toEqual([
      {
        number: 1,
        event: 'waiting',
        messages: [
          {
            uri: 'sip:dm-1@pf.example.com',
            mode: 'pager',
            from: 'sip:alice@example.com',
            fromName: 'Alice & Co',
            to: 'sip:bob@example.com',
            date: start,
            expiry: start + 7 * 24 * hour,
            size: 14,
            contentType: 'text/plain',
            subject: 'Lunch',
            messageId: 'imdn-dm-1',
            conversationId: 'c1',
            contributionId: 'k1',
          },
        ],
      },
    ]);
  });

  test('PF-5: nothing says who sent a message whose sender is withheld', () => {
    const { sender: _, ...withheld } = aMessage('m1', { senderName: 'Alice' });
    const [part] = listed(plan([withheld], phone));
    expect(part?.messages[0]).not.toHaveProperty('from');
    expect(part?.messages[0]).not.toHaveProperty('fromName');
  });

  test('PF-5: messages that the client cannot take are listed too', () => {
    const parts = listed(plan([one, aMessage('m2', { mode: 'large', sequence: 2 })], phone));
    expect(parts.flatMap(({ messages }) => messages.map(({ mode }) => mode))).toEqual(['pager', 'large']);
  });

  test('D-16: the event of a warning is "expiring"', () => {
    expect(listed(plan([one], phone, { reasons: [deferred, { kind: 'expiring' }] }))[0]?.event).toBe(
      'expiring',
    );
  });

  test('PF-20: a request names the management URI and no host of the network', () => {
    const request = notificationRequest(phone, new Uint8Array(), settings, { callId: 'c', fromTag: 't' });
    expect([...request.headers].map(([name, value]) => `${name}: ${value}`)).toEqual([
      'Max-Forwards: 70',
      'From: <sip:x7k2p9@example.com>;tag=t',
      'To: <sip:bob@example.com>',
      'Call-ID: c',
      'CSeq: 1 MESSAGE',
      'P-Asserted-Identity: <sip:x7k2p9@example.com>',
      'P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.oma.cpm.systemmsg',
      'Accept-Contact: *;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.systemmsg";require;explicit',
      'User-Agent: CPM-serv/OMA1.0',
      'Content-Type: application/x-cpm-deferred-messages+xml',
    ]);
    expect(request.uri).toBe(phone.address);
  });
});

describe('how it is divided', () => {
  const messages = array(
    record({
      subject: option(string({ unit: 'grapheme', maxLength: 200 }), { nil: undefined }),
      senderName: option(string({ unit: 'grapheme', maxLength: 60 }), { nil: undefined }),
      conversationId: option(uuid(), { nil: undefined }),
      claimed: boolean(),
    }),
    { maxLength: 12 },
  );
  const hosts = integer({ min: 0, max: 2 }).map((n) =>
    Array.from({ length: n }, () => '<sip:edge.example.com;lr>'),
  );

  test('PF-5: the parts together are the queue, and no request is longer than 1300 octets', () => {
    assert(
      property(messages, hosts, (drawn, route) => {
        const waiting = drawn.map(({ subject, senderName, conversationId, claimed }, index) =>
          aMessage(`dm-0123456789abcdef${index}`, {
            sequence: index + 1,
            claimed,
            ...(subject !== undefined && { subject: subject.replaceAll(/\p{Cc}/gu, ' ') }),
            ...(senderName !== undefined && {
              senderName: senderName.replaceAll(/\p{Cc}/gu, ' '),
            }),
            ...(conversationId !== undefined && { conversationId }),
          }),
        );
        const client = aClient('phone', { route });
        const planned = plan(waiting, client);
        const expected = waiting.filter(({ claimed }) => !claimed);
        if (expected.length === 0) return planned.kind === 'leave';
        const parts = listed(planned);
        expect(parts.flatMap((part) => part.messages.map(({ uri }) => uri))).toEqual(
          expected.map(({ id }) => `sip:${id}@pf.example.com`),
        );
        expect(parts.every(({ number }) => number === expected.length)).toBe(true);
        if (parts.length > 1)
          expect(parts.map(({ id, part, parts: of }) => [id, part, of])).toEqual(
            parts.map((_, index) => ['n1', index + 1, parts.length]),
          );
        for (const body of planned.kind === 'notify' ? planned.parts : []) {
          const names = { callId: 'c'.repeat(20), fromTag: 't'.repeat(16) };
          const request = notificationRequest(client, body, settings, names);
          const via =
            'SIP/2.0/UDP [2001:db8:1111:2222:3333:4444:5555:6666]:65535;branch=z9hG4bK0123456789abcdef;rport';
          const headers = request.headers
            .prepend('Via', via)
            .concat(route.map((value) => ['Route', value] as const));
          expect(serializedLength({ ...request, headers })).toBeLessThanOrEqual(1300);
        }
        return true;
      }),
      { numRuns: 200 },
    );
  });
});
