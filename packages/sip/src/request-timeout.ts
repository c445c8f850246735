/** No final response came in time: timer B or F of RFC 3261 section 17.1, or the `timeoutMs` of the caller. */
export class RequestTimeout extends Error {
  override readonly name = 'RequestTimeout';
  readonly method: string;
  readonly uri: string;

  constructor(method: string, uri: string) {
    super(`no final response to ${method} ${uri}`);
    this.method = method;
    this.uri = uri;
  }
}
