import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { systemClock } from '@restante/sip';
import type { Clock, Timer } from '@restante/sip';
import type { ReceivedMessage } from '@restante/client';
import { configurationOf, startServer } from 'restante';
import type { RunningServer } from 'restante';
import { expect, test } from 'vitest';
import { TemporaryFolder } from '../../packages/server/test/support/temporary-folder.ts';
import { managementUri } from '../interop/support/server.ts';
import { collect, openClient, pause, until } from './support/clients.ts';

const day = 86_400_000;

/** The machine's clock as somebody sets it; the system's steady one and its timers are not touched by that. */
class SetClock implements Clock {
  ahead = 0;
  readonly steady = (): number => performance.now();
  now(): number {
    return Date.now() + this.ahead;
  }
  after(milliseconds: number, act: () => void): Timer {
    return systemClock.after(milliseconds, act);
  }
}

function serverWith(clock: Clock, data: string): Promise<RunningServer> {
  const configuration = configurationOf({
    domain: 'example.com',
    managementUri,
    data,
    listen: ['udp:127.0.0.1:0'],
    trust: ['127.0.0.1/32'],
    registration: { maximum: '5d' },
    notification: { window: '20ms' },
    timers: { t1: '100ms' },
  });
  return startServer(configuration, { clock });
}

function portOf({ listening }: RunningServer): number {
  return listening[0]?.port ?? 0;
}

test('PF-19: the clock is set forward and back by a day: nothing expires that is good for longer, all is delivered once, in order', async () => {
  using folder = new TemporaryFolder();
  const clock = new SetClock();
  await using server = await serverWith(clock, folder.path);
  await using alice = await openClient('alice', portOf(server));
  const send = (text: string, expiresSeconds: number): Promise<unknown> =>
    alice.send({ to: 'sip:bob@example.com', text, expiresSeconds, dispositions: [] });
  await send('for a week', 604_800);
  await send('for an hour', 3600);
  for (const ahead of [day, -day, 0]) {
    clock.ahead = ahead;
    await send(`set by ${ahead / day}`, 604_800);
  }
  // Expires counts from Date, which the sender's own clock writes: two seconds are left of it.
  clock.ahead = day;
  await send('for a day', day / 1000 + 2);
  await until(() => server.counters()['expired'] === 2, 'what is over has expired');
  clock.ahead = 0;
  await using bob = await openClient('bob', portOf(server));
  const messages: ReceivedMessage[] = [];
  collect(bob.messages(), messages);
  await bob.register();
  await bob.pull();
  await until(() => server.counters()['delivered'] === 4, 'the others are delivered');
  expect(messages.map(({ text }) => text)).toEqual(['for a week', 'set by 1', 'set by -1', 'set by 0']);
  expect(await bob.pull()).toEqual({ kind: 'nothing-waiting' });
}, 30_000);

/** Registers a contact that never answers, and counts what comes to it. */
async function silentPeer(port: number): Promise<{ readonly socket: Socket; readonly times: number[] }> {
  const socket = createSocket('udp4');
  const times: number[] = [];
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.on('message', (bytes) => {
    if (bytes.toString().startsWith('MESSAGE')) times.push(performance.now());
  });
  const own = `127.0.0.1:${socket.address().port}`;
  const register = [
    'REGISTER sip:example.com SIP/2.0',
    `Via: SIP/2.0/UDP ${own};branch=z9hG4bKsilent`,
    'Max-Forwards: 70',
    'From: <sip:bob@example.com>;tag=silent',
    'To: <sip:bob@example.com>',
    'Call-ID: silent',
    'CSeq: 1 REGISTER',
    `Contact: <sip:bob@${own}>;expires=300000;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"`,
    'Content-Length: 0',
  ];
  socket.send(`${register.join('\r\n')}\r\n\r\n`, port, '127.0.0.1');
  await once(socket, 'message');
  return { socket, times };
}

test('RFC 3261 17.1.2.2: the clock is set by a day while a request is retransmitted: its timers go on as they were', async () => {
  using folder = new TemporaryFolder();
  const clock = new SetClock();
  await using server = await serverWith(clock, folder.path);
  const { socket, times } = await silentPeer(portOf(server));
  await using alice = await openClient('alice', portOf(server));
  const sent = alice.send({ to: 'sip:bob@example.com', text: 'hello' });
  await until(() => times.length === 1, 'it is sent');
  for (const ahead of [day, -day, 0, day]) {
    clock.ahead = ahead;
    await pause(200);
  }
  await pause(3300 - 800);
  // 0.1, 0.3, 0.7, 1.5 and 3.1 s after the first one.
  expect(times).toHaveLength(6);
  expect(server.counters()['clientTransactions']).toBe(1);
  socket.close();
  expect((await sent).status).toBe('accepted');
}, 30_000);
