import { expect, test } from 'vitest';
import { StoreUnavailable } from '../../src/participating-function/ports.ts';
import { sparingLog } from '../../src/participating-function/sparing-log.ts';
import { HandWoundClock } from '../../../../test/support/hand-wound-clock.ts';
import { RememberedLog, start } from './deferred/values.ts';

const error = new StoreUnavailable('disk full');

test('D-22: a failing store is one line in ten seconds, which says for how many it stands', async () => {
  const clock = new HandWoundClock(start);
  const remembered = new RememberedLog();
  const log = sparingLog(remembered, clock);
  for (let request = 0; request < 1000; request += 1) log.error({ error }, 'request refused');
  log.warn({ error }, 'notification put off');
  await clock.advance(10_000);
  log.error({ error }, 'request refused');
  await clock.advance(10_000);
  log.error({ error }, 'request refused');
  expect(remembered.lines).toEqual([
    { level: 'error', facts: { error }, sentence: 'request refused' },
    { level: 'warn', facts: { error }, sentence: 'notification put off' },
    { level: 'error', facts: { error, leftOut: 999 }, sentence: 'request refused' },
    { level: 'error', facts: { error }, sentence: 'request refused' },
  ]);
});

test('whatever else there is to say is said every time', () => {
  const remembered = new RememberedLog();
  const log = sparingLog(remembered, new HandWoundClock(start));
  for (let time = 0; time < 2; time += 1) {
    log.error({ error: new Error('another') }, 'broken');
    log.warn({ sender: 'sip:alice@example.com' }, 'given up');
    log.info({ error }, 'known');
    log.debug({ error }, 'detail');
  }
  expect(remembered.lines).toHaveLength(8);
});
