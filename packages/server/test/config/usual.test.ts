import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigurationError, loadConfiguration } from '../../src/config.ts';
import type { Configuration, Setting } from '../../src/config.ts';
import { usualConfiguration } from '../../src/config/usual.ts';
import type { UsualSettings } from '../../src/config/usual.ts';

const paths: Readonly<Record<keyof UsualSettings, string>> = {
  listen: 'listen',
  domain: 'domain',
  data: 'data',
  managementUri: 'managementUri',
  trust: 'trust',
  logLevel: 'log.level',
};

/** What the schema makes of the same settings; undefined where it refuses them. */
function bySchema(settings: UsualSettings): Configuration | undefined {
  const flags = Object.entries({ ...settings }).map(([name, value]): Setting => {
    const path = Object.entries(paths).find(([each]) => each === name)?.[1] ?? name;
    return { path, value, origin: { kind: 'flag', text: path } };
  });
  try {
    return loadConfiguration({ flags }).configuration;
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

const needed = { domain: 'example.com', managementUri: 'sip:x7k2p9@example.com' };

test('configuration: what is usual is read as the schema reads it', () => {
  expect(usualConfiguration(needed)).toEqual(bySchema(needed));
  const all = {
    ...needed,
    listen: ['udp:127.0.0.1:0', 'TCP:[::1]:5062'],
    data: 'some/where',
    trust: ['127.0.0.1/32', '2001:db8::/32'],
    logLevel: 'warn',
  };
  expect(usualConfiguration(all)).toEqual(bySchema(all));
});

test.each([
  ['a domain that is none', { ...needed, domain: 'sip:example.com' }],
  ['a domain that is missing', { managementUri: needed.managementUri }],
  ['a URI that is none', { ...needed, managementUri: 'x7k2p9' }],
  ['an address that is none', { ...needed, listen: ['udp:localhost:5060'] }],
  ['no address', { ...needed, listen: [] }],
  ['TLS', { ...needed, listen: ['tls:127.0.0.1:5061'] }],
  ['a network that is none', { ...needed, trust: ['everybody'] }],
  ['a level that is none', { ...needed, logLevel: 'loud' }],
  ['no folder', { ...needed, data: '' }],
])('configuration: %s is left to the schema', (_, settings) => {
  expect(usualConfiguration(settings)).toBeUndefined();
});

test('configuration: nothing is taken that the schema refuses', () => {
  const word = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.stringMatching(/^[a-zA-Z0-9.-]{1,12}$/),
    fc.stringMatching(/^sips?:[\w.+~-]{1,6}@[a-z0-9.:-]{1,12}$/),
    fc.constantFrom('example.com', 'udp:127.0.0.1:5060', 'tcp:[::1]', '10.0.0.0/8', '::1', 'info', 'debug'),
  );
  const settings = fc.record(
    {
      domain: word,
      managementUri: word,
      data: fc.stringMatching(/^[\w/.]{0,8}$/),
      logLevel: word,
      listen: fc.array(word, { maxLength: 2 }),
      trust: fc.array(word, { maxLength: 2 }),
    },
    { requiredKeys: ['domain', 'managementUri'] },
  );
  fc.assert(
    fc.property(settings, (given) => {
      const usual = usualConfiguration(given);
      if (usual !== undefined) expect(usual).toEqual(bySchema(given));
    }),
    { numRuns: 1000 },
  );
});
