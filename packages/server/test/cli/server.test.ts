import { describe, expect, test } from 'vitest';
import { jsonLines, jsonRows, reaching, restante, serverIn } from '../support/command-line.ts';
import { TemporaryFolder } from '../support/temporary-folder.ts';

const alice = ['--user', 'sip:alice@example.com'];
const bob = ['--user', 'sip:bob@example.com'];

function letter(text: string): readonly string[] {
  return ['send', 'bob@example.com', text, '-s', text, '--json', ...alice];
}

describe('command line: beside a running server', () => {
  test('CL-6, CL-7, CL-9: send is deferred; queue shows it; pull delivers, deletes and leaves; then nothing waits', async () => {
    using folder = new TemporaryFolder();
    await using server = await serverIn(folder.path);
    const to = reaching(server);
    const data = ['--data', folder.path];
    for (const text of ['One', 'Two', 'Three']) {
      const { out } = await restante([...letter(text), ...to]);
      expect(jsonLines(out)).toMatchObject([{ to: 'sip:bob@example.com', status: 'accepted' }]);
    }
    const queue = jsonRows((await restante(['queue', 'list', '--json', ...data])).out);
    expect(queue.map(({ subject, user }) => [subject, user])).toEqual(
      ['One', 'Two', 'Three'].map((subject) => [subject, 'sip:bob@example.com']),
    );
    const [one = '', two = '', three = ''] = queue.map(({ id }) => String(id));
    const table = await restante(['queue', 'list', ...bob, ...data]);
    expect(table).toMatchObject({ code: 0, err: '3 messages for 1 user\n' });
    expect(table.out).toMatch(/^id +for +from +size +age +left +subject +state\n/);

    const pulled = await restante([
      'pull',
      ...bob,
      ...to,
      '--deliver',
      one.slice(-8),
      '--delete',
      two.slice(-8),
      '--json',
    ]);
    expect(jsonLines(pulled.out)).toMatchObject([
      { event: 'message', from: 'sip:alice@example.com', subject: 'One', text: 'One', deferred: true },
      { event: 'outcome', id: one, action: 'deliver', outcome: 'delivered' },
      { event: 'outcome', id: two, action: 'delete', outcome: 'delete accepted' },
    ]);
    expect(pulled.code).toBe(0);

    const events = jsonRows((await restante(['queue', 'why', one, '--json', ...data])).out).map(
      ({ event }) => event,
    );
    expect(events[0]).toBe('accepted');
    expect(events).toContain('delivered');
    const story = await restante(['queue', 'why', three, ...data]);
    expect(story.out).toMatch(/\* accepted +5 octets from sip:alice@example\.com/);

    const refused = await restante(['pull', ...bob, ...to, '--store', `sip:${three}@example.com`]);
    expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('store') });
    const shown = await restante(['queue', 'show', three, ...data]);
    expect(shown.out).toMatch(/^subject +Three$/m);
    const withdrawn = await restante(['queue', 'delete', three.slice(-8), '--json', ...data]);
    expect(jsonLines(withdrawn.out)).toEqual([{ id: three, deleted: true, senderTold: true }]);
    const nothing = await restante(['pull', ...bob, ...to]);
    expect(nothing).toMatchObject({ code: 4, err: expect.stringContaining('nothing waits') });
    expect(await restante(['queue', 'show', three, ...data])).toMatchObject({ code: 8 });
  });

  test('D-17: user add, then REGISTER, MESSAGE and INVITE by digest; a wrong password and a stranger are refused', async () => {
    using folder = new TemporaryFolder();
    await using server = await serverIn(folder.path, { trust: [] });
    const to = reaching(server);
    const data = ['--data', folder.path];
    for (const name of ['alice', 'bob']) {
      const add = ['user', 'add', `${name}@example.com`, '--password-stdin', '--json', ...data];
      const { out } = await restante(add, `${name}-secret\n`);
      expect(jsonLines(out)).toMatchObject([
        { user: `sip:${name}@example.com`, realm: 'example.com', changed: false },
      ]);
    }
    const sent = await restante([...letter('Hello'), ...to, '--password', 'alice-secret']);
    expect(jsonLines(sent.out)).toMatchObject([{ status: 'accepted' }]);
    const wrong = await restante([...letter('Hello'), ...to, '--password', 'guess']);
    expect(wrong).toMatchObject({ code: 5, err: expect.stringContaining('is the password right?') });
    const stranger = await restante(['pull', ...bob, ...to]);
    expect(stranger).toMatchObject({ code: 5, err: expect.stringContaining('RESTANTE_PASSWORD') });
    const pulled = await restante(['pull', ...bob, ...to, '--password', 'bob-secret', '--json']);
    expect(jsonLines(pulled.out)).toMatchObject([
      { event: 'message', text: 'Hello' },
      { event: 'pulled', delivered: 1 },
    ]);
    const users = jsonRows((await restante(['user', 'list', '--json', ...data])).out);
    expect(new Set(users.map(({ username }) => username))).toEqual(new Set(['alice', 'bob']));
    expect(await restante(['user', 'remove', 'bob@example.com', ...data])).toMatchObject({ code: 0 });
    expect(await restante(['user', 'remove', 'bob@example.com', ...data])).toMatchObject({ code: 8 });
    const removed = await restante(['pull', ...bob, ...to, '--password', 'bob-secret']);
    expect(removed).toMatchObject({ code: 5 });
  });

  test('D-17: user add refuses a user of another domain than that of the configuration', async () => {
    using folder = new TemporaryFolder();
    const managementUri = 'sip:x7k2p9@example.com';
    const config = folder.write('restante.yaml', `domain: example.com\nmanagementUri: ${managementUri}\n`);
    const add = ['user', 'add', 'bob@example.org', '--generate', '--config', config];
    expect(await restante(add)).toMatchObject({
      code: 2,
      err: expect.stringContaining('the domain of this server is example.com, not example.org'),
    });
  });

  test('users of the configuration file authenticate beside those of the table', async () => {
    using folder = new TemporaryFolder();
    const users = [{ username: 'alice', password: 'from-file' }];
    await using server = await serverIn(folder.path, { trust: [], users });
    const to = reaching(server);
    await restante(
      ['user', 'add', 'bob@example.com', '--password-stdin', '--data', folder.path],
      'from-table',
    );
    expect(await restante([...letter('Hello'), ...to, '--password', 'from-file'])).toMatchObject({ code: 0 });
    expect(await restante(['pull', ...bob, ...to, '--password', 'from-table'])).toMatchObject({ code: 0 });
    expect(await server.inventory()).toMatchObject({ accounts: 2 });
  });

  test('client reads commands from standard input and tells what arrives, as JSON lines', async () => {
    using folder = new TemporaryFolder();
    await using server = await serverIn(folder.path);
    const to = reaching(server);
    await restante([...letter('Waits'), ...to]);
    const lines = ['# a comment', 'wait 300ms', 'list', 'nonsense', 'pull', 'wait 300ms', 'pull'];
    const input = [...lines, 'send bob@example.com To myself', 'wait 100ms', 'quit', ''].join('\n');
    const { code, out } = await restante(['client', ...bob, ...to, '--json'], input);
    expect(code).toBe(0);
    const events = jsonLines(out);
    const expected = [
      { event: 'notification', number: 1, complete: true },
      { event: 'waiting', number: 1 },
      { event: 'error', reason: 'usage' },
      { event: 'message', text: 'Waits', deferred: true },
      { event: 'pulled', kind: 'nothing-waiting' },
      { event: 'sent', status: 'delivered' },
      { event: 'message', text: 'To myself', deferred: false },
    ];
    expect(events[0]).toMatchObject({ event: 'registered', user: 'sip:bob@example.com' });
    for (const each of expected) expect(events).toContainEqual(expect.objectContaining(each));
  });
});
