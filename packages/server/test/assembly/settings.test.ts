import { expect, test } from 'vitest';
import { settingsOf } from '../../src/assembly/settings.ts';
import { configurationOf } from '../../src/config.ts';

const least = { domain: 'Example.com', managementUri: 'sip:x7k2p9@example.com' };

test('D-14, D-16: the defaults are those of the decisions', () => {
  const settings = settingsOf(configurationOf(least));
  expect(settings).toMatchObject({
    domain: 'example.com',
    publicHost: 'example.com',
    managementUri: 'sip:x7k2p9@example.com',
    deferral: { maximumSeconds: 7 * 86_400, warningSeconds: 3600 },
    notification: {
      windowMilliseconds: 2000,
      maximumOctets: 1300,
      mediaType: 'application/x-cpm-deferred-messages+xml',
      namespace: 'urn:x-cpm-pull:deferred-messages:1',
    },
    delivery: { featureTag: 'deferred' },
  });
  expect(settings.isTrusted('127.0.0.1')).toBe(false);
});

test('each unit is the one of its name', () => {
  const settings = settingsOf(
    configurationOf({
      ...least,
      publicHost: 'pf.example.net',
      trust: ['10.0.0.0/8'],
      notification: { window: '250ms', maximumSize: '1KiB' },
      delivery: { answerWithin: '1500ms' },
      dispositions: { retry: '1m', maximumRetry: 120, giveUp: '1h' },
      limits: { messageSize: '2KiB' },
      retention: '2d',
    }),
  );
  expect(settings).toMatchObject({
    publicHost: 'pf.example.net',
    notification: { windowMilliseconds: 250, maximumOctets: 1024 },
    delivery: { answerWithinMilliseconds: 1500 },
    dispositions: { retrySeconds: 60, maximumRetrySeconds: 120, giveUpSeconds: 3600 },
    limits: { messageOctets: 2048 },
    retentionSeconds: 172_800,
  });
  expect(settings.isTrusted('::ffff:10.1.2.3')).toBe(true);
});
