import * as z from 'zod';
import { readListenAddress, readNetwork } from './addresses.ts';
import { readDuration, readSize, UnreadableValue } from './units.ts';

const duration = z.union([z.string(), z.number()]).transform(reading(readDuration));
const positiveDuration = z.union([z.string(), z.number()]).transform(
  reading((value) => {
    const seconds = readDuration(value);
    if (seconds === 0) throw new UnreadableValue('must be longer than 0');
    return seconds;
  }),
);
const size = z.union([z.string(), z.number()]).transform(reading(readSize));
const count = z.int().min(1);
const path = z.string().min(1, 'must not be empty');
const hostName = z
  .string()
  .regex(/^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)*[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/, {
    error: ({ input }) =>
      `'${String(input)}' is not a domain name; write example.com, without sip: and without a port`,
  })
  .toLowerCase();
const sipUri = z.string().regex(/^sips?:[^\s@<>"]+@[^\s@<>"/?#]+$/, {
  error: ({ input }) => `'${String(input)}' is not a SIP URI with a user part; write sip:x7k2p9@example.com`,
});
const mediaType = z.string().regex(/^[\w!#$&^.+-]+\/(?:[\w!#$&^.+-]+|\*)$/, {
  error: ({ input }) => `'${String(input)}' is not a media type; write message/cpim`,
});
const hex = (length: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${length}}$`, 'i'), `must be ${length} hexadecimal digits`)
    .toLowerCase();

const user = z
  .strictObject({
    username: z.string().min(1).describe('Name in the Authorization header field'),
    password: z.string().min(1).optional().describe('Password; only H(A1) of it is kept in memory'),
    ha1: z
      .strictObject({ md5: hex(32), sha256: hex(64) })
      .optional()
      .describe('H(A1) of username:realm:password, instead of a password'),
    uri: sipUri.optional().describe('SIP address of the user; default sip:<username>@<domain>'),
  })
  .refine((value) => (value.password === undefined) !== (value.ha1 === undefined), {
    error: 'needs either a password or ha1, not both',
  });

/** Every option, its default and its meaning. docs/configuration.md, the environment and --print-config are made from it. */
export const schema = z
  .strictObject({
    domain: hostName.describe('The SIP domain of the users served'),
    managementUri: sipUri.describe(
      'CPMDeferredMsgMgmtURI: where clients send their pull; opaque, as provisioned to them',
    ),
    listen: z
      .array(z.string().transform(reading(readListenAddress)))
      .min(1, 'needs at least one listening address')
      .prefault(['udp:127.0.0.1:5060', 'tcp:127.0.0.1:5060'])
      .describe('Where SIP is taken: udp:, tcp: or tls:, an IP address (IPv6 in brackets), a port'),
    data: path.prefault('restante-data').describe('Folder of the SQLite database; made when it is missing'),
    trust: z
      .array(z.string().transform(reading(readNetwork)))
      .prefault([])
      .describe('Networks whose P-Asserted-Identity is believed and whose requests need no digest'),
    publicHost: hostName
      .optional()
      .describe(
        'Host in message-URI-IDs and Warning, shows nothing of the network inside; default: the domain',
      ),
    advertisedHost: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Host in Via and Contact where the listening address cannot be reached (0.0.0.0, behind NAT)',
      ),
    outboundProxy: z
      .array(z.string().min(1))
      .prefault([])
      .describe('Route of every request that the server starts: SIP URIs, nearest first'),
    acceptedTypes: z
      .array(mediaType)
      .min(1)
      .prefault(['message/cpim'])
      .describe('Media types of the bodies that are taken as standalone messages; others get 415'),
    users: z
      .array(user)
      .prefault([])
      .describe('Users who authenticate by digest, beside those of `restante user add`'),
    tls: z
      .strictObject({
        certificate: path
          .optional()
          .describe('PEM file with the certificate chain; needed for tls: listeners'),
        key: path.optional().describe('PEM file with the private key; needed for tls: listeners'),
        authority: path
          .optional()
          .describe('PEM file with the authorities believed when the server connects'),
      })
      .prefault({}),
    deferral: z
      .strictObject({
        maximum: positiveDuration
          .prefault('7d')
          .describe('Longest time a message waits, whatever its sender says (D-16)'),
        expiryWarning: duration
          .prefault('1h')
          .describe('How long before expiry the user is warned; 0: no warning'),
      })
      .prefault({}),
    notification: z
      .strictObject({
        window: duration.prefault('2s').describe('Reasons within this time make one notification (D-14)'),
        maximumSize: size
          .prefault('1300 B')
          .describe('Largest encoded notification request (RFC 3428 section 8)'),
        mediaType: mediaType
          .prefault('application/x-cpm-deferred-messages+xml')
          .describe('Content-Type of the notification document (D-20)'),
        namespace: z
          .string()
          .min(1)
          .prefault('urn:x-cpm-pull:deferred-messages:1')
          .describe('XML namespace of the notification document (D-20)'),
      })
      .prefault({}),
    delivery: z
      .strictObject({
        answerWithin: positiveDuration
          .prefault('8s')
          .describe('A sender is answered within this time; what no client took by then is deferred'),
        featureTag: z
          .enum(['deferred', 'original'])
          .prefault('deferred')
          .describe('Service in Accept-Contact of a pulled message (D-18)'),
      })
      .prefault({}),
    dispositions: z
      .strictObject({
        retry: positiveDuration
          .prefault('30s')
          .describe('First pause after a disposition notification failed; it doubles'),
        maximumRetry: positiveDuration.prefault('1h').describe('Longest pause between two attempts'),
        giveUp: positiveDuration
          .prefault('3d')
          .describe('After this time an undeliverable notification is given up'),
      })
      .prefault({}),
    registration: z
      .strictObject({
        minimum: positiveDuration.prefault('60s').describe('A shorter registration gets 423'),
        maximum: positiveDuration.prefault('1d').describe('A longer registration is cut to this'),
        default: positiveDuration.prefault('1h').describe('Where the client names no time'),
        contactsPerUser: count.prefault(10).describe('Devices of one user'),
      })
      .prefault({}),
    limits: z
      .strictObject({
        messageSize: size.prefault('64KiB').describe('Largest body of a message; larger ones get 413'),
        messagesPerUser: count.prefault(1000).describe('Messages that wait for one user; more get 480'),
        listEntries: count.prefault(1000).describe('Entries in one pull list'),
        headSize: size
          .prefault('64KiB')
          .describe('Start line and header fields of a request over TCP or TLS'),
        buffered: size
          .prefault('4MiB')
          .describe('What may wait for a peer that does not read before its connection is closed'),
        connections: count.prefault(10_000).describe('Open connections of one listening address'),
        underWay: count
          .prefault(10_000)
          .describe('Requests that are being handled at once; beyond that: 503 with Retry-After'),
        transactions: count
          .prefault(1_000_000)
          .describe('Requests that are open or can still be repeated; beyond that: 503 with Retry-After'),
      })
      .prefault({}),
    overload: z
      .strictObject({
        waiting: duration
          .prefault('200ms')
          .describe(
            'Requests may wait so long to be read or written; then a part of the new ones gets 503; 0: off',
          ),
        retryAfter: positiveDuration
          .prefault('5s')
          .describe('Retry-After of such a 503: drawn from this to twice this'),
      })
      .prefault({}),
    timers: z
      .strictObject({
        t1: positiveDuration
          .prefault('500ms')
          .describe(
            'Estimate of the round trip (RFC 3261 section 17.1.1.1); longer where a satellite is in the path',
          ),
        t2: positiveDuration.prefault('4s').describe('Longest pause between two repetitions'),
        t4: positiveDuration.prefault('5s').describe('How long a message stays in the network'),
        connect: positiveDuration
          .prefault('5s')
          .describe('How long a TCP or TLS connection may take to open'),
        message: positiveDuration
          .prefault('60s')
          .describe('How long one message may take to arrive on a connection'),
        idle: positiveDuration
          .prefault('15m')
          .describe('A connection on which nothing came for so long is closed'),
      })
      .prefault({}),
    retention: positiveDuration
      .prefault('30d')
      .describe('How long the story of an ended message is kept (`restante queue why`)'),
    log: z
      .strictObject({
        level: z
          .enum(['debug', 'info', 'warn', 'error'])
          .prefault('info')
          .describe('Least important line that is written'),
        format: z.enum(['human', 'json']).prefault('human').describe('For people, or one JSON object a line'),
      })
      .prefault({}),
  })
  .superRefine((value, context) => {
    const missing = (['certificate', 'key'] as const).filter((name) => value.tls[name] === undefined);
    if (!value.listen.some(({ protocol }) => protocol === 'TLS')) return;
    for (const name of missing) {
      context.addIssue({
        code: 'custom',
        path: ['tls', name],
        message: 'is needed for a tls: listening address',
      });
    }
  })
  .superRefine(({ registration: { minimum, maximum, default: usual } }, context) => {
    if (minimum <= usual && usual <= maximum) return;
    context.addIssue({
      code: 'custom',
      path: ['registration', 'default'],
      message: 'must lie between registration.minimum and registration.maximum',
    });
  });

/** The configuration as it is used: durations in seconds, sizes in octets, defaults filled in. */
export type Configuration = z.output<typeof schema>;

/** The configuration as it is written. */
export type ConfigurationInput = z.input<typeof schema>;

/** Makes a zod transformation of a reader that throws UnreadableValue. */
function reading<Input, Output>(read: (value: Input) => Output) {
  return (value: Input, context: z.core.$RefinementCtx<Input>): Output => {
    try {
      return read(value);
    } catch (error) {
      if (!(error instanceof UnreadableValue)) throw error;
      context.issues.push({ code: 'custom', message: error.message, input: value });
      return z.NEVER;
    }
  };
}
