import { faultText } from './fault.ts';

/** The content coding is none of those in `contentEncodings`: 415 with Accept-Encoding (RFC 3261 section 8.2.3). */
export class UnsupportedEncoding extends Error {
  override readonly name = 'UnsupportedEncoding';

  constructor(coding: string) {
    super(faultText(`Content-Encoding ${coding}`));
  }
}

/** The decoded content is larger than allowed: 413. */
export class ContentTooLarge extends Error {
  override readonly name = 'ContentTooLarge';

  constructor(maxBytes: number) {
    super(`content of more than ${maxBytes} octets`);
  }
}

/** The content is not what its coding says: 400. */
export class MalformedContent extends Error {
  override readonly name = 'MalformedContent';

  constructor(coding: string) {
    super(`content is not ${coding}`);
  }
}

/** What decodeContent understands, as Accept-Encoding lists it. */
export const contentEncodings = ['identity', 'deflate', 'gzip'] as const;

/** Several codings in a row are taken off one by one; more than this is an attack. */
const mostCodings = 3;

/**
 * Takes off the Content-Encoding of a body (RFC 3261 section 20.12), for reading it: what is forwarded stays as it came.
 * `deflate` is taken with and without the zlib header, since both are sent.
 *
 * @param encoding the header's value, a list in the order in which the codings were applied
 * @param maxBytes the most octets that may come out, at each step
 * @throws UnsupportedEncoding | ContentTooLarge | MalformedContent
 */
export async function decodeContent(
  body: Uint8Array,
  encoding: string,
  maxBytes: number,
): Promise<Uint8Array> {
  const codings = encoding
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > mostCodings) throw new UnsupportedEncoding(encoding);
  let decoded = body;
  for (const coding of codings.toReversed()) decoded = await inflate(decoded, coding, maxBytes);
  if (decoded.length > maxBytes) throw new ContentTooLarge(maxBytes);
  return decoded;
}

async function inflate(body: Uint8Array, coding: string, maxBytes: number): Promise<Uint8Array> {
  const reader = new Blob([body.slice()])
    .stream()
    .pipeThrough(new DecompressionStream(formatOf(body, coding)))
    .getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new MalformedContent(coding);
    });
    if (done) return join(chunks, length);
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel().catch(() => {});
      throw new ContentTooLarge(maxBytes);
    }
    chunks.push(value);
  }
}

function formatOf(body: Uint8Array, coding: string): CompressionFormat {
  if (coding === 'gzip' || coding === 'x-gzip') return 'gzip';
  if (coding !== 'deflate') throw new UnsupportedEncoding(coding);
  const [method = 0, flags = 0] = body;
  // RFC 1950 section 2.2: method 8, and the first two octets are a multiple of 31.
  const hasZlibHeader = (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
  return hasZlibHeader ? 'deflate' : 'deflate-raw';
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}
