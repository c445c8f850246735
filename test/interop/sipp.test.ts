import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capture, type Capture } from './support/capture.ts';
import { deliveredIn, dispositionsIn, entries, notificationsIn, Peers } from './support/device.ts';
import { havePeers } from './support/peers.ts';
import { freePort } from './support/process.ts';
import { managementUri, startServer, type ServerUnderTest } from './support/server.ts';
import { requestsReceived } from './support/sipp.ts';

const minute = 60_000;

describe.skipIf(!havePeers('sipp', 'tshark', 'dumpcap')).each(['udp', 'tcp'] as const)(
  'SIPp over %s',
  // SIPp waits by the clock, and can have gone when a notification comes.
  { retry: 1 },
  (transport) => {
    let server: ServerUnderTest;
    let traffic: Capture;
    let peers: Peers;

    beforeAll(async () => {
      const port = await freePort();
      traffic = await capture([port]);
      server = await startServer({ port });
      peers = new Peers(server, transport);
    }, minute);

    afterAll(async () => {
      await server[Symbol.asyncDispose]();
      await traffic[Symbol.asyncDispose]();
    }, minute);

    test.concurrent(
      'PF-1, PF-4, PF-5: a message for a user who is away is deferred by 202; registering brings a notification',
      async () => {
        await peers.defer('anna', 'a1');
        const seen = await peers.run('register', 'anna', { pauseMilliseconds: 900 });
        const [notification = ''] = notificationsIn(seen);
        expect(notification).toMatch(/^MESSAGE sip:anna@127\.0\.0\.1:\d+;transport=\w+ SIP\/2\.0/);
        expect(notification).toMatch(/^Accept-Contact: \*;.*cpm\.systemmsg"/m);
        expect(notification).toContain(`P-Asserted-Identity: <${managementUri}>`);
        expect(notification).toMatch(/^User-Agent: CPM-serv\/OMA1\.0/m);
        expect(notification).toMatch(/number="1"/);
        expect(notification).toMatch(/<message uri="sip:[^"@]{11,}@example\.com"/);
        expect(notification).not.toMatch(/^Contact:/m);
      },
      minute,
    );

    test.concurrent(
      'PF-9, PF-11, PF-15: a pull without a list delivers everything, oldest first, each once',
      async () => {
        await peers.defer('bert', 'b1', 'b2', 'b3');
        const seen = await peers.run('pull-all', 'bert', { pauseMilliseconds: 900 });
        expect(deliveredIn(seen)).toEqual(['b1', 'b2', 'b3']);
        const again = await peers.run('pull-empty', 'bert');
        expect(deliveredIn(again)).toEqual([]);
      },
      minute,
    );

    test.concurrent(
      'D-18, D-19: what is delivered has its octets, its identities and the deferred tag',
      async () => {
        await peers.defer('berta', 'octets');
        const seen = await peers.run('pull-all', 'berta', { pauseMilliseconds: 900 });
        const [delivered = ''] = requestsReceived(seen, 'MESSAGE').filter((text) =>
          text.includes('imdn.Message-ID'),
        );
        expect(delivered).toMatch(/^Accept-Contact: \*;.*cpm\.deferred"/m);
        expect(delivered).toMatch(/^P-Asserted-Service: urn:urn-7:3gpp-service\.ims\.icsi\.oma\.cpm\.msg/m);
        expect(delivered).toMatch(/^P-Asserted-Identity: <sip:alice@example\.com>/m);
        expect(delivered).toMatch(/^Conversation-ID: f0c1a1b2-11a0-4d0e-9f43-6b9a9f6d2e10/m);
        expect(delivered).toContain(
          'Subject: about octets\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: id-octets\r\n',
        );
        expect(delivered.trimEnd().endsWith('text of octets')).toBe(true);
      },
      minute,
    );

    test.concurrent(
      'PF-12, PF-16: mixed actions: one delivered, one deleted and its sender told, one left waiting',
      async () => {
        await peers.defer('cora', 'c1', 'c2', 'c3');
        const waiting = await peers.notified('cora');
        expect([...waiting.keys()]).toEqual(['c1', 'c2', 'c3']);
        const list = entries([
          [waiting.get('c1'), 'deliver'],
          [waiting.get('c2'), 'delete'],
        ]);
        const seen = await peers.run('pull-list', 'cora', {
          pauseMilliseconds: 900,
          keys: { entries: list },
        });
        expect(deliveredIn(seen)).toEqual(['c1']);
        const told = await peers.run('register', 'alice', { pauseMilliseconds: 1_200 });
        expect(dispositionsIn(told)).toContain('c2 failed');
        const left = await peers.notified('cora');
        expect([...left.keys()]).toEqual(['c3']);
      },
      minute,
    );

    test.concurrent(
      'PF-10: nothing waits: 488 with Warning 399 "125 No messages"',
      async () => {
        await peers.run('pull-empty', 'dora');
      },
      minute,
    );

    test.concurrent(
      'D-1: unknown and foreign message-URI-IDs name nothing that waits; the owner keeps the message',
      async () => {
        await peers.defer('emma', 'e1');
        const waiting = await peers.notified('emma');
        const list = entries([
          [waiting.get('e1'), 'deliver'],
          ['sip:dm-unknown@example.com', 'delete'],
        ]);
        await peers.run('pull-list-empty', 'mallory', { keys: { entries: list } });
        expect([...(await peers.notified('emma')).keys()]).toEqual(['e1']);
      },
      minute,
    );

    test.concurrent(
      'D-2: an empty list never means all',
      async () => {
        await peers.defer('enno', 'o1');
        await peers.run('pull-list-empty', 'enno', { keys: { entries: '' } });
        expect([...(await peers.notified('enno')).keys()]).toEqual(['o1']);
      },
      minute,
    );

    test.concurrent.each([
      ['no cpm_action', '<entry uri="sip:dm-1@example.com"/>'],
      ['an unknown cpm_action', '<entry uri="sip:dm-1@example.com?cpm_action=burn"/>'],
      [
        'two actions',
        entries([
          ['sip:dm-1@example.com', 'deliver'],
          ['sip:dm-1@example.com', 'delete'],
        ]),
      ],
      ['broken XML', '<entry uri='],
    ])(
      'D-3: a list with %s is refused by 400 and nothing is done',
      async (fault, list) => {
        const user = `fritz-${fault.length}`;
        await peers.defer(user, 'f1');
        await peers.run('pull-malformed', user, { keys: { entries: list } });
        expect([...(await peers.notified(user)).keys()]).toEqual(['f1']);
      },
      minute,
    );

    test.concurrent(
      'D-3: a list of the wrong type is refused by 415',
      async () => {
        await peers.run('pull-wrong-type', 'gerd', { keys: { entries: '' } });
      },
      minute,
    );

    test.concurrent.each(['store', 'interwork'])(
      'an instruction to %s is refused by 488 with its reason and the message stays',
      async (action) => {
        const user = `hans-${action}`;
        await peers.defer(user, 'h1');
        const waiting = await peers.notified(user);
        await peers.run('pull-unavailable', user, {
          keys: { entries: entries([[waiting.get('h1'), action]]) },
        });
        expect([...(await peers.notified(user)).keys()]).toEqual(['h1']);
      },
      minute,
    );

    test.concurrent.each([
      ['the ACK never comes', 'pull-no-ack'],
      ['BYE comes before the ACK', 'pull-bye-before-ack'],
      ['the BYE never comes', 'pull-no-bye'],
      ['the INVITE is retransmitted', 'pull-retransmitted'],
    ])(
      'PF-17: %s: everything is delivered, each once',
      async (_what, scenario) => {
        const user = `ines-${scenario.slice(5, 12)}`;
        await peers.defer(user, 'i1', 'i2');
        const seen = await peers.run(scenario, user, { pauseMilliseconds: 900, lenient: true });
        expect(deliveredIn(seen)).toEqual(['i1', 'i2']);
        await peers.run('pull-empty', user);
      },
      minute,
    );

    test.concurrent(
      'RFC 3261 9.2: a CANCEL that races the answer: all is done or nothing is',
      async () => {
        await peers.defer('jana', 'j1');
        const seen = await peers.run('pull-cancelled', 'jana', { pauseMilliseconds: 900, lenient: true });
        const delivered = deliveredIn(seen);
        if (delivered.length > 0) await peers.run('pull-empty', 'jana');
        else expect([...(await peers.notified('jana')).keys()]).toEqual(['j1']);
        expect(delivered.length).toBeLessThanOrEqual(1);
      },
      minute,
    );

    test.concurrent(
      'PF-18: two overlapping pulls: each message goes to one of them, no pull is turned down for the other',
      async () => {
        await peers.defer('karl', 'k1', 'k2', 'k3', 'k4');
        const pulls = await Promise.allSettled(
          ['karl-one', 'karl-two'].map((instance) =>
            peers.run('pull-all', 'karl', {
              pauseMilliseconds: 900,
              keys: {
                instance: `00000000-0000-4000-8000-0000000${instance.length}${instance.charCodeAt(6)}${instance.charCodeAt(7)}`,
              },
            }),
          ),
        );
        const delivered = pulls.flatMap((pull) =>
          pull.status === 'fulfilled' ? deliveredIn(pull.value) : [],
        );
        expect(delivered.toSorted()).toEqual(['k1', 'k2', 'k3', 'k4']);
        const refusals = pulls.flatMap((pull) => (pull.status === 'rejected' ? [String(pull.reason)] : []));
        for (const refusal of refusals) expect(refusal).toContain('488');
      },
      minute,
    );

    test.concurrent(
      'D-9: a delivery that the device refuses leaves the message waiting',
      async () => {
        await peers.defer('lena', 'l1');
        const seen = await peers.run('pull-all', 'lena', {
          pauseMilliseconds: 900,
          answering: 'refuse-message',
        });
        expect(new Set(deliveredIn(seen))).toEqual(new Set(['l1']));
        expect([...(await peers.notified('lena')).keys()]).toEqual(['l1']);
      },
      minute,
    );

    test.concurrent(
      'IPv6: deferred, notified and pulled over UDP on [::1]',
      async () => {
        const peers = new Peers(server, 'udp over IPv6');
        const user = `vera-${transport}`;
        await peers.defer(user, 'v6');
        const seen = await peers.run('pull-all', user, { pauseMilliseconds: 900 });
        expect(notificationsIn(seen)[0]).toMatch(/^MESSAGE sip:[^@]+@\[::1\]:\d+/);
        expect(deliveredIn(seen)).toEqual(['v6']);
      },
      minute,
    );

    test(
      'tshark finds no malformed packet and no SIP warning in all of this',
      async () => {
        const { packets, malformed, complaints } = await traffic.verdict();
        expect({ malformed, complaints }).toEqual({ malformed: [], complaints: [] });
        expect(packets).toBeGreaterThan(100);
      },
      minute,
    );
  },
);
