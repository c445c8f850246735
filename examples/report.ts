// Reads a CPIM message and composes the "delivered" report that its sender asked for.
import { composeImdn, parseCpim, readImdnRequest } from '@restante/cpm';

const cpim = parseCpim(
  new TextEncoder().encode(`From: <sip:alice@example.com>
To: <sip:bob@example.com>
DateTime: 2026-03-01T09:20:02Z
NS: imdn <urn:ietf:params:imdn>
imdn.Message-ID: Zk3qTn81sWb0
imdn.Disposition-Notification: positive-delivery

Content-Type: text/plain;charset=UTF-8

Lunch at noon?`),
);
const about = readImdnRequest(cpim);
if (about?.dispositions.has('positive-delivery') === true) {
  const { to, body } = composeImdn({
    about,
    report: { kind: 'delivery', status: 'delivered' },
    messageId: 'pf77Qc20aLr9',
    date: Date.parse('2026-03-01T12:00:00Z'),
  });
  console.log(to, body.length, 'octets');
}
