import type { SipRequest } from './message-types.ts';

const longestQuotation = 40;

/** Foreign text made fit for a reason phrase or a log line: printable ASCII, at most 40 characters. */
export function quoted(text: string): string {
  const cut = text.length > longestQuotation ? `${text.slice(0, longestQuotation - 3)}...` : text;
  return cut.replace(/[^\x20-\x7e]/g, '?');
}

/**
 * The error of every reader in this folder. `message` is fit for a reason phrase: it names the fault
 * ('CSeq: not a number') in one line of fewer than 100 characters.
 */
export class MalformedMessage extends Error {
  /** The response that fits: 400 unless another one says it better (505 for a foreign version). */
  readonly status: number;
  /** What could be read of a request, so that a response can be sent; undefined where nothing can be answered. */
  readonly partial: SipRequest | undefined;

  constructor(message: string, options: { status?: number; partial?: SipRequest | undefined } = {}) {
    super(message.length < 100 ? message : `${message.slice(0, 96)}...`);
    this.name = 'MalformedMessage';
    this.status = options.status ?? 400;
    this.partial = options.partial;
  }
}
