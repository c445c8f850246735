import { describe, expect, test } from 'vitest';
import { dispositionFor } from '../../src/participating-function/disposition-notification.ts';
import type { DeferredMessage, Outcome } from '../../src/participating-function/deferred/deferred-message.ts';
import { aMessage, alice, bob, requestedDispositions } from './deferred/values.ts';

const { sender: _, ...anonymous } = aMessage('m1');
const { dispositions: __, ...withoutCpim } = aMessage('m1');
const wants = (...wanted: ('positive-delivery' | 'negative-delivery' | 'display')[]) =>
  aMessage('m1', { dispositions: requestedDispositions('m1', { wanted }) });

describe('what is owed', () => {
  const rows: readonly [string, DeferredMessage, Outcome, 'failed' | undefined][] = [
    ['PF-12: deleted', wants('negative-delivery'), 'deleted', 'failed'],
    ['PF-12: deleted, not asked for', wants('positive-delivery', 'display'), 'deleted', undefined],
    ['PF-19: expired', wants('negative-delivery'), 'expired', 'failed'],
    ['PF-21: withdrawn by hand', wants('negative-delivery'), 'withdrawn', 'failed'],
    [
      'PF-21: delivered: the client reports',
      wants('positive-delivery', 'negative-delivery'),
      'delivered',
      undefined,
    ],
    ['PF-21: delivered late: the client reports', wants('positive-delivery'), 'delivered-late', undefined],
    ['PF-21: nothing without CPIM', withoutCpim, 'deleted', undefined],
    ['PF-21: nothing to a withheld sender', anonymous, 'deleted', undefined],
    [
      'PF-21: nothing to an anonymous sender',
      aMessage('m1', { sender: 'sip:anonymous@anonymous.invalid' }),
      'deleted',
      undefined,
    ],
    [
      'PF-21: nothing about a notification',
      aMessage('m1', { contentType: 'message/imdn+xml' }),
      'deleted',
      undefined,
    ],
  ];
  test.each(rows)('%s', (_name, message, outcome, status) => {
    expect(dispositionFor(message, outcome, 'owed-1')?.status).toBe(status);
  });

  test('PF-21: it carries all that is needed to send it after the message is gone', () => {
    const message = aMessage('m1', { conversationId: 'c1', contributionId: 'k1' });
    expect(dispositionFor(message, 'deleted', 'owed-1')).toEqual({
      imdnMessageId: 'owed-1',
      about: message.dispositions,
      user: bob,
      sender: alice,
      status: 'failed',
      conversationId: 'c1',
      contributionId: 'k1',
    });
  });
});
