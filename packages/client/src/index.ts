export { openCpmClient, type WebCpmClientOptions } from './web.ts';
export { CpmClient } from './cpm-client.ts';
export type { ActOptions, ClientPlatform, CpmClientOptions, PullInstruction } from './options.ts';
export type { ReceivedNotification } from './notification-assembly.ts';
export type { ReceivedMessage } from './received-message.ts';
export type { DispositionReport } from './disposition-report.ts';
export type { MessageDraft, SentMessage } from './outgoing-message.ts';
export type { PullResult } from './pull.ts';
export type { ReadOptions } from './value-stream.ts';
export * from './errors.ts';
// what its errors and options are made of
export { RequestTimeout, TransportFailure } from '@restante/sip';
export type { SipLog, SipTrace, Warning } from '@restante/sip';
export type { Disposition, PullAction, WaitingMessageInfo } from '@restante/cpm';
