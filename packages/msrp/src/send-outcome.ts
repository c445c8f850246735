import type { ByteSpan } from './protocol/range-set.ts';

/** How far a message has come. */
export interface SendProgress {
  readonly sentBytes: number;
  /** Answered by 200, in whatever order. Always 0 unless Failure-Report is yes. */
  readonly acknowledgedBytes: number;
  readonly totalBytes: number | undefined;
}

/** How the sending of a message ended. */
export type SendOutcome = SendEnd & {
  /** Octets from the start on that were answered by 200 without a gap: where another attempt can begin. */
  readonly acknowledgedPrefix: number;
  readonly acknowledged: readonly ByteSpan[];
};

/** The end alone. */
export type SendEnd =
  /** Every octet was answered by 200 and, where asked for, reported. */
  | { readonly kind: 'delivered' }
  /** Neither answers nor reports were asked for: everything is with the operating system, no more is known. */
  | { readonly kind: 'sent' }
  /** A response or a report said no. */
  | { readonly kind: 'refused'; readonly status: number; readonly comment: string }
  /** No answer in 30 s, or no report in its time. */
  | { readonly kind: 'timeout' }
  /** The connection or the session ended before. */
  | { readonly kind: 'broken'; readonly error: Error | undefined }
  /** Given up here. */
  | { readonly kind: 'aborted' }
  /** The source failed or ended early. */
  | { readonly kind: 'source-failed'; readonly error: Error };
