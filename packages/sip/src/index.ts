// protocol/: bytes to values and back
export * from './protocol/date.ts';
export * from './protocol/digest.ts';
export * from './protocol/feature-tags.ts';
export * from './protocol/framer.ts';
export { HeaderFields, detach } from './protocol/header-fields.ts';
export { type ParserLimits, defaultParserLimits } from './protocol/head-scan.ts';
export { MalformedMessage } from './protocol/malformed-message.ts';
export * from './protocol/message.ts';
export * from './protocol/multipart.ts';
export * from './protocol/name-address.ts';
export { parseMessage } from './protocol/parser.ts';
export * from './protocol/readers.ts';
export * from './protocol/sdp.ts';
export { serializeHeaderFields, serializeMessage, serializedLength } from './protocol/serializer.ts';
export { type Parameters, noParameters } from './protocol/syntax.ts';
export * from './protocol/uri.ts';
export { validateMessage } from './protocol/validate.ts';
export { type Via, parseVia, parseVias, serializeVia } from './protocol/via.ts';
// what the stack needs from outside
export type * from './ports.ts';
export * from './transport-failure.ts';
// what every platform has: a clock, randomness, WebSocket
export { systemClock } from './transport/system-clock.ts';
export { systemRandom } from './transport/system-random.ts';
export { type WebSocketOptions, webSocketTransport } from './transport/websocket.ts';
