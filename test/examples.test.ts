import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configurationOf, startServer } from 'restante';
import { test } from 'vitest';

const root = join(import.meta.dirname, '..');
const examples = join(root, 'examples');

test('README: its code is the example', () => {
  const readme = readFileSync(join(root, 'packages/client/README.md'), 'utf8');
  assert(readme.includes(`\`\`\`ts\n${readFileSync(join(examples, 'pull.ts'), 'utf8')}\`\`\``));
});

test('README: the examples run against a server: sent, kept, notified, pulled, displayed, reported', async () => {
  const data = mkdtempSync(join(tmpdir(), 'restante-readme-'));
  const configuration = configurationOf({
    listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'],
    domain: 'example.com',
    data,
    managementUri: 'sip:x7k2p9@example.com',
    trust: ['127.0.0.1/32'],
    notification: { window: '0s' },
  });
  const running = await startServer(configuration);
  try {
    const tcp = running.listening.find(({ protocol }) => protocol === 'TCP');
    assert(tcp);
    const server = `sip:127.0.0.1:${tcp.port};transport=tcp`;
    const sender = start('send.ts', server);
    assert.equal(await sender.firstLine, 'the network keeps it\n');
    assert.equal(await start('pull.ts', server).output, '1 waiting\nsip:alice@example.com: Lunch at noon?\n');
    assert.equal(await sender.output, 'the network keeps it\ndelivered\ndisplayed\n');
  } finally {
    await running.close();
    rmSync(data, { recursive: true });
  }
});

function start(
  name: string,
  server: string,
): { readonly firstLine: Promise<string>; readonly output: Promise<string> } {
  const { promise: output, resolve, reject } = Promise.withResolvers<string>();
  const { promise: firstLine, resolve: began, reject: neverBegan } = Promise.withResolvers<string>();
  const child = execFile(
    process.execPath,
    ['--conditions=restante-source', join(examples, name), server],
    { cwd: root },
    (error, stdout) => (error ? reject(error) : resolve(stdout)),
  );
  child.stdout?.once('data', began);
  output.catch(neverBegan);
  return { firstLine, output };
}
