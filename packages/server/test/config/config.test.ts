import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigurationError, configurationOf, loadConfiguration } from '../../src/config.ts';
import type { ConfigurationSources } from '../../src/config.ts';
import { shownOptions } from '../../src/config/show.ts';
import { readAssignment, strayVariables } from '../../src/config/sources.ts';
import type { Setting } from '../../src/config/sources.ts';
import { TemporaryFolder } from '../support/temporary-folder.ts';

const needed = 'domain: example.com\nmanagementUri: sip:x7k2p9@example.com\n';

function flag(path: string, value: unknown): Setting {
  return { path, value, origin: { kind: 'flag', text: `--${path}` } };
}

function withFile(text: string, rest: Omit<ConfigurationSources, 'file'> = {}) {
  using folder = new TemporaryFolder();
  return loadConfiguration({ ...rest, file: folder.write('restante.yaml', text) });
}

function complaint(text: string, rest: Omit<ConfigurationSources, 'file'> = {}): string {
  try {
    withFile(text, rest);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('configuration: precedence', () => {
  const sources = {
    environment: {
      RESTANTE_DEFERRAL_MAXIMUM: '2d',
      RESTANTE_LIMITS_LIST_ENTRIES: '7',
      RESTANTE_PUBLIC_HOST: '',
    },
    flags: [flag('deferral.maximum', '1d')],
  };
  const loaded = withFile(
    `${needed}deferral:\n  maximum: 3d\nlimits: {listEntries: 5, messagesPerUser: 6}\n`,
    sources,
  );
  const { configuration, origins } = loaded;

  test('a flag wins over the environment and the file', () => {
    expect(configuration.deferral.maximum).toBe(86_400);
    expect(origins.get('deferral.maximum')?.text).toBe('--deferral.maximum');
  });
  test('the environment wins over the file', () => {
    expect(configuration.limits.listEntries).toBe(7);
    expect(origins.get('limits.listEntries')?.text).toBe('RESTANTE_LIMITS_LIST_ENTRIES');
  });
  test('the file wins over the default', () => {
    expect(configuration.limits.messagesPerUser).toBe(6);
    expect(origins.get('limits.messagesPerUser')?.text).toBe('restante.yaml:5');
  });
  test('what nobody sets is the default; an empty variable sets nothing', () => {
    expect(configuration.deferral.expiryWarning).toBe(3600);
    expect(configuration.publicHost).toBeUndefined();
    expect(origins.get('deferral.expiryWarning')?.text).toBe('default');
  });
});

const mistakes: readonly (readonly [string, string])[] = [
  [
    'domain: example.com\n',
    'managementUri: is missing: set it with --management-uri, with RESTANTE_MANAGEMENT_URI',
  ],
  [
    `${needed}deferral:\n  maximum: 7 days\n`,
    "restante.yaml:4: deferral.maximum: '7 days' is not a duration",
  ],
  [`${needed}deferral:\n  maximum: 0\n`, 'restante.yaml:4: deferral.maximum: must be longer than 0'],
  [
    `${needed}deferral:\n  maximun: 7d\n`,
    'restante.yaml:4: deferral.maximun: there is no such option; did you mean maximum?',
  ],
  [`${needed}deferal: {}\n`, 'restante.yaml:3: deferal: there is no such option; did you mean deferral?'],
  [
    `${needed}management-uri: sip:a@b\n`,
    'management-uri: there is no such option; did you mean managementUri?',
  ],
  [`${needed}deferral: 7d\n`, "restante.yaml:3: deferral: must be a group of options, not '7d'"],
  [
    `${needed}listen:\n  - udp:127.0.0.1:5060\n  - udp:here\n`,
    "restante.yaml:5: listen.1: 'here' in 'udp:here' is not an IP address",
  ],
  [`${needed}listen: []\n`, 'restante.yaml:3: listen: needs at least one listening address'],
  [`${needed}listen: udp:127.0.0.1:5060\n`, 'restante.yaml:3: listen: must be a list'],
  [`${needed}trust: [10.0.0.0/33]\n`, "restante.yaml:3: trust.0: '10.0.0.0/33' is not a network"],
  [
    `${needed}limits: {messageSize: big}\n`,
    "restante.yaml:3: limits.messageSize: 'big' is not a size; write 64KiB",
  ],
  [
    `${needed}limits:\n  messagesPerUser: 0\n`,
    "restante.yaml:4: limits.messagesPerUser: must be at least 1, not '0'",
  ],
  [
    `${needed}limits:\n  messagesPerUser: few\n`,
    "restante.yaml:4: limits.messagesPerUser: must be a number, not 'few'",
  ],
  [`${needed}log: {level: loud}\n`, "log.level: must be one of debug, info, warn, error, not 'loud'"],
  [
    `${needed}users:\n  - username: bob\n`,
    'restante.yaml:4: users.0: needs either a password or ha1, not both',
  ],
  [`${needed}users:\n  - password: x\n`, 'restante.yaml:4: users.0.username: is missing'],
  [
    `${needed}users:\n  - username: bob\n    ha1: {md5: abc, sha256: abc}\n`,
    'users.0.ha1.md5: must be 32 hexadecimal digits',
  ],
  [`${needed}listen: ['tls:127.0.0.1:5061']\n`, 'tls.certificate: is needed for a tls: listening address'],
  [
    `${needed}registration: {minimum: 2h}\n`,
    'registration.default: must lie between registration.minimum and',
  ],
  [`${needed}acceptedTypes: [cpim]\n`, "restante.yaml:3: acceptedTypes.0: 'cpim' is not a media type"],
  [`${needed}data: ''\n`, 'restante.yaml:3: data: must not be empty'],
  [`${needed}data: ~\n`, 'restante.yaml:3: data: must be text, not empty'],
  [
    'domain: sip:example.com\nmanagementUri: sip:a@b\n',
    "restante.yaml:1: domain: 'sip:example.com' is not a domain name",
  ],
  [
    'domain: example.com\nmanagementUri: example.com\n',
    "restante.yaml:2: managementUri: 'example.com' is not a SIP URI",
  ],
  [`${needed}domain: example.org\n`, 'restante.yaml:3: Map keys must be unique'],
  [
    `${needed}listen: [\n`,
    'restante.yaml:4: Flow sequence in block collection must be sufficiently indented',
  ],
  ['just text\n', 'restante.yaml:1: the file must hold options'],
  ['', 'domain: is missing: set it with --domain, with RESTANTE_DOMAIN or in the configuration file'],
];

describe('configuration: a mistake is named with its place', () => {
  test.each(mistakes)('%j', (text, expected) => expect(complaint(text)).toContain(expected));

  test('in the environment', () =>
    expect(complaint(needed, { environment: { RESTANTE_RETENTION: 'long' } })).toContain(
      "RESTANTE_RETENTION: retention: 'long' is not a duration",
    ));
  test('in a flag', () =>
    expect(complaint(needed, { flags: [flag('listen', ['udp:x'])] })).toContain(
      "--listen: listen.0: 'x' in 'udp:x'",
    ));
  test('all of them at once, in reading order', () => {
    const lines = complaint(`${needed}log: {level: x}\nretention: y\ndata: ''\n`).split('\n');
    expect(lines.map((line) => line.split(':')[1])).toEqual(['3', '4', '5']);
  });
  test('in a file that is not there', () =>
    expect(() => loadConfiguration({ file: '/nowhere/restante.yaml' })).toThrow(
      '--config /nowhere/restante.yaml: there is no such file',
    ));
});

describe('configuration: values', () => {
  test('lists in the environment are split at commas and blanks, numbers are numbers', () => {
    const { configuration } = withFile(needed, {
      environment: {
        RESTANTE_LISTEN: 'udp:127.0.0.1:0, tcp:[::1]:0',
        RESTANTE_LIMITS_MESSAGES_PER_USER: '12',
      },
    });
    expect(configuration.listen.map(({ host }) => host)).toEqual(['127.0.0.1', '::1']);
    expect(configuration.limits.messagesPerUser).toBe(12);
  });
  test('a relative path in the file is meant from the folder of the file', () => {
    using folder = new TemporaryFolder();
    const file = folder.write('restante.yaml', `${needed}data: queue\n`);
    expect(loadConfiguration({ file }).configuration.data).toBe(join(folder.path, 'queue'));
  });
  test('--set names any option', () => {
    expect(readAssignment('deferral.maximum=1d')).toMatchObject({ path: 'deferral.maximum', value: '1d' });
    expect(readAssignment('limits.listEntries=5')).toMatchObject({ value: 5 });
    expect(readAssignment('deferral.maximun=1d')).toMatchObject({
      message: expect.stringContaining('did you mean deferral.maximum?'),
    });
    expect(readAssignment('deferral.maximum')).toMatchObject({
      message: expect.stringContaining('has no ='),
    });
  });
  test('a variable that is nearly right is pointed out, one of another program is not', () => {
    const environment = {
      RESTANTE_DOMAINS: 'x',
      RESTANTE_PORT_5060_UDP_ADDR: 'x',
      RESTANTE_PASSWORD: 'x',
      HOME: 'x',
    };
    expect(strayVariables(environment)).toEqual([
      'RESTANTE_DOMAINS is not an option; did you mean RESTANTE_DOMAIN?',
    ]);
  });
  test('a program gives a value and gets the defaults', () => {
    const configuration = configurationOf({ domain: 'Example.COM', managementUri: 'sip:x@example.com' });
    expect(configuration.domain).toBe('example.com');
    expect(configuration.notification).toMatchObject({ window: 2, maximumSize: 1300 });
    expect(() => configurationOf({ domain: '!', managementUri: 'sip:x@example.com' })).toThrow(
      ConfigurationError,
    );
  });
  test('secrets are hidden where the configuration is shown', () => {
    const ha1 = `{md5: ${'a'.repeat(32)}, sha256: ${'b'.repeat(64)}}`;
    const loaded = withFile(
      `${needed}users:\n  - {username: bob, password: sesame}\n  - {username: al, ha1: ${ha1}}\n`,
    );
    const shown = JSON.stringify(shownOptions(loaded));
    expect(shown).toContain('"username":"bob"');
    expect(shown).not.toMatch(/sesame|aaaa|bbbb/);
  });
});
