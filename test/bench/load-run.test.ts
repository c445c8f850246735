import { describe, expect, test } from 'vitest';
import { LoadRun } from '../../bench/harness/load-run.ts';
import { messageTemplate } from '../../bench/harness/load-message.ts';
import type { Pace } from '../../bench/harness/load.ts';

const template = messageTemplate({
  transport: 'udp',
  localPort: 21_000,
  domain: 'example.com',
  run: '0a1b2c3d',
});

/** A run against answers that are made of the request, at once or after some time. */
async function runAgainst(pace: Pace, messages: number, answerTo: (count: number) => readonly string[]) {
  let [count, underWay, most] = [0, 0, 0];
  const wire = {
    localPort: 21_000,
    close: () => {},
    send: (bytes: Buffer) => {
      const branch = /branch=[^\r]+/.exec(bytes.toString('latin1'))?.[0] ?? '';
      const answers = answerTo(count);
      count += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      setImmediate(() => {
        underWay -= 1;
        for (const status of answers) {
          const response = Buffer.from(`SIP/2.0 ${status}\r\nVia: SIP/2.0/UDP a;${branch}\r\n\r\n`);
          run.received(response, 0, response.length);
        }
      });
    },
  };
  const lanes = [{ wire, template }];
  const run = new LoadRun({
    lanes,
    reliable: false,
    load: { messages, pace },
    firstNumber: 10,
    messagesPerRecipient: 1,
  });
  return { report: await run.run(), most };
}

describe('the load generator', () => {
  test('closed loop: never more than the window under way, each message once', async () => {
    const { report, most } = await runAgainst({ kind: 'closed', window: 8 }, 100, () => ['202 Accepted']);
    expect(most).toBe(8);
    expect(report).toMatchObject({ sent: 100, answers: { 202: 100 }, timedOut: 0, retransmissions: 0 });
    expect(report.latency.max).toBeGreaterThanOrEqual(report.latency.p50);
  });

  test('a provisional answer ends nothing, a copy of a final one counts once', async () => {
    const { report } = await runAgainst({ kind: 'closed', window: 1 }, 10, () => [
      '100 Trying',
      '202 Accepted',
      '202 Accepted',
    ]);
    expect(report.answers).toEqual({ 202: 10 });
  });

  test('refusals are counted by status, with Retry-After, and are no acknowledgement', async () => {
    const { report } = await runAgainst({ kind: 'closed', window: 2 }, 10, (count) =>
      count % 2 === 0 ? ['202 Accepted'] : ['503 No\r\nRetry-After: 1'],
    );
    expect(report).toMatchObject({ answers: { 202: 5, 503: 5 }, retryAfter: 5 });
    expect(report.rate * report.seconds).toBeCloseTo(5);
  });

  test('open loop: the rate is kept whatever comes back', async () => {
    const { report } = await runAgainst({ kind: 'open', rate: 1000 }, 50, () => ['202 Accepted']);
    expect(report.sent).toBe(50);
    expect(report.sendingSeconds).toBeGreaterThanOrEqual(0.049);
  });
});
