import { join } from 'node:path';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { configurationOf } from '../../src/config.ts';
import { options } from '../../src/config/options.ts';
import type { Option } from '../../src/config/options.ts';

const example = `domain: example.com
managementUri: sip:x7k2p9@example.com
listen:
  - udp:192.0.2.10:5060
  - tcp:192.0.2.10:5060
  - tcp:[2001:db8::10]:5060
data: /var/lib/restante
trust: [10.0.0.0/8, '2001:db8:ffff::/48']
users:
  - username: bob
    password: a good one
  - username: alice
    ha1:
      md5: 5f4dcc3b5aa765d61d8327deb882cf99
      sha256: 5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8
deferral:
  maximum: 3d
  expiryWarning: 2h
`;

function document(): string {
  return `# Configuration

\`restante serve\` reads one YAML file (\`--config FILE\`, or \`RESTANTE_CONFIG\`), the environment and its flags.
A flag wins over the environment, the environment over the file, the file over the default. Only \`domain\` and
\`managementUri\` have no default. What cannot be used ends the start with code 3 and a line for each thing to change:

\`\`\`
restante.yaml:12: deferral.maximum: '7 days' is not a duration; write 7d, 1h30m, 2s, 500ms or plain seconds
RESTANTE_LOG_LEVEL: log.level: must be one of debug, info, warn, error, not 'loud'
\`\`\`

\`restante serve --print-config\` shows every value and where it comes from, with secrets hidden;
\`restante serve --print-schema\` prints the JSON Schema of the file, for editors and tools.
Names that do not exist are refused, with the one that is probably meant.

## An example

\`\`\`yaml
${example}\`\`\`

## Options

Any option but \`users\` can be given as \`--set option=value\`; the flags \`--listen\`, \`--domain\`, \`--data\`,
\`--management-uri\`, \`--trust\` and \`--log-level\` are short for the most used ones. In the environment and in \`--set\`,
lists are separated by blanks or commas.

| option | environment | default | meaning |
|---|---|---|---|
${options.map(row).join('\n')}

## How values are written

- Durations: \`7d\`, \`1h30m\`, \`90s\`, \`500ms\`, or plain seconds. Units: \`w d h m s ms\`.
- Sizes: \`64KiB\`, \`1MiB\`, \`1300 B\`, or plain octets. Units: \`B kB KiB MB MiB GiB\`.
- Listening addresses: \`udp:127.0.0.1:5060\`, \`tcp:[::1]:5060\`, \`tls:0.0.0.0:5061\`. Port 0 lets the system choose.
- Networks: \`10.0.0.0/8\`, \`192.0.2.7\`, \`2001:db8::/32\`. An IPv4 network holds IPv4 peers of a dual-stack socket too.
- Paths: a relative path in the file is taken from the folder of the file, any other from the current folder.

## Users

A user authenticates by digest with a \`username\` and either a \`password\` or the two hashes of
\`username:realm:password\` (RFC 7616); the realm is the \`domain\`. \`uri\` names the address where it is not
\`sip:username@domain\`. The same users can be kept in the database with \`restante user add\`, which works beside a
running server; a user of the file wins over one of the database.

## Trust

A request from a network of \`trust\` needs no digest: its P-Asserted-Identity is believed, and any user of the domain is
served. Name only networks whose elements check identities themselves. Everybody else authenticates.
`;
}

function row({ path, variable, default: fallback, description }: Option): string {
  const meaning = description.replaceAll('|', '\\|');
  return `| \`${path}\` | ${variable === undefined ? '' : `\`${variable}\``} | ${written(fallback)} | ${meaning} |`;
}

function written(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(written).join(' ');
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

test('docs/configuration.md says what the schema says (vitest -u writes it)', async () => {
  const path = join(import.meta.dirname, '../../../../docs/configuration.md');
  await expect(document()).toMatchFileSnapshot(path);
});

test('the example of docs/configuration.md is accepted', () => {
  expect(configurationOf(parse(example))).toMatchObject({
    domain: 'example.com',
    deferral: { maximum: 259_200 },
  });
});

test('every option is described', () => {
  expect(options.filter(({ description }) => description === '')).toEqual([]);
});
