import type { FailureReport, MsrpField } from './protocol/message.ts';
import type { MsrpPath } from './protocol/uri.ts';
import type { ByteSpan } from './protocol/range-set.ts';
import type { MsrpRejection } from './protocol/status.ts';

/** Why a message that had begun does not come to its end. */
export type AbortReason =
  | 'aborted-by-sender'
  | 'connection-lost'
  | 'session-closed'
  | 'too-large'
  | 'too-scattered'
  | 'malformed'
  | 'write-failed';

/** Takes the octets of one message, in whatever order they come. */
export interface MessageSink {
  /** What is there from an earlier attempt that broke off: these octets need not come again. */
  readonly received?: readonly ByteSpan[];
  /**
   * Octets from `offset`, counted from 0; nobody changes them. Calls follow each other without waiting, but never
   * two at a time for the same octets: of overlapping chunks the later one stands. While promises are open the
   * connection is held back. A rejection refuses the message: by its status if it is an MsrpRejection, else by 413.
   */
  write(offset: number, octets: Uint8Array): Promise<void> | void;
  /** Everything was written. The last chunk is answered after this resolves, so commit here. Rejections as above. */
  complete(message: { readonly totalBytes: number }): Promise<void> | void;
  /** Instead of `complete`, and not after it was called. Writes may still be open. */
  abort(reason: AbortReason): void;
}

/** What is known of a message when its first chunk comes. */
export interface IncomingHead {
  readonly messageId: string;
  readonly contentType: string;
  /** Undefined: the sender has not said. */
  readonly totalBytes: number | undefined;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
  /** Fields that this library gives no meaning to. */
  readonly fields: readonly MsrpField[];
  readonly fromPath: MsrpPath;
}

/** Decides on a message before its octets are taken; until then the connection is held back. */
export type MessageHandler = (
  head: IncomingHead,
) => MessageSink | MsrpRejection | Promise<MessageSink | MsrpRejection>;

/** Keeps a message in memory. */
export function memorySink(
  done: (octets: Uint8Array) => void,
  aborted?: (reason: AbortReason) => void,
): MessageSink {
  let octets: Uint8Array = new Uint8Array(0);
  return {
    write: (offset, piece) => {
      const end = offset + piece.length;
      if (end > octets.length) {
        const larger = new Uint8Array(Math.max(end, octets.length * 2));
        larger.set(octets);
        octets = larger;
      }
      octets.set(piece, offset);
    },
    complete: ({ totalBytes }) => done(octets.subarray(0, totalBytes)),
    abort: (reason) => aborted?.(reason),
  };
}
