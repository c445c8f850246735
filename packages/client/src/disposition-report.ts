import type { ImdnDocument } from '@restante/cpm';

/** What became of a message that this client sent (RFC 5438 section 7.2.1.1). */
export interface DispositionReport {
  /** As `send` gave it. */
  readonly messageId: string;
  readonly status: 'delivered' | 'failed' | 'displayed' | 'processed' | 'stored' | 'forbidden' | 'error';
  /** What `forbidden` and `error` are about. */
  readonly kind: 'delivery' | 'display' | 'processing';
  /** Who reports, as the network vouches for it. */
  readonly from: string;
  /** Whom the message was for, where the report says so. */
  readonly recipient?: string;
}

export function readDisposition(
  { messageId, report, recipientUri }: ImdnDocument,
  from: string,
): DispositionReport {
  const { kind, status } = report;
  return { messageId, status, kind, from, ...(recipientUri !== undefined && { recipient: recipientUri }) };
}
