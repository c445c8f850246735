import type { MessageSample } from './messages.ts';

/** What a server reads of nearly every message, from seven header fields. */
export interface Readings {
  /** Of the topmost Via. */
  readonly branch: string;
  readonly host: string;
  readonly fromTag: string;
  readonly fromUser: string;
  readonly toUser: string;
  readonly callId: string;
  readonly sequence: number;
  readonly method: string;
  /** The host of the first address in Contact or Route. */
  readonly address: string;
  /** Empty where there is none. */
  readonly contentType: string;
}

/** The To tag of the answers. */
export const answerTag = 'as83fd21';

/** A message that was built by the means of a library. */
export interface Outgoing {
  serialize(): Uint8Array;
}

/** A SIP library. Octets come from a socket and go to one: what makes or takes strings converts here. */
export interface Contender {
  readonly name: string;
  /** Octets to whatever the library makes of them; lazy or not is its own affair. */
  parse(octets: Buffer): unknown;
  /** Octets to values. */
  read(octets: Buffer, addresses: MessageSample['addresses']): Readings;
  /** Makes the octets of an answer to this request: 200 with a tag and no body, parsed before. */
  answer(octets: Buffer): () => Uint8Array;
  /** Builds a request with the header fields in `lines`, as far as the library lets one choose. */
  request(startLine: string, lines: readonly string[], body: string): () => Outgoing;
}
