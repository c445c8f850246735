import { expect, test } from 'vitest';
import { nameNumber, nameNumberAt, unknownName } from '../../src/protocol/header-names.ts';
import { octets } from './bytes.ts';

const compactForms = [
  ['Via', 'v'],
  ['From', 'f'],
  ['To', 't'],
  ['Call-ID', 'i'],
  ['Contact', 'm'],
  ['Content-Length', 'l'],
  ['Content-Type', 'c'],
  ['Content-Encoding', 'e'],
  ['Subject', 's'],
  ['Supported', 'k'],
  ['Accept-Contact', 'a'],
  ['Reject-Contact', 'j'],
  ['Request-Disposition', 'd'],
  ['Event', 'o'],
  ['Allow-Events', 'u'],
  ['Session-Expires', 'x'],
  ['Refer-To', 'r'],
  ['Referred-By', 'b'],
  ['Identity', 'y'],
] as const;

function numberOf(name: string): number {
  const bytes = octets(`xx${name}: `);
  return nameNumberAt(bytes, 2, 2 + name.length);
}

for (const [long, compact] of compactForms)
  test(`RFC 3261 7.3.3: ${compact} is ${long}, in any case, as text and as octets`, () => {
    const number = nameNumber(long);
    expect(number).not.toBe(unknownName);
    for (const form of [compact, compact.toUpperCase(), long.toUpperCase(), long.toLowerCase()]) {
      expect(nameNumber(form)).toBe(number);
      expect(numberOf(form)).toBe(number);
    }
  });

test('a name that is not in the table has no number, however near it comes', () => {
  for (const name of ['Vi', 'Viaa', 'Call_ID', 'Cal-lID', 'q', 'X-Anything', 'C%6Fntact', '\rontact']) {
    expect(nameNumber(name)).toBe(unknownName);
    expect(numberOf(name)).toBe(unknownName);
  }
});
