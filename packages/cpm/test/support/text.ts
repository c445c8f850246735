const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** UTF-8 octets of a text. */
export function octets(text: string): Uint8Array {
  return encoder.encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The text with the line ends of the wire. */
export function crlf(text: string): Uint8Array {
  return octets(text.replaceAll(/\r?\n/g, '\r\n'));
}

/** What `act` throws; fails where it throws nothing. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
