import type { Parameters } from './parameters.ts';

/** CSeq (RFC 3261 section 20.16). */
export interface SequenceNumber {
  readonly sequence: number;
  readonly method: string;
}

/** A name-addr or addr-spec with the parameters of its header field (RFC 3261 section 20.10). */
export interface NameAddress {
  /** Without quotes and escapes. */
  readonly displayName?: string;
  /** As written between the angle brackets; not yet parsed. */
  readonly uri: string;
  readonly parameters: Parameters;
}

/** One hop of a Via header field (RFC 3261 section 20.42, RFC 3581). */
export interface Via {
  /** Name and version: 'SIP/2.0'. Another version is readable, so that it can be answered. */
  readonly protocol: string;
  /** In capitals: UDP, TCP, TLS, WS, WSS or another. */
  readonly transport: string;
  /** The sent-by host; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
  /** All parameters, those below too. */
  readonly parameters: Parameters;
  readonly branch?: string;
  /** An IPv6 address without brackets, however it was written (RFC 5118 section 4.5). */
  readonly received?: string;
  /** `true` where it has no value yet: the request for symmetric response routing. */
  readonly rport?: number | true;
}

/** A media type (RFC 3261 section 20.15). */
export interface MediaType {
  /** 'type/subtype', in lower case. */
  readonly name: string;
  readonly parameters: Parameters;
}
