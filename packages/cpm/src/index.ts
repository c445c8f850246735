export * from './content-encoding.ts';
export { contentMediaType, decodedContent, mediaTypeOf } from './cpim-content.ts';
export {
  type CpimAddress,
  escapeCpimText,
  parseCpimAddress,
  serializeCpimAddress,
  unescapeCpimText,
} from './cpim-text.ts';
export * from './cpim-writer.ts';
export * from './cpim.ts';
export {
  type NotificationWriteOptions,
  serializeDeferredNotification,
} from './deferred-notification-writer.ts';
export * from './deferred-notification.ts';
export * from './identifiers.ts';
export * from './imdn-document.ts';
export * from './imdn.ts';
export * from './message-identity.ts';
export * from './notification-split.ts';
export * from './pull-body.ts';
export * from './pull-sdp.ts';
export * from './resource-list.ts';
export * from './suitability.ts';
export * from './user.ts';
export * from './xml.ts';
