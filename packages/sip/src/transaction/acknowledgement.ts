import { HeaderFields } from '../protocol/header-fields.ts';
import { noBody } from '../protocol/message.ts';
import type { SipRequest, SipResponse } from '../protocol/message.ts';
import { cseq, topVia } from '../protocol/readers.ts';
import { serializeVia } from '../protocol/via.ts';

/**
 * Requests that belong to a transaction of another one: ACK (RFC 3261 section 17.1.1.3) and CANCEL (section 9.1)
 * carry its top Via, its Route, From, Call-ID and CSeq number.
 */
function within(invite: SipRequest, method: string, toValue: string): SipRequest {
  const { headers } = invite;
  const rows: [string, string][] = [
    ['Via', serializeVia(topVia(invite))],
    ['Max-Forwards', '70'],
    ...headers.all('Route').map((route): [string, string] => ['Route', route]),
    ['From', headers.get('From') ?? ''],
    ['To', toValue],
    ['Call-ID', headers.get('Call-ID') ?? ''],
    ['CSeq', `${cseq(invite).sequence} ${method}`],
  ];
  return { kind: 'request', method, uri: invite.uri, headers: HeaderFields.of(rows), body: noBody };
}

/** RFC 3261 section 17.1.1.3: the ACK for a response other than 2xx. `invite` is as it was sent. */
export function acknowledgementOfFailure(invite: SipRequest, response: SipResponse): SipRequest {
  return within(invite, 'ACK', response.headers.get('To') ?? '');
}

/** RFC 3261 section 9.1. `invite` is as it was sent; the caller's layer adds the same Via again. */
export function cancelOf(invite: SipRequest): SipRequest {
  const cancel = within(invite, 'CANCEL', invite.headers.get('To') ?? '');
  return { ...cancel, headers: cancel.headers.without('Via') };
}
