import { type Cpim, MalformedCpim } from './cpim.ts';
import { decodeTransfer, MalformedTransferEncoding } from './transfer-encoding.ts';

/**
 * The octets of the content with its Content-Transfer-Encoding undone. For reading only: what is stored and forwarded
 * stays as it was received.
 *
 * @throws MalformedCpim where the encoding is unknown or broken
 */
export function decodedContent({ content }: Cpim): Uint8Array {
  try {
    return decodeTransfer(content);
  } catch (error) {
    if (error instanceof MalformedTransferEncoding) throw new MalformedCpim(error.message);
    throw error;
  }
}

/** The media type of the content in lower case without parameters; RFC 2045 section 5.2's default where it is missing. */
export function contentMediaType({ content }: Cpim): string {
  return mediaTypeOf(content.headers.get('Content-Type') ?? 'text/plain');
}

/** `Text/Plain; charset=UTF-8` is `text/plain`. */
export function mediaTypeOf(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}
