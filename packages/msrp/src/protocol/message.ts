import type { ByteRange } from './byte-range.ts';
import type { MsrpPath } from './uri.ts';

/** How a request ends (RFC 4975 section 7.1): last chunk, more follows, the message is given up. */
export type ContinuationFlag = '$' | '+' | '#';

/** RFC 4975 section 7.1.1. */
export type FailureReport = 'yes' | 'no' | 'partial';

/** A field that this library gives no meaning to. */
export interface MsrpField {
  readonly name: string;
  readonly value: string;
}

/** The Status field of a REPORT: `000 200 OK`. */
export interface ReportStatus {
  readonly namespace: string;
  readonly status: number;
  readonly comment: string;
}

interface Head {
  readonly transactionId: string;
  readonly toPath: MsrpPath;
  readonly fromPath: MsrpPath;
  readonly fields: readonly MsrpField[];
}

/** The head of a request. Its body, if any, follows piece by piece. */
export interface MsrpRequest extends Head {
  readonly kind: 'request';
  /** SEND, REPORT, or what else somebody thinks of. */
  readonly method: string;
  readonly messageId: string | undefined;
  readonly byteRange: ByteRange | undefined;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
  readonly contentType: string | undefined;
  readonly status: ReportStatus | undefined;
}

export interface MsrpResponse extends Head {
  readonly kind: 'response';
  readonly status: number;
  readonly comment: string;
}

export type MsrpHead = MsrpRequest | MsrpResponse;

/** A head that begins as MSRP does and is broken further on: what a 400 needs. */
export interface BrokenHead {
  readonly kind: 'broken';
  readonly transactionId: string;
  readonly isRequest: boolean;
  readonly reason: string;
  readonly toPath: MsrpPath | undefined;
  readonly fromPath: MsrpPath | undefined;
}
