/** RFC 4975 section 10: what the codes say. */
const comments: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  408: 'Request Timeout',
  413: 'Stop Sending Message',
  415: 'Unsupported Media Type',
  423: 'Parameter Out Of Bounds',
  481: 'No Such Session',
  501: 'Unknown Method',
  506: 'Session Already In Use',
};

export function commentOf(status: number): string {
  return comments[status] ?? '';
}

/** RFC 4975 sections 10.8 and 10.10: after these there is no session any more, or it is somebody else's. */
export function endsSession(status: number): boolean {
  return status === 481 || status === 506;
}

/** The refusal of a message, thrown or returned by who receives it: the status of the response. */
export class MsrpRejection extends Error {
  override readonly name = 'MsrpRejection';
  readonly status: number;

  constructor(status: number, comment: string = commentOf(status)) {
    super(comment);
    this.status = status;
  }
}
