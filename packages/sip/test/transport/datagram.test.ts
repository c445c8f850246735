import assert from 'node:assert/strict';
import { test } from 'vitest';
import { classifyDatagram } from '../../src/transport/datagram.ts';

const cases = [
  ['MESSAGE sip:bob@example.com SIP/2.0\r\n', 'message'],
  ["!interesting-Method0123456789_*+`.%indeed'~ sip:x SIP/2.0", 'message'],
  ['SIP/2.0 200 OK\r\n', 'message'],
  ['sip/2.0 200 OK\r\n', 'message'],
  ['\r\n\r\nOPTIONS sip:x SIP/2.0\r\n', 'message'],
  ['\r\n\r\n', 'keep-alive'],
  ['\r\n', 'keep-alive'],
  ['', 'not-sip'],
  ['\0', 'not-sip'],
  [' INVITE sip:x SIP/2.0', 'not-sip'],
  ['HTTP/1.1 200 OK', 'not-sip'],
  ['{"a": 1}', 'not-sip'],
  ['é sip:x SIP/2.0', 'not-sip'],
  [`${'A'.repeat(100)} sip:x SIP/2.0`, 'not-sip'],
] as const;

for (const [text, kind] of cases)
  test(`RFC 3261 7: ${JSON.stringify(text.slice(0, 40))} is ${kind}`, () => {
    assert.equal(classifyDatagram(new TextEncoder().encode(text)), kind);
  });
