import { describe, expect, test } from 'vitest';
import { readCommitOrder } from '../../bench/harness/strace.ts';

const marks = { written: /id-(\w+)/g, answered: /Call-ID: (\w+)/g };
const answer = (id: string): string => String.raw`SIP/2.0 202 Accepted\r\nCall-ID: ${id}\r\n\r\n`;
const write = (id: string): string => String.raw`7 pwrite64(20, "\1\0id-${id} body", 4096, 32) = 4096`;
const send = (...ids: readonly string[]): string => `6 write(22, "${ids.map(answer).join('')}", 400) = 400`;

const early = (...lines: readonly string[]): readonly string[] => readCommitOrder(lines, marks).early;

describe('strace: a 2xx leaves after the sync of its commit', () => {
  test('written, synced, answered', () => {
    expect(readCommitOrder([write('a'), '7 fdatasync(20) = 0', send('a')], marks)).toEqual({
      answers: 1,
      syncs: 1,
      early: [],
    });
  });

  test('answered before the sync', () => {
    expect(early(write('a'), send('a'), '7 fdatasync(20) = 0')).toEqual(['a']);
  });

  test('answered while the sync was under way', () => {
    const lines = [
      write('a'),
      '7 fdatasync(20 <unfinished ...>',
      send('a'),
      '7 <... fdatasync resumed>) = 0',
    ];
    expect(early(...lines)).toEqual(['a']);
    expect(early(lines[0] ?? '', lines[1] ?? '', lines[3] ?? '', lines[2] ?? '')).toEqual([]);
  });

  test('a sync covers only what was written before it began, and only its own file', () => {
    const during = [
      '7 fsync(20 <unfinished ...>',
      write('a').replace('7', '8'),
      '7 <... fsync resumed>) = 0',
    ];
    expect(early(...during, send('a'))).toEqual(['a']);
    expect(early(write('a'), '7 fsync(21) = 0', send('a'))).toEqual(['a']);
  });

  test('a sync that failed is none', () => {
    const failed = '7 fdatasync(20) = -1 EIO (Input/output error)';
    expect(early(write('a'), failed, send('a'))).toEqual(['a']);
  });

  test('never written at all', () => {
    expect(early('7 fdatasync(20) = 0', send('a'))).toEqual(['a']);
  });

  test('several answers in one piece are looked at one by one; other responses do not count', () => {
    const refused = String.raw`6 sendto(22, "SIP/2.0 503 No\r\nCall-ID: c\r\n\r\n", 30) = 30`;
    const lines = [write('a'), '7 fdatasync(20) = 0', send('a', 'b'), refused];
    expect(readCommitOrder(lines, marks)).toEqual({ answers: 2, syncs: 1, early: ['b'] });
  });

  test('sendmsg in two lines counts from its beginning', () => {
    const begun = `6 sendmsg(24, {msg_iov=[{iov_base="${answer('a')}", iov_len=300}]}, 0 <unfinished ...>`;
    expect(early(write('a'), begun, '7 fdatasync(20) = 0', '6 <... sendmsg resumed>) = 300')).toEqual(['a']);
  });
});
