import type { HeaderFields } from './header-fields.ts';
import type { SipRequest, SipResponse } from './message-types.ts';
import { to } from './readers.ts';

export type * from './message-types.ts';

/** The body of a message that has none. */
export const noBody = new Uint8Array(0);

const reasons: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  199: 'Early Dialog Terminated',
  200: 'OK',
  202: 'Accepted',
  204: 'No Notification',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Moved Temporarily',
  305: 'Use Proxy',
  380: 'Alternative Service',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  412: 'Conditional Request Failed',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  421: 'Extension Required',
  422: 'Session Interval Too Small',
  423: 'Interval Too Brief',
  428: 'Use Identity Header',
  429: 'Provide Referrer Identity',
  430: 'Flow Failed',
  433: 'Anonymity Disallowed',
  436: 'Bad Identity Info',
  437: 'Unsupported Credential',
  438: 'Invalid Identity Header',
  439: 'First Hop Lacks Outbound Support',
  440: 'Max-Breadth Exceeded',
  469: 'Bad Info Package',
  470: 'Consent Needed',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  484: 'Address Incomplete',
  485: 'Ambiguous',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  493: 'Undecipherable',
  494: 'Security Agreement Required',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  505: 'Version Not Supported',
  513: 'Message Too Large',
  555: 'Push Notification Service Not Supported',
  580: 'Precondition Failure',
  600: 'Busy Everywhere',
  603: 'Decline',
  604: 'Does Not Exist Anywhere',
  606: 'Not Acceptable',
  607: 'Unwanted',
  608: 'Rejected',
};

const classReasons = ['Trying', 'OK', 'Multiple Choices', 'Bad Request', 'Server Internal Error', 'Decline'];

/** The registered reason phrase of a status; for an unregistered one that of its class (RFC 3261 section 8.1.3.2). */
export function reasonPhrase(status: number): string {
  return reasons[status] ?? classReasons[Math.trunc(status / 100) - 1] ?? 'Unknown';
}

/** What `responseTo` may be told besides the status. */
export interface ResponseOptions {
  readonly reason?: string;
  /** Given to the To header field where it has no tag and the status is above 100. */
  readonly toTag?: string;
  /** Further header fields, below the copied ones. */
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  readonly body?: Uint8Array;
}

/**
 * The response to a request by RFC 3261 section 8.2.6.2: Via, From, To, Call-ID and CSeq are the request's,
 * byte for byte but for the To tag. Content-Length is the serializer's.
 */
export function responseTo(request: SipRequest, status: number, options: ResponseOptions = {}): SipResponse {
  let headers = request.headers.pick('Via', 'From', 'To', 'Call-ID', 'CSeq');
  if (options.toTag !== undefined && status > 100) headers = tagged(headers, request, options.toTag);
  if (options.headers !== undefined) headers = headers.concat(options.headers);
  return {
    kind: 'response',
    status,
    reason: options.reason ?? reasonPhrase(status),
    headers,
    body: options.body ?? noBody,
  };
}

function tagged(headers: HeaderFields, request: SipRequest, tag: string): HeaderFields {
  try {
    return to(request).parameters.has('tag')
      ? headers
      : headers.with('To', `${headers.get('To')};tag=${tag}`);
  } catch {
    // The request is answered because it is malformed, and To may be what is: then it goes back as it came.
    return headers;
  }
}
