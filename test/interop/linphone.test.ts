import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { baresip } from './support/baresip.ts';
import { capture, type Capture } from './support/capture.ts';
import { Peers } from './support/device.ts';
import { linphone } from './support/linphone.ts';
import { havePeers } from './support/peers.ts';
import { freePort } from './support/process.ts';
import { startServer, type ServerUnderTest } from './support/server.ts';

const minutes = 120_000;

describe.skipIf(!havePeers('linphonec', 'baresip', 'sipp', 'tshark', 'dumpcap'))('real phones', () => {
  let server: ServerUnderTest;
  let traffic: Capture;

  beforeAll(async () => {
    const port = await freePort();
    traffic = await capture([port]);
    server = await startServer({ port });
  }, minutes);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await traffic[Symbol.asyncDispose]();
  }, minutes);

  test(
    'PF-1: Linphone sends a CPIM message to a user who is away and sees it accepted; SIPp pulls it',
    async () => {
      await using alice = await linphone({ user: 'alice', server: server.port });
      alice.chat('sip:bob@example.com', 'are you there');
      await alice.until(/SIP\/2\.0 202/);
      const peers = new Peers(server, 'udp');
      const seen = await peers.run('pull-all', 'bob', { pauseMilliseconds: 1_000 });
      const texts = seen.filter(
        ({ direction, text }) => direction === 'received' && text.includes('are you there'),
      );
      expect(texts.length).toBeGreaterThan(0);
      expect(texts[0]?.text).toContain('Content-Type: message/cpim');
    },
    minutes,
  );

  test(
    'PF-3: a message for a phone that is there goes to it at once, and the sender\'s phone shows "delivered to user"',
    async () => {
      await using alice = await linphone({ user: 'alice', server: server.port });
      await using bob = await linphone({ user: 'bob', server: server.port });
      alice.chat('sip:bob@example.com', 'dinner at eight');
      await bob.until(/dinner at eight/);
      await alice.until(/ to DeliveredToUser/);
    },
    minutes,
  );

  test(
    'D-15: a disposition notification (Content-Encoding: deflate) for a user who is away is refused, not deferred',
    async () => {
      await using bob = await linphone({ user: 'bob', server: server.port });
      await new Peers(server, 'udp').send('bob', 'deflated', 'send-delivered');
      await bob.until(/Content-Encoding: deflate/);
      await bob.until(/SIP\/2\.0 480/);
      expect(await server.json('queue', 'list', '--user', 'sip:alice@example.com')).toEqual([]);
    },
    minutes,
  );

  test(
    'PF-3: a phone that cannot take CPIM is not suitable: the message waits',
    async () => {
      await using carol = await baresip('carol', server.port);
      const peers = new Peers(server, 'udp');
      await peers.defer('carol', 'unsuitable');
      expect(carol.output()).not.toContain('text of unsuitable');
      expect(await server.json('queue', 'list', '--user', 'sip:carol@example.com')).toMatchObject([
        { subject: 'about unsuitable' },
      ]);
    },
    minutes,
  );

  test(
    'tshark finds no malformed packet and no SIP warning in all of this',
    async () => {
      const { packets, malformed, complaints } = await traffic.verdict();
      expect({ malformed, complaints }).toEqual({ malformed: [], complaints: [] });
      expect(packets).toBeGreaterThan(20);
    },
    minutes,
  );
});
