import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capture, type Capture } from './support/capture.ts';
import { deliveredIn, entries, Peers } from './support/device.ts';
import { kamailioProxy, type Proxy } from './support/kamailio.ts';
import { havePeers } from './support/peers.ts';
import { freePort } from './support/process.ts';
import { startServer, type ServerUnderTest } from './support/server.ts';

const minute = 60_000;

describe.skipIf(!havePeers('kamailio', 'sipp', 'tshark', 'dumpcap')).each(['udp', 'tcp'] as const)(
  'behind Kamailio as a plain proxy, over %s',
  (transport) => {
    let server: ServerUnderTest;
    let proxy: Proxy;
    let traffic: Capture;
    let peers: Peers;

    beforeAll(async () => {
      const port = await freePort();
      server = await startServer({ port });
      proxy = await kamailioProxy(port);
      traffic = await capture([port, proxy.port]);
      peers = new Peers(proxy, transport);
    }, minute);

    afterAll(async () => {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await traffic[Symbol.asyncDispose]();
    }, minute);

    test(
      'RFC 3327: what the server sends goes back by the registered Path; ACK and BYE follow Record-Route',
      async () => {
        await peers.defer('mona', 'm1', 'm2', 'm3');
        const waiting = await peers.notified('mona');
        expect([...waiting.keys()]).toEqual(['m1', 'm2', 'm3']);
        const list = entries([
          [waiting.get('m2'), 'deliver'],
          [waiting.get('m3'), 'delete'],
        ]);
        const some = await peers.run('pull-list', 'mona', {
          pauseMilliseconds: 1_000,
          keys: { entries: list },
        });
        expect(deliveredIn(some)).toEqual(['m2']);
        const rest = await peers.run('pull-all', 'mona', { pauseMilliseconds: 1_000 });
        expect(deliveredIn(rest)).toEqual(['m1']);
        await peers.run('pull-empty', 'mona');
      },
      minute,
    );

    test(
      'tshark finds no malformed packet and no SIP warning on either side of the proxy',
      async () => {
        const { packets, malformed, complaints } = await traffic.verdict();
        expect({ malformed, complaints }).toEqual({ malformed: [], complaints: [] });
        expect(packets).toBeGreaterThan(10);
      },
      minute,
    );
  },
);
