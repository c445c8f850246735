import { type Cpim, MalformedCpim } from './cpim.ts';

const decoder = new TextDecoder('latin1');

/**
 * The octets of the content with its Content-Transfer-Encoding undone. For reading only: what is stored and forwarded
 * stays as it was received.
 *
 * @throws MalformedCpim where the encoding is unknown or broken
 */
export function decodedContent({ content }: Cpim): Uint8Array {
  const encoding = content.headers.get('Content-Transfer-Encoding')?.toLowerCase() ?? 'binary';
  switch (encoding) {
    case '7bit':
    case '8bit':
    case 'binary':
      return content.body;
    case 'base64':
      return decodeBase64(content.body);
    case 'quoted-printable':
      return decodeQuotedPrintable(content.body);
    default:
      throw new MalformedCpim(`Content-Transfer-Encoding ${encoding}`);
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

function decodeBase64(body: Uint8Array): Uint8Array {
  try {
    return Uint8Array.from(atob(decoder.decode(body)), (character) => character.charCodeAt(0));
  } catch {
    throw new MalformedCpim('the content is not the base64 it says it is');
  }
}

/** RFC 2045 section 6.7; an escape that is none stays as it is. */
function decodeQuotedPrintable(body: Uint8Array): Uint8Array {
  const text = decoder.decode(body).replaceAll(/[ \t]+(?=\r?\n)/g, '');
  const unescaped = text.replaceAll(/=(?:\r?\n|([0-9A-Fa-f]{2}))/g, (_, hex: string | undefined) =>
    hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Uint8Array.from(unescaped, (character) => character.charCodeAt(0));
}
