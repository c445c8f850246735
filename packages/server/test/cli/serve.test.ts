import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonLines, restante, serverIn } from '../support/command-line.ts';
import { ServerProcess, serveWithFullLog, spawnRestante } from '../support/restante-process.ts';
import { TemporaryFolder } from '../support/temporary-folder.ts';

const identity = ['--domain', 'example.com', '--management-uri', 'sip:x7k2p9@example.com'];

async function sendTo(server: ServerProcess, text: string): Promise<number> {
  const args = ['send', 'bob@example.com', text, '--user', 'alice@example.com', '--server', server.uri];
  return (await restante(args)).code;
}

describe('serve', () => {
  test('D-5: SIGTERM ends it in order; what was accepted waits for the next start, also after SIGKILL', async () => {
    using folder = new TemporaryFolder();
    await using first = await ServerProcess.start(folder.path);
    expect(first.log.at(-1)).toMatchObject({
      msg: 'ready',
      domain: 'example.com',
      waiting: 0,
      trust: ['127.0.0.1/32'],
    });
    expect(await sendTo(first, 'One')).toBe(0);
    expect(await first.end('SIGTERM')).toBe(0);
    expect(first.log.at(-1)).toMatchObject({ msg: 'counters', deferred: 1, dropped: 0 });

    await using second = await ServerProcess.start(folder.path);
    const environment = { RESTANTE_SERVER: second.uri, RESTANTE_USER: 'alice@example.com' };
    const sent = await spawnRestante(['send', 'bob@example.com', 'Two', '--json'], environment);
    expect(jsonLines(sent.out)).toMatchObject([{ status: 'accepted' }]);
    await second.end('SIGKILL');

    await using third = await ServerProcess.start(folder.path, { RESTANTE_LIMITS_MESSAGES_PER_USER: '2' });
    expect(third.log.at(-1)).toMatchObject({ msg: 'ready', waiting: 2, users: 1 });
    expect(await sendTo(third, 'Three')).toBe(5);
    expect(await third.end('SIGINT')).toBe(0);
  });

  test.skipIf(process.platform !== 'linux')('D-22: a log that cannot be written ends no server', async () => {
    using folder = new TemporaryFolder();
    expect(await serveWithFullLog(folder.path)).toBe(0);
  });

  test('for people it says what it does and what to do next', async () => {
    using folder = new TemporaryFolder();
    const launcher = join(import.meta.dirname, '..', '..', 'bin', 'restante.js');
    const listen = ['--listen', 'udp:127.0.0.1:0', '--listen', 'tcp:[::1]:0', '--trust', '127.0.0.1/32'];
    const child = spawn(process.execPath, [launcher, 'serve', ...listen, ...identity, '--data', folder.path]);
    let out = '';
    for await (const chunk of child.stdout) {
      out += String(chunk);
      if (out.includes('npx restante pull')) child.kill('SIGTERM');
    }
    expect(out).toMatch(
      /^restante \d.* is ready\n +listening +udp:127\.0\.0\.1:\d+\n +tcp:\[::1\]:\d+\n +domain +example\.com\n/,
    );
    expect(out).toContain(`data        ${folder.path}  nothing waits`);
    expect(out).toMatch(
      /^ +RESTANTE_PASSWORD=… npx restante send bob@example\.com .* \\\n +-u alice@.* --server 'sip:\[::1\]:\d+;transport=tcp'/m,
    );
  });

  test('a second server on the same folder is refused with the reason', async () => {
    using folder = new TemporaryFolder();
    await using first = await serverIn(folder.path);
    const second = await restante([
      'serve',
      '--listen',
      'udp:127.0.0.1:0',
      ...identity,
      '--data',
      folder.path,
    ]);
    expect(second).toMatchObject({
      code: 7,
      err: expect.stringContaining('Another server is running on the data directory'),
    });
    expect(await first.inventory()).toMatchObject({ waiting: 0 });
  });

  test('a taken port is named, and what to write instead', async () => {
    using folder = new TemporaryFolder();
    using other = new TemporaryFolder();
    await using first = await serverIn(folder.path);
    const address = `udp:127.0.0.1:${first.listening[0]?.port}`;
    const second = await restante(['serve', '--listen', address, ...identity, '--data', other.path]);
    expect(second).toMatchObject({
      code: 7,
      err: expect.stringContaining(`${address} is taken by another program`),
    });
    expect(second.err).toMatch(/choose another port: --listen udp:127\.0\.0\.1:\d+/);
  });
});

describe('demo', () => {
  test('draws the whole pull and ends with what was measured', async () => {
    const { code, out, err } = await spawnRestante(['demo']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    // Plain ASCII where nobody watches.
    expect(out).toMatch(/^[\x20-\x7e\n]*$/);
    expect(lines.filter((line) => line.includes('202 Accepted'))).toHaveLength(3);
    expect(out).toMatch(/\|< 202 Accepted -+\| {2}deferred, on disk/);
    expect(out).toMatch(/the pull {2}\|< INVITE deliver 1, delete 1 -+\|/);
    expect(out).toMatch(/\|< MESSAGE report: failed -+\| {2}of "The old joke"/);
    expect(out).toMatch(/\|< MESSAGE report: delivered -+\| {2}of "Monday minutes"/);
    expect(out).toMatch(/ 3 of 3 {2}202 left after the commit/);
    expect(out).toMatch(/ms {2}from INVITE to the last 200 of a delivery \(1 delivered, 1 deleted\)/);
  });

  test('--json: one object for each SIP message, in order, then the figures', async () => {
    const { code, out } = await restante(['demo', '--json']);
    expect(code).toBe(0);
    const events = jsonLines(out);
    const messages = events.filter(({ event }) => event === 'message');
    const times = messages.map(({ at }) => Number(at));
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    expect(messages[0]).toMatchObject({ from: 'alice', to: 'restante', label: 'REGISTER' });
    expect(messages.map(({ label }) => label)).toContain('INVITE deliver everything');
    const figures = { deferred: 3, committedFirst: 3, pulled: 1, sipMessages: messages.length };
    expect(events.at(-1)).toMatchObject({ event: 'measured', ...figures });
  });
});
