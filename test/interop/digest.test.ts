import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capture, type Capture } from './support/capture.ts';
import { linphone } from './support/linphone.ts';
import { havePeers } from './support/peers.ts';
import { freePort } from './support/process.ts';
import { restante, startServer, type ServerUnderTest } from './support/server.ts';

const minutes = 120_000;
const password = 'correct horse';

describe.skipIf(!havePeers('linphonec', 'tshark', 'dumpcap'))(
  'real phones outside the trusted networks',
  () => {
    let server: ServerUnderTest;
    let traffic: Capture;

    beforeAll(async () => {
      const port = await freePort();
      traffic = await capture([port]);
      server = await startServer({ port, trust: ['192.0.2.0/24'] });
      for (const user of ['alice', 'bob'])
        execFileSync(
          process.execPath,
          [...restante, 'user', 'add', `sip:${user}@example.com`, '--password-stdin', '--data', server.data],
          { input: `${password}\n` },
        );
    }, minutes);

    afterAll(async () => {
      await server[Symbol.asyncDispose]();
      await traffic[Symbol.asyncDispose]();
    }, minutes);

    test(
      'D-17: Linphone authenticates by digest, sends, receives, and shows "delivered to user"',
      async () => {
        await using alice = await linphone({ user: 'alice', server: server.port, password });
        await using bob = await linphone({ user: 'bob', server: server.port, password });
        alice.chat('sip:bob@example.com', 'a word in private');
        await bob.until(/a word in private/);
        await alice.until(/ to DeliveredToUser/);
        expect(alice.output()).toMatch(/WWW-Authenticate: Digest realm="example\.com"/);
      },
      minutes,
    );

    test(
      'D-17: a wrong password registers nobody, and nothing is taken from its owner',
      async () => {
        await expect(
          linphone({ user: 'alice', server: server.port, password: 'wrong', patience: 4_000 }),
        ).rejects.toThrow(/LinphoneRegistration(Failed|Progress)|40[13]/);
      },
      minutes,
    );

    test(
      'tshark finds no malformed packet and no SIP warning in all of this',
      async () => {
        const { packets, malformed, complaints } = await traffic.verdict();
        expect({ malformed, complaints }).toEqual({ malformed: [], complaints: [] });
        expect(packets).toBeGreaterThan(10);
      },
      minutes,
    );
  },
);
