import assert from 'node:assert/strict';
import { serializeDeferredNotification, composeCpim, notificationMediaType } from '@restante/cpm';
import {
  contacts,
  HeaderFields,
  responseTo,
  type Routes,
  type SipRequest,
  UserAgentCore,
} from '@restante/sip';
import { dnsNameService, openTcp, openUdp, systemClock, systemRandom } from '@restante/sip/node';
import { expect, test } from 'vitest';
import { openCpmClient, type NodeCpmClientOptions, TransportFailure } from '../src/node.ts';
import { openWebSocketServer } from '../../sip/test/transport/websocket-server.ts';
import { nextOf } from './scripted-server.ts';

const managementUri = 'sip:x7k2p9@example.com';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A server on real sockets that registers anybody, notifies when asked, and delivers one message for each pull. */
class LoopbackServer implements AsyncDisposable {
  readonly core: UserAgentCore;
  readonly uri: string;
  readonly #contacts: string[] = [];

  static async open(host: string, transport: 'udp' | 'tcp'): Promise<LoopbackServer> {
    const udp = await openUdp({ host });
    const transports = [udp, await openTcp({ host, port: udp.local.port })];
    const nameService = dnsNameService();
    const core = new UserAgentCore({ transports, clock: systemClock, random: systemRandom, nameService });
    const written = host.includes(':') ? `[${host}]` : host;
    return new LoopbackServer(core, `sip:${written}:${udp.local.port};transport=${transport}`);
  }

  constructor(core: UserAgentCore, uri: string) {
    this.core = core;
    this.uri = uri;
    const routes: Routes = {
      REGISTER: (incoming) => {
        const { request } = incoming;
        const all = contacts(request);
        if (all !== '*') this.#contacts.push(...all.map((contact) => contact.uri));
        const headers = [['Contact', request.headers.get('Contact') ?? '']] as const;
        incoming.respond(responseTo(request, 200, { headers }));
      },
      INVITE: (incoming) => {
        incoming.accept(responseTo(incoming.request, 200));
        void this.deliver('m1');
      },
      MESSAGE: (incoming) => incoming.respond(responseTo(incoming.request, 202)),
    };
    core.handle(routes, { requireSupported: ['recipient-list-invite'] });
  }

  async notify(): Promise<number> {
    const messages = [{ uri: 'sip:dm-1@example.com', mode: 'pager' }] as const;
    const body = serializeDeferredNotification({ number: 1, event: 'waiting', messages });
    return this.#message(
      [
        ['P-Asserted-Identity', `<${managementUri}>`],
        ['Content-Type', notificationMediaType],
      ],
      body,
    );
  }

  deliver(messageId: string): Promise<number> {
    const [from, to] = [{ uri: 'sip:alice@example.com' }, { uri: 'sip:bob@example.com' }];
    const draft = { from, to, date: 0, messageId, contentType: 'text/plain', body: encode('Lunch?') };
    return this.#message([['Content-Type', 'message/cpim']], composeCpim(draft));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.core.close();
  }

  async #message(headers: readonly (readonly [string, string])[], body: Uint8Array): Promise<number> {
    const [uri] = this.#contacts;
    assert(uri);
    const fields = HeaderFields.of([
      ['From', '<sip:alice@example.com>'],
      ['To', '<sip:bob@example.com>'],
      ...headers,
    ]);
    const request: SipRequest = { kind: 'request', method: 'MESSAGE', uri, headers: fields, body };
    return (await this.core.send(request)).status;
  }
}

function open(server: string, options: Partial<NodeCpmClientOptions> = {}) {
  return openCpmClient({
    user: 'sip:bob@example.com',
    server,
    deferredManagementUri: managementUri,
    ...options,
  });
}

for (const [host, transport] of [
  ['127.0.0.1', 'udp'],
  ['127.0.0.1', 'tcp'],
  ['::1', 'udp'],
  ['::1', 'tcp'],
] as const)
  test(`issue 2: register, be notified, pull and receive over real sockets, ${transport} on ${host}`, async () => {
    await using server = await LoopbackServer.open(host, transport);
    await using client = await open(server.uri);
    await client.register();
    assert.equal(await server.notify(), 200);
    const { messages } = await nextOf(client.deferredNotifications());
    const actions = new Map(messages.map(({ uri }) => [uri, 'deliver'] as const));
    assert.deepEqual(await client.pull(actions), { kind: 'accepted' });
    assert.equal((await nextOf(client.messages())).text, 'Lunch?');
  });

test('the address that faces the server is shown where all addresses are bound', async () => {
  await using server = await LoopbackServer.open('127.0.0.1', 'udp');
  await using client = await open(server.uri, { listen: { host: '0.0.0.0' } });
  await client.register();
  assert.equal(await server.notify(), 200);
});

test('a port that is taken, and a server that is none, reject and leave nothing open', async () => {
  await using server = await LoopbackServer.open('127.0.0.1', 'udp');
  const port = Number(/:(\d+);/.exec(server.uri)?.[1]);
  await expect(open(server.uri, { listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await expect(open(server.uri, { user: 'sip:example.com' })).rejects.toThrow(TypeError);
  await expect(open('tel:+15550100')).rejects.toThrow(TypeError);
});

test('nobody there: TCP is refused at once', async () => {
  const server = await LoopbackServer.open('127.0.0.1', 'tcp');
  await server.core.close();
  await using client = await open(server.uri);
  await expect(client.register()).rejects.toBeInstanceOf(TransportFailure);
});

test('RFC 7118: over WebSocket the Contact is a name that cannot exist, and answers come by the same connection', async () => {
  const server = await openWebSocketServer();
  const client = await open(server.url);
  const registering = client.register();
  const peer = await server.accept();
  const text = String(await peer.next());
  assert.match(text, /^Via: SIP\/2\.0\/WS [\w-]+\.invalid;/m);
  assert.match(text, /^Contact: <sip:bob@[\w-]+\.invalid;transport=ws>/m);
  assert.doesNotMatch(text, /^Route:/m);
  const copied = text.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq|Contact):/.test(line));
  const answer = copied.map((line) => (line.startsWith('To:') ? `${line};tag=1` : line)).join('\r\n');
  peer.send(`SIP/2.0 200 OK\r\n${answer}\r\nContent-Length: 0\r\n\r\n`);
  await registering;
  assert.equal(client.isRegistered, true);
  peer.break();
  await client.close();
  await server.close();
});
