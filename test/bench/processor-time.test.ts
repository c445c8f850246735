import { describe, expect, test } from 'vitest';
import { processorSeconds, readProcessTimes, ticksOfTree } from '../../bench/harness/processor-time.ts';

const stat = (pid: number, parent: number, name: string, times: string): string =>
  `${pid} (${name}) S ${parent} ${pid} ${pid} 0 -1 4194304 100 0 0 0 ${times} 20 0 1 0 300 1000 50 18446744073709551615`;

describe('proc(5): CPU time', () => {
  test('user, system and what ended children used are counted', () => {
    expect(readProcessTimes(stat(42, 7, 'node', '11 5 3 1'))).toEqual({ pid: 42, parent: 7, ticks: 20 });
  });

  test('a name may hold brackets and blanks', () => {
    expect(readProcessTimes(stat(43, 42, 'postgres: a) (b 1 2', '1 2 0 0'))).toEqual({
      pid: 43,
      parent: 42,
      ticks: 3,
    });
  });

  test('a tree is its root and everything below it, and nothing beside it', () => {
    const processes = [
      { pid: 1, parent: 0, ticks: 1000 },
      { pid: 10, parent: 1, ticks: 1 },
      { pid: 11, parent: 10, ticks: 2 },
      { pid: 12, parent: 11, ticks: 4 },
      { pid: 20, parent: 1, ticks: 500 },
    ];
    expect(ticksOfTree(10, processes)).toBe(7);
    expect(() => ticksOfTree(99, processes)).toThrow('process 99 is gone');
  });

  test.runIf(process.platform === 'linux')('this process has used some', () => {
    expect(processorSeconds([process.pid])).toBeGreaterThan(0);
  });
});
