import type { BodyPart } from '@restante/sip';

/** The Content-Transfer-Encoding of a MIME part is unknown, or its octets are not what it says. */
export class MalformedTransferEncoding extends Error {
  override readonly name = 'MalformedTransferEncoding';
}

const decoder = new TextDecoder('latin1');

/**
 * The octets of a MIME part with its Content-Transfer-Encoding undone (RFC 2045 section 6).
 *
 * @throws MalformedTransferEncoding
 */
export function decodeTransfer({ headers, body }: BodyPart): Uint8Array {
  const encoding = headers.get('Content-Transfer-Encoding')?.toLowerCase() ?? 'binary';
  switch (encoding) {
    case '7bit':
    case '8bit':
    case 'binary':
      return body;
    case 'base64':
      return decodeBase64(body);
    case 'quoted-printable':
      return decodeQuotedPrintable(body);
    default:
      throw new MalformedTransferEncoding(`Content-Transfer-Encoding ${encoding}`);
  }
}

function decodeBase64(body: Uint8Array): Uint8Array {
  try {
    return Uint8Array.from(atob(decoder.decode(body)), (character) => character.charCodeAt(0));
  } catch {
    throw new MalformedTransferEncoding('the content is not the base64 it says it is');
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
