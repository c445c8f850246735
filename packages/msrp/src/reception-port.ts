import type { MsrpRequest } from './protocol/message.ts';

/** Bounds of what one peer may have us keep. */
export interface ReceptionLimits {
  /** Octets of one message. */
  readonly maxMessageBytes: number;
  /** Parts of one message with gaps between them. */
  readonly maxSpans: number;
}

/** What a message needs from the session it comes in. */
export interface ReceptionPort {
  readonly limits: ReceptionLimits;
  /** So many octets wait to be written, or do so no longer when negative. */
  held(octets: number): void;
  /** The answer to a chunk; whether it is sent is up to Failure-Report. */
  answer(chunk: MsrpRequest, status: number): void;
  /** The end of the message, one way or another: what a late chunk of it is answered. */
  ended(messageId: string, status: number): void;
  /** RFC 4975 section 7.1.3: everything is there. */
  succeeded(chunk: MsrpRequest, totalBytes: number): void;
}
