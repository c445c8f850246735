// protocol/: octets to values and back
export { type ByteRange, parseByteRange, serializeByteRange } from './protocol/byte-range.ts';
export { type FramedParts, type FramerLimits, MsrpFramer } from './protocol/framer.ts';
export type * from './protocol/message.ts';
export { type ByteSpan, RangeSet } from './protocol/range-set.ts';
export * from './protocol/sdp.ts';
export * from './protocol/setup.ts';
export { commentOf, endsSession, MsrpRejection } from './protocol/status.ts';
export * from './protocol/uri.ts';
// what the library needs from outside
export type * from './ports.ts';
// sessions
export { destinationOf } from './remote-destination.ts';
export {
  defaultMsrpLimits,
  MsrpEndpoint,
  type MsrpEndpointOptions,
  type MsrpLimits,
  type SessionOptions,
} from './endpoint.ts';
export type { HopLimits } from './hop.ts';
export type { ReceptionLimits } from './reception-port.ts';
export type { SendEnd, SendOutcome, SendProgress } from './send-outcome.ts';
export type { ReceptionSettings } from './reception.ts';
export type { SendingDefaults, SendOptions, SentMessage } from './sending.ts';
export { MsrpSession, type StartOptions } from './session.ts';
export { type SessionEnd, SessionFailed } from './session-end.ts';
export * from './sink.ts';
export * from './source.ts';
