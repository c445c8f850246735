import type { Configuration } from '../config.ts';
import { membershipIn } from '../config/addresses.ts';
import type { ParticipatingFunctionSettings } from '../participating-function/settings.ts';

const milliseconds = (seconds: number): number => Math.round(seconds * 1000);

/** What the Participating Function's rules need of the configuration, in their units. */
export function settingsOf(configuration: Configuration): ParticipatingFunctionSettings {
  const { domain, deferral, notification, delivery, dispositions, registration, limits } = configuration;
  return {
    domain,
    publicHost: configuration.publicHost ?? domain,
    managementUri: configuration.managementUri,
    isTrusted: membershipIn(configuration.trust),
    acceptedTypes: configuration.acceptedTypes,
    deferral: { maximumSeconds: deferral.maximum, warningSeconds: deferral.expiryWarning },
    notification: {
      windowMilliseconds: milliseconds(notification.window),
      maximumOctets: notification.maximumSize,
      mediaType: notification.mediaType,
      namespace: notification.namespace,
    },
    delivery: {
      answerWithinMilliseconds: milliseconds(delivery.answerWithin),
      featureTag: delivery.featureTag,
    },
    dispositions: {
      retrySeconds: dispositions.retry,
      maximumRetrySeconds: dispositions.maximumRetry,
      giveUpSeconds: dispositions.giveUp,
    },
    registration: {
      minimumSeconds: registration.minimum,
      maximumSeconds: registration.maximum,
      defaultSeconds: registration.default,
      contactsPerUser: registration.contactsPerUser,
    },
    limits: {
      messageOctets: limits.messageSize,
      messagesPerUser: limits.messagesPerUser,
      listEntries: limits.listEntries,
    },
    retentionSeconds: configuration.retention,
  };
}
