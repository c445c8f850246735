import { expect, test } from 'vitest';
import { openLog } from '../src/log.ts';

function lines(format: 'human' | 'json', level: 'debug' | 'info' | 'warn' | 'error' = 'info') {
  const written: string[] = [];
  return { written, log: openLog({ format, level, write: (line) => written.push(line) }) };
}

test('log: as JSON a line is one object with time, level, facts and sentence', () => {
  const { written, log } = lines('json');
  log.info({ user: 'sip:bob@example.com', waiting: 2 }, 'pull answered');
  const line: unknown = JSON.parse(written[0] ?? '');
  expect(line).toMatchObject({
    level: 'info',
    user: 'sip:bob@example.com',
    waiting: 2,
    msg: 'pull answered',
  });
  expect(line).toHaveProperty('time', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/));
});

test('log: what is less important than the level is not written', () => {
  const { written, log } = lines('human', 'warn');
  log.debug({}, 'no');
  log.info({}, 'no');
  log.warn({}, 'yes');
  expect(written).toEqual([expect.stringContaining(' warn  yes\n')]);
});

test('log: an error shows where it comes from; a password never shows', () => {
  const { written, log } = lines('human');
  log.error({ error: new Error('disk full'), password: 'sesame' }, 'store failed');
  expect(written[0]).toMatch(/ error store failed .*\n {2}Error: disk full\n {6}at /);
  expect(written[0]).not.toContain('sesame');
});
