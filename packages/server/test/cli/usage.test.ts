import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { jsonRows, restante } from '../support/command-line.ts';
import { spawnRestante } from '../support/restante-process.ts';
import { TemporaryFolder } from '../support/temporary-folder.ts';

interface Mistake {
  readonly command: string;
  readonly code: number;
  readonly says: string;
}

const mistakes: readonly Mistake[] = [
  { command: 'srve', code: 2, says: 'Did you mean serve?' },
  { command: 'serve --lsten x', code: 2, says: 'Did you mean --listen?' },
  {
    command: 'serve --domain example.com',
    code: 3,
    says: 'managementUri: is missing: set it with --management-uri',
  },
  { command: 'serve --config /nowhere.yaml', code: 3, says: '--config /nowhere.yaml: there is no such file' },
  { command: 'serve --set deferral.maximun=1d', code: 3, says: 'did you mean deferral.maximum?' },
  { command: 'serve --listen here', code: 3, says: "--listen: listen.0: 'here' is not a listening address" },
  { command: 'send', code: 2, says: "missing required argument 'to'" },
  { command: 'send bob@example.com hi', code: 2, says: '--user is missing' },
  {
    command: 'send bob@example.com hi -u a@b.c --server nonsense',
    code: 2,
    says: "--server: 'nonsense' is not a SIP URI",
  },
  { command: 'pull -u bob@example.com', code: 2, says: '--management-uri is missing' },
  { command: 'pull --timeout soon', code: 2, says: "'soon' is not a duration" },
  {
    command: 'send bob@example.com hi -u a@b.c --server sip:127.0.0.1:9;transport=tcp',
    code: 6,
    says: 'no answer from sip:127.0.0.1:9',
  },
  { command: 'queue list --data /nowhere', code: 7, says: 'there is no data folder /nowhere' },
  { command: 'queue list --limit none', code: 2, says: 'write a whole number above 0' },
  { command: 'user add bob', code: 2, says: "'bob' is not the address of a user" },
];

describe('command line: a mistake is an exit code and a line that names what to change', () => {
  test.each(mistakes)('$command -> $code', async ({ command, code, says }) => {
    const result = await restante(command.split(' '));
    expect({ code: result.code, err: result.err }).toEqual({ code, err: expect.stringContaining(says) });
    expect(result.out).toBe('');
  });

  test('several at once are listed with their places', async () => {
    using folder = new TemporaryFolder();
    const file = folder.write(
      'restante.yaml',
      'domain: example.com\ndeferral: {maximum: x}\nlimits: {listEntries: 0}\n',
    );
    const { code, err } = await restante(['serve', '--config', file]);
    expect(code).toBe(3);
    expect(err).toMatch(/restante\.yaml:2: deferral\.maximum: .*\n.*restante\.yaml:3: limits\.listEntries: /);
  });
});

describe('command line: what is asked about', () => {
  test('--version and --help are no mistakes', async () => {
    const [version, help] = await Promise.all([spawnRestante(['--version']), restante(['--help'])]);
    expect(version).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining('Examples:') });
  });

  test.each(['', 'serve', 'demo', 'client', 'send', 'pull', 'queue', 'user'])(
    'the examples of %s fit a terminal of 80 columns',
    async (command) => {
      const { out } = await restante([command, '--help'].filter((word) => word !== ''));
      const examples = out
        .slice(out.lastIndexOf('\nOptions:'))
        .split(/\n\n(?=Examples:|Without)/)
        .slice(1);
      expect(
        examples
          .join('\n')
          .split('\n')
          .filter((line) => line.length > 80),
      ).toEqual([]);
    },
  );

  test('serve --print-schema is JSON Schema', async () => {
    const { code, out } = await restante(['serve', '--print-schema']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ type: 'object', properties: { domain: { type: 'string' } } });
  });

  test('serve --print-config shows each value with its origin, flags before environment before file', async () => {
    using folder = new TemporaryFolder();
    const users = 'users: [{username: bob, password: sesame}]\n';
    const file = folder.write('restante.yaml', `domain: example.com\nretention: 1d\n${users}`);
    const args = [
      'serve',
      '--print-config',
      '--management-uri',
      'sip:x@example.com',
      '--set',
      'limits.listEntries=7',
    ];
    const table = await spawnRestante(args, { RESTANTE_CONFIG: file, RESTANTE_RETENTION: '2d' });
    expect(table.out).toMatch(/^domain +example\.com +restante\.yaml:1$/m);
    expect(table.out).toMatch(/^retention +2d +RESTANTE_RETENTION$/m);
    expect(table.out).toMatch(/^limits\.listEntries +7 +--set limits\.listEntries$/m);
    expect(table.out).toMatch(/^deferral\.maximum +7d +default$/m);
    const json = await restante([...args, '--config', file, '--json']);
    expect(jsonRows(json.out)).toContainEqual({ path: 'retention', value: '1d', origin: 'restante.yaml:2' });
    expect(table.out + json.out).not.toContain('sesame');
  });

  test('an old Node is told so in one line', async () => {
    const launcher = new URL('../../bin/restante.js', import.meta.url).href;
    const script = `Object.defineProperty(process.versions, 'node', { value: '20.11.1' }); await import('${launcher}');`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^restante needs Node\.js 22\.18 or newer; this is .*\n$/);
  });
});
