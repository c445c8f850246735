// Two SIP user agents in one process: one sends a MESSAGE, the other answers.
import { HeaderFields, responseTo, SipRejection, UserAgentCore } from '@restante/sip';
import { dnsNameService, openTcp, openUdp, systemClock, systemRandom } from '@restante/sip/node';

const host = '127.0.0.1';
const platform = { clock: systemClock, random: systemRandom, nameService: dnsNameService() };

const udp = await openUdp({ host });
const bob = new UserAgentCore({
  ...platform,
  transports: [udp, await openTcp({ host })],
  userAgent: 'bob/1.0',
});
bob.handle({
  MESSAGE: (incoming) => {
    const { request } = incoming;
    // The error is the response.
    if (request.body.length === 0) throw new SipRejection(400, { reason: 'Nothing To Say' });
    console.log(`bob got: ${new TextDecoder().decode(request.body)}`);
    incoming.respond(responseTo(request, 200));
  },
});

const alice = new UserAgentCore({
  ...platform,
  transports: [await openUdp({ host })],
  userAgent: 'alice/1.0',
});
const response = await alice.send({
  kind: 'request',
  method: 'MESSAGE',
  uri: `sip:bob@${host}:${udp.local.port}`,
  headers: HeaderFields.of([
    ['From', '<sip:alice@example.com>'],
    ['Content-Type', 'text/plain'],
  ]),
  body: new TextEncoder().encode('Lunch at noon?'),
});
console.log(`alice got: ${response.status} ${response.reason}`);
await Promise.all([alice.close(), bob.close()]);
