/** A message to be sent: octets that can be read from any place. */
export interface MessageSource {
  /** Octets in all; undefined where that shows at the end only. */
  readonly size: number | undefined;
  /** Exactly `length` octets from `offset`, fewer only where the message ends. They must not change any more. */
  read(offset: number, length: number): Promise<Uint8Array> | Uint8Array;
  /** Nothing will be read any more. */
  close?(): void;
}

export function octetsSource(octets: Uint8Array): MessageSource {
  return {
    size: octets.length,
    read: (offset, length) => octets.subarray(offset, offset + length),
  };
}

/** Pieces of any size, read once and in order; such a message cannot be resumed but from where the pieces begin. */
export function iterableSource(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size?: number,
): MessageSource {
  const iterator = iterate(pieces);
  let rest: Uint8Array = new Uint8Array(0);
  return {
    size,
    read: async (_offset, length) => {
      const gathered: Uint8Array[] = [];
      let missing = length;
      while (missing > 0) {
        if (rest.length === 0) {
          const { done, value } = await iterator.next();
          if (done === true) break;
          rest = value;
        }
        const taken = rest.subarray(0, missing);
        rest = rest.subarray(taken.length);
        missing -= taken.length;
        if (taken.length > 0) gathered.push(taken);
      }
      return joined(gathered, length - missing);
    },
    close: () => void iterator.return(undefined).catch(() => {}),
  };
}

async function* iterate(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
