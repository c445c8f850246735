import { serializeByteRange } from './byte-range.ts';
import type { ByteRange } from './byte-range.ts';
import type { ContinuationFlag, FailureReport } from './message.ts';
import { commentOf } from './status.ts';

/** The fields of a SEND that are the same in each chunk of a message. */
export interface SendFields {
  readonly toPath: string;
  readonly fromPath: string;
  readonly messageId: string;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
  readonly contentType: string | undefined;
}

/** What stands before and behind the Byte-Range of every chunk of one message. */
export interface SendTemplate {
  readonly before: string;
  readonly behind: string;
}

/** Throws a TypeError where a value would break the head. */
export function sendTemplate(fields: SendFields): SendTemplate {
  const { toPath, fromPath, messageId, successReport, failureReport, contentType } = fields;
  for (const value of [toPath, fromPath, messageId, contentType ?? ''])
    if (/[\r\n\0]/.test(value)) throw new TypeError('a field of an MSRP request is one line');
  const reports = `${successReport ? 'Success-Report: yes\r\n' : ''}${failureReport === 'yes' ? '' : `Failure-Report: ${failureReport}\r\n`}`;
  // RFC 4975 section 9: Content-Type is the last field, and only with it there is a body.
  const type = contentType === undefined ? '' : `Content-Type: ${contentType}\r\n\r\n`;
  return {
    before: `To-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\nMessage-ID: ${messageId}\r\nByte-Range: `,
    behind: `\r\n${reports}${type}`,
  };
}

export function sendHead(transactionId: string, template: SendTemplate, range: ByteRange): string {
  return `MSRP ${transactionId} SEND\r\n${template.before}${serializeByteRange(range)}${template.behind}`;
}

/** `afterBody`: the line break that belongs to the end-line. */
export function endLine(transactionId: string, flag: ContinuationFlag, afterBody: boolean): string {
  return `${afterBody ? '\r\n' : ''}-------${transactionId}${flag}\r\n`;
}

/** RFC 4975 section 7.2: from us, and to the hop before us only. */
export function serializeResponse(
  transactionId: string,
  status: number,
  paths: { readonly toPath: string; readonly fromPath: string },
): string {
  const comment = commentOf(status);
  const line = `MSRP ${transactionId} ${status}${comment === '' ? '' : ` ${comment}`}`;
  return `${line}\r\nTo-Path: ${paths.toPath}\r\nFrom-Path: ${paths.fromPath}\r\n-------${transactionId}$\r\n`;
}

/** RFC 4975 section 7.1.2: over the whole path, and never answered. */
export function serializeReport(
  transactionId: string,
  report: {
    readonly toPath: string;
    readonly fromPath: string;
    readonly messageId: string;
    readonly range: ByteRange;
    readonly status: number;
  },
): string {
  const { toPath, fromPath, messageId, range, status } = report;
  return `MSRP ${transactionId} REPORT\r\nTo-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\nMessage-ID: ${messageId}\r\nByte-Range: ${serializeByteRange(range)}\r\nStatus: 000 ${`${status} ${commentOf(status)}`.trimEnd()}\r\n-------${transactionId}$\r\n`;
}
