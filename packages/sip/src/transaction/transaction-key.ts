import type { SipRequest, SipResponse } from '../protocol/message.ts';
import { inOnePiece } from '../protocol/detach.ts';
import type { Via } from '../protocol/via.ts';
import { callId, cseq, from, to, topVia } from '../protocol/readers.ts';

/** RFC 3261 section 8.1.1.7: a branch that begins so is unique by itself. */
export const branchCookie = 'z9hG4bK';

/** An ACK belongs to the INVITE that it answers for. */
const transactionMethod = (method: string): string => (method === 'ACK' ? 'INVITE' : method);

const tagOf = (parameters: ReadonlyMap<string, string | true>): string => String(parameters.get('tag') ?? '');

/**
 * RFC 3261 section 17.2.3: what two requests of one server transaction have in common.
 * `method` stands for the request's own: a CANCEL looks for the transaction that it cancels.
 */
export function serverTransactionKey(request: SipRequest, method = request.method): string {
  const via = topVia(request);
  if (via.branch?.startsWith(branchCookie) && via.branch.length > branchCookie.length)
    return inOnePiece(`${via.branch} ${via.host} ${via.port ?? ''} ${transactionMethod(method)}`);
  return inOnePiece(keyOfRfc2543(request, via, method));
}

/** A peer without the cookie follows RFC 2543, whose branch says little: the whole request is compared. */
function keyOfRfc2543(request: SipRequest, via: Via, method: string): string {
  const name = transactionMethod(method);
  // The To tag of an ACK is that of the response, not of the INVITE.
  const toTag = name === 'INVITE' ? '' : tagOf(to(request).parameters);
  const fromTag = tagOf(from(request).parameters);
  const hop = `${via.branch ?? ''} ${via.transport} ${via.host} ${via.port ?? ''}`;
  return `2543 ${name} ${request.uri} ${fromTag} ${toTag} ${callId(request)} ${cseq(request).sequence} ${hop}`;
}

/** RFC 3261 section 17.1.3: what a response has in common with the request that it answers. */
export function clientTransactionKey(branch: string, method: string): string {
  return `${branch} ${method}`;
}

/** The client transaction that this response is for; undefined where it names none. */
export function keyOfResponse(response: SipResponse): string | undefined {
  const { branch } = topVia(response);
  return branch === undefined ? undefined : clientTransactionKey(branch, cseq(response).method);
}
