import { describe, expect, test } from 'vitest';
import { Ladder } from '../../src/cli/ladder.ts';
import { expandId, shortIds } from '../../src/cli/message-id.ts';
import { timeline } from '../../src/cli/queue.ts';
import { userOf } from '../../src/cli/user.ts';
import { tableLines } from '../../src/cli/table.ts';
import { displayWidth, fit, oneLine, pad, processTerminal, withoutControls } from '../../src/cli/terminal.ts';
import { addressText, counted, roughly } from '../../src/cli/words.ts';
import { humanLine } from '../../src/log/human-line.ts';

const plain = (columns: number) => ({ columns, unicode: false, paint: (_: unknown, text: string) => text });

const bob = userOf('bob@example.com');

function painted(environment: Record<string, string>, isTTY = true): boolean {
  return processTerminal(environment, { isTTY, columns: 100, write: () => true }).paint('red', 'x') !== 'x';
}

describe('command line: text in columns', () => {
  test.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['', 0],
  ])('%s takes %d columns', (text, width) => expect(displayWidth(text)).toBe(width));

  test('a text is cut between characters, never above its width', () => {
    expect(fit('Lunch at noon?', 8)).toBe('Lunch a…');
    expect(fit('日本語です', 5)).toBe('日本…');
    expect(pad('日本', 6)).toBe('日本  ');
    expect(pad('7', 3, 'right')).toBe('  7');
  });

  test('a subject cannot move the cursor, change colours or turn the direction of writing', () => {
    expect(oneLine('a\u001b[31mb\r\nc\u0007\u202ed')).toBe('a [31mb c d');
  });

  test('an error keeps its lines and loses what a peer hid in its reason phrase', () => {
    expect(withoutControls('refused: Busy\u001b[2J\n  a hint')).toBe('refused: Busy [2J\n  a hint');
  });

  test('a table keeps to the terminal: what may shrink is cut, numbers stand right', () => {
    const columns = [
      { title: 'id' },
      { title: 'size', align: 'right' as const },
      { title: 'subject', shrinkTo: 7 },
    ];
    const rows = [
      ['8f2c41', '14 B', 'Lunch at noon, or somewhat later?'],
      ['11b95c', '1.5 KiB', 'Short'],
    ];
    const lines = tableLines(plain(30), columns, rows);
    expect(lines).toEqual([
      'id         size  subject',
      '8f2c41     14 B  Lunch at noo~',
      '11b95c  1.5 KiB  Short',
    ]);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(30);
  });

  test('a story keeps to a narrow terminal: what does not fit beside its event stands below', () => {
    const story = [
      { at: 0, user: bob, message: 'dm-1', event: 'accepted', detail: '20 octets' },
      {
        at: 7,
        user: bob,
        message: 'dm-1',
        event: 'claimed',
        detail: 'to delete, asked for by one of the devices of bob',
      },
    ];
    const lines = timeline(story, { ...plain(60), interactive: true });
    expect(lines.map((line) => line.slice(23))).toEqual([
      '         * accepted  20 octets',
      '  +7 ms  * claimed',
      `${' '.repeat(11)}to delete, asked for by`,
      `${' '.repeat(11)}one of the devices of bob`,
    ]);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(60);
    expect(timeline(story, { ...plain(60), interactive: false })).toHaveLength(2);
  });

  test('colours need a terminal and no NO_COLOR; FORCE_COLOR asks for them anyway', () => {
    expect(painted({})).toBe(true);
    expect(painted({ NO_COLOR: '1' })).toBe(false);
    expect(painted({ TERM: 'dumb' })).toBe(false);
    expect(painted({}, false)).toBe(false);
    expect(painted({ FORCE_COLOR: '1' }, false)).toBe(true);
  });
});

describe('command line: the ladder', () => {
  const names = { left: 'alice', middle: 'restante', right: 'bob' };
  const ladder = new Ladder({ names, terminal: plain(80) });

  test('names stand above their pillars, arrows between them, notes in the free half', () => {
    const lines = [
      ladder.heading(),
      ladder.arrow({ from: 'left', to: 'middle', label: 'MESSAGE "Lunch?"', style: 'cyan', at: 3.4 }),
      ladder.arrow({
        from: 'middle',
        to: 'left',
        label: '202 Accepted',
        style: 'green',
        at: 1004,
        note: 'on disk',
      }),
      ladder.arrow({
        from: 'right',
        to: 'middle',
        label: 'REGISTER',
        style: 'cyan',
        at: 2000,
        note: 'is here',
      }),
      ladder.remark('right', 'reads it'),
    ];
    expect(lines.map((line) => line.trimEnd())).toEqual([
      'seconds   alice                         restante                           bob',
      '  0.003     |- MESSAGE "Lunch?" ----------->|                               |',
      '  1.004     |< 202 Accepted ----------------|  on disk                      |',
      '  2.000     |                      is here  |< REGISTER --------------------|',
      '            |                               |  reads it                     |',
    ]);
  });

  test.each([60, 80, 120])('no line is wider than a terminal of %d columns', (columns) => {
    const narrow = new Ladder({ names, terminal: plain(columns) });
    const label = 'MESSAGE with a subject that is much longer than any gap between two pillars of a terminal';
    const lines = [
      narrow.heading(),
      narrow.step(label),
      narrow.remark('left', label),
      narrow.arrow({ from: 'right', to: 'middle', label, note: label, style: 'cyan', at: 123_456 }),
    ];
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(Math.max(columns, 64));
  });
});

describe('command line: IDs', () => {
  test('are shown by their end, as long as needed to stay unambiguous', () => {
    expect([...shortIds(['dm-1abcdefg', 'dm-2abcdefg', 'dm-3zzzzzzz']).values()]).toEqual([
      '1abcdefg',
      '2abcdefg',
      '3zzzzzzz',
    ]);
    expect([...shortIds(['dm-1abcdefg']).values()]).toEqual(['bcdefg']);
  });
  test('are taken whole, as URI, by their end or their beginning', () => {
    const known = ['dm-1abcdef', 'dm-2abcxyz', 'xyz'];
    expect(expandId('cdef', known)).toBe('dm-1abcdef');
    expect(expandId('dm-1', known)).toBe('dm-1abcdef');
    expect(expandId('sip:dm-2abcxyz@example.com', known)).toBe('dm-2abcxyz');
    expect(expandId('xyz', known)).toBe('xyz');
    expect(() => expandId('dm-', known)).toThrow("'dm-' fits 2 messages");
    expect(() => expandId('q', known)).toThrow('no message that waits');
    expect(() => expandId('', known)).toThrow('no message that waits');
  });
});

describe('command line: words', () => {
  test.each([
    [250, '250 ms'],
    [12_000, '12 s'],
    [300_000, '5 min'],
    [10_800_000, '3 h'],
    [604_800_000, '7 d'],
  ])('%d ms is %s', (milliseconds, words) => expect(roughly(milliseconds)).toBe(words));
  test('one is one, others are many', () =>
    expect([counted(1, 'user'), counted(0, 'user')]).toEqual(['1 user', '0 users']));
  test('an address is said without its scheme', () =>
    expect(addressText('sip:bob@example.com;gr=1')).toBe('bob@example.com'));
});

describe('log', () => {
  test('a line for people: time, level, sentence, facts; no control characters', () => {
    const line = JSON.stringify({
      level: 'warn',
      time: '2026-11-22T10:52:03.000Z',
      msg: 'store is full',
      user: 'sip:b\u001b[2J',
    });
    expect(humanLine(line, false)).toBe('10:52:03 warn  store is full  user=sip:b [2J\n');
  });
});
