import { resolve } from 'node:path';
import { readListenAddress, readNetwork } from './addresses.ts';
import type { Configuration } from './schema.ts';
import { UnreadableValue } from './units.ts';

/** What is set most of the time, as it is written. */
export interface UsualSettings {
  readonly listen?: readonly string[];
  readonly domain?: string;
  readonly data?: string;
  readonly managementUri?: string;
  readonly trust?: readonly string[];
  readonly logLevel?: string;
}

type Usual = 'domain' | 'managementUri' | 'listen' | 'data' | 'trust' | 'log';

/** All other options, as the schema fills them in; a test holds the two together. */
const unset: Omit<Configuration, Usual> = {
  outboundProxy: [],
  acceptedTypes: ['message/cpim'],
  users: [],
  tls: {},
  deferral: { maximum: 604_800, expiryWarning: 3600 },
  notification: {
    window: 2,
    maximumSize: 1300,
    mediaType: 'application/x-cpm-deferred-messages+xml',
    namespace: 'urn:x-cpm-pull:deferred-messages:1',
  },
  delivery: { answerWithin: 8, featureTag: 'deferred' },
  dispositions: { retry: 30, maximumRetry: 3600, giveUp: 259_200 },
  registration: { minimum: 60, maximum: 86_400, default: 3600, contactsPerUser: 10 },
  limits: {
    messageSize: 65_536,
    messagesPerUser: 1000,
    listEntries: 1000,
    headSize: 65_536,
    buffered: 4_194_304,
    connections: 10_000,
    underWay: 10_000,
    transactions: 1_000_000,
  },
  overload: { waiting: 0.2, retryAfter: 5 },
  timers: { t1: 0.5, t2: 4, t4: 5, connect: 5, message: 60, idle: 900 },
  retention: 2_592_000,
};

const usualListen = ['udp:127.0.0.1:5060', 'tcp:127.0.0.1:5060'];
const levels = ['debug', 'info', 'warn', 'error'] as const;
// Narrower than what the schema takes: whatever is not plain is left to it.
const plainDomain = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const plainUri = /^sips?:[\w.+~-]+@[a-z0-9]+(?:[.-][a-z0-9]+)*(?::\d{1,5})?$/;

/**
 * The configuration where nothing but the usual is set and each value is in order. Undefined in every other case, which
 * is then the schema's to read or to refuse: the library of the schema takes longer to load than the server.
 */
export function usualConfiguration(settings: UsualSettings): Configuration | undefined {
  const { domain = '', managementUri = '', data = 'restante-data', logLevel = 'info' } = settings;
  const level = levels.find((each) => each === logLevel);
  if (!plainDomain.test(domain) || !plainUri.test(managementUri) || data === '' || level === undefined)
    return undefined;
  const listen = readAll(settings.listen ?? usualListen, readListenAddress);
  const trust = readAll(settings.trust ?? [], readNetwork);
  if (listen === undefined || listen.length === 0 || trust === undefined) return undefined;
  // TLS needs options that are not among the usual.
  if (listen.some(({ protocol }) => protocol === 'TLS')) return undefined;
  const log = { level, format: 'human' } as const;
  return { ...unset, domain, managementUri, listen, data: resolve(data), trust, log };
}

function readAll<Value>(texts: readonly string[], read: (text: string) => Value): Value[] | undefined {
  try {
    return texts.map(read);
  } catch (error) {
    if (error instanceof UnreadableValue) return undefined;
    throw error;
  }
}
