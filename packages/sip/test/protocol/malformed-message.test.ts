import { MalformedMessage } from '@restante/sip';
import { expect, test } from 'vitest';
import { quoted } from '../../src/protocol/malformed-message.ts';

test('RFC 3261 7.2: a fault fits a reason phrase: one line, fewer than 100 characters, printable', () => {
  expect(new MalformedMessage('x'.repeat(200)).message).toHaveLength(99);
  expect(quoted('a\r\nb\u00e9')).toBe('a??b?');
  expect(quoted('y'.repeat(60))).toBe(`${'y'.repeat(37)}...`);
});

test('RFC 3261 21.4.1: a fault is answered by 400 unless it says otherwise', () => {
  expect(new MalformedMessage('x')).toMatchObject({
    status: 400,
    partial: undefined,
    name: 'MalformedMessage',
  });
  expect(new MalformedMessage('x', { status: 505 }).status).toBe(505);
});
