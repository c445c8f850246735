import { expect, test } from 'vitest';
import { messageIdOf, messageUri } from '../../../src/participating-function/deferred/message-uri.ts';

test.each([
  ['pf.example.com', 'sip:dm-1@pf.example.com'],
  ['PF.example.com', 'sip:dm-1@pf.example.com'],
  ['2001:db8::1', 'sip:dm-1@[2001:db8::1]'],
  ['[2001:db8::1]', 'sip:dm-1@[2001:db8::1]'],
])('PF-1: a message-URI-ID at %s reads back', (host, uri) => {
  expect(messageUri('dm-1', host)).toBe(uri);
  expect(messageIdOf(uri, host)).toBe('dm-1');
});
