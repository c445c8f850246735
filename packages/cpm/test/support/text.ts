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

/** The error of that class that `act` throws; fails where it throws another one or nothing. */
export function thrownBy<E>(kind: abstract new (...args: never[]) => E, act: () => unknown): E {
  try {
    act();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
