import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ContentTooLarge,
  contentEncodings,
  decodeContent,
  MalformedContent,
  UnsupportedEncoding,
} from '../src/content-encoding.ts';
import { octets, textOf } from './support/text.ts';

const text = 'a disposition notification '.repeat(20);
const plain = octets(text);

describe('RFC 3261 20.12: Content-Encoding', () => {
  const rows: readonly [coding: string, body: Uint8Array][] = [
    ['deflate', deflateSync(plain)],
    ['deflate', deflateSync(plain, { level: 0 })],
    ['deflate', deflateSync(plain, { windowBits: 9 })],
    ['deflate', deflateRawSync(plain)],
    ['gzip', gzipSync(plain)],
    ['X-GZIP', gzipSync(plain)],
    ['identity', plain],
    ['', plain],
    ['deflate, gzip', gzipSync(deflateSync(plain))],
    ['identity, deflate', deflateRawSync(plain)],
  ];
  for (const [index, [coding, body]] of rows.entries())
    test(`${index + 1}: ${coding || 'none'}`, async () => {
      expect(textOf(await decodeContent(body, coding, 10_000))).toBe(text);
    });

  test('any content comes back, with the zlib header and without', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (content) => {
        expect([...(await decodeContent(deflateSync(content), 'deflate', 1000))]).toEqual([...content]);
        expect([...(await decodeContent(deflateRawSync(content), 'deflate', 1000))]).toEqual([...content]);
      }),
      { numRuns: 30 },
    );
  });

  test('what is understood is listed for Accept-Encoding', () => {
    expect(contentEncodings).toEqual(['identity', 'deflate', 'gzip']);
  });
});

describe('refusing', () => {
  test('an unknown coding, also behind a known one, and a long list', async () => {
    await expect(decodeContent(plain, 'br', 1000)).rejects.toThrow(UnsupportedEncoding);
    await expect(decodeContent(gzipSync(plain), 'compress, gzip', 1000)).rejects.toThrow(
      'Content-Encoding compress',
    );
    await expect(decodeContent(plain, 'gzip,gzip,gzip,gzip', 1000)).rejects.toThrow(UnsupportedEncoding);
  });

  test('a bomb: nothing beyond the limit is kept', async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000));
    await expect(decodeContent(bomb, 'gzip', 100_000)).rejects.toThrow(ContentTooLarge);
    await expect(decodeContent(gzipSync(bomb), 'gzip, gzip', 100_000)).rejects.toThrow(
      'content of more than 100000 octets',
    );
  });

  test('exactly the limit is allowed, also uncompressed', async () => {
    expect(await decodeContent(deflateSync(plain), 'deflate', plain.length)).toHaveLength(plain.length);
    await expect(decodeContent(deflateSync(plain), 'deflate', plain.length - 1)).rejects.toThrow(
      ContentTooLarge,
    );
    expect(await decodeContent(plain, 'identity', plain.length)).toBe(plain);
    await expect(decodeContent(plain, 'identity', plain.length - 1)).rejects.toThrow(ContentTooLarge);
  });

  const broken: readonly [name: string, coding: string, body: Uint8Array][] = [
    ['text', 'gzip', plain],
    ['text', 'deflate', plain],
    ['nothing', 'gzip', new Uint8Array()],
    ['nothing', 'deflate', new Uint8Array()],
    ['half of it', 'gzip', gzipSync(plain).subarray(0, 30)],
    ['half of it', 'deflate', deflateSync(plain).subarray(0, 20)],
    [
      'a wrong checksum',
      'deflate',
      Uint8Array.from(deflateSync(plain), (octet, index) => (index === 30 ? octet ^ 1 : octet)),
    ],
    ['something behind it', 'gzip', Uint8Array.of(...gzipSync(plain), 1, 2, 3)],
  ];
  for (const [name, coding, body] of broken)
    test(`${name} as ${coding}`, async () => {
      await expect(decodeContent(body, coding, 10_000)).rejects.toThrow(MalformedContent);
    });

  test('any octets: content or a named error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array(),
        fc.constantFrom('gzip', 'deflate', 'deflate, gzip'),
        async (body, coding) => {
          const outcome = await decodeContent(body, coding, 1000).catch((error: unknown) => error);
          const isNamed = outcome instanceof MalformedContent || outcome instanceof ContentTooLarge;
          expect(isNamed || outcome instanceof Uint8Array).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
