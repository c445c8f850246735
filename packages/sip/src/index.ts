// protocol/: bytes to values and back
export * from './protocol/date.ts';
export * from './protocol/digest.ts';
export * from './protocol/feature-tags.ts';
export * from './protocol/framer.ts';
export { detach } from './protocol/detach.ts';
export { HeaderFields } from './protocol/header-fields.ts';
export { type ParserLimits, defaultParserLimits } from './protocol/head-scan.ts';
export { MalformedMessage } from './protocol/malformed-message.ts';
export * from './protocol/message.ts';
export * from './protocol/multipart.ts';
export * from './protocol/name-address.ts';
export { parseMessage } from './protocol/parser.ts';
export * from './protocol/readers.ts';
export * from './protocol/sdp.ts';
export { serializeHeaderFields, serializeMessage, serializedLength } from './protocol/serializer.ts';
export { type Parameters, noParameters } from './protocol/parameters.ts';
export * from './protocol/uri.ts';
export { uriEquals } from './protocol/uri-equality.ts';
export { validateMessage } from './protocol/validate.ts';
export { type Via, parseVia, parseVias, serializeVia } from './protocol/via.ts';
// what the stack needs from outside
export type * from './ports.ts';
export * from './transport-failure.ts';
// what every platform has: a clock, randomness, WebSocket
export { systemClock } from './transport/system-clock.ts';
export { systemRandom } from './transport/system-random.ts';
export { type WebSocketOptions, webSocketTransport } from './transport/websocket.ts';
// the stack: transactions, dialogs and the user agent core (RFC 3261)
export type { ClientInviteResult } from './client-invite.ts';
export type { Credentials, SendOptions, UserCredentials } from './client-options.ts';
export type { ClientSession } from './client-session.ts';
export { Dialog, dialogId, type DialogRequestOptions, type DialogState } from './dialog.ts';
export type { SessionRequests } from './dialog-table.ts';
export {
  DigestVerifier,
  type DigestVerdict,
  type DigestVerifierOptions,
  type FindHa1,
} from './digest-verifier.ts';
export type { IncomingInvite, InviteHandler } from './incoming-invite.ts';
export type { IncomingRequest, RequestHandler } from './incoming-request.ts';
export { locate, type LocateOptions } from './locate.ts';
export { InviteCancelled, SipRejection, type RejectionOptions } from './rejection.ts';
export { requireHops } from './request-checks.ts';
export { RequestTimeout } from './request-timeout.ts';
export type { ServerSession, ServerSessionEnd, SessionOptions } from './server-session.ts';
export { defaultTimers, type TimerSettings } from './transaction/timers.ts';
export { UserAgentCore, type UserAgentCounters } from './user-agent-core.ts';
export type { HandleOptions, UserAgentCoreOptions, UserAgentLimits } from './user-agent-options.ts';
export type { Routes } from './user-agent-server.ts';
