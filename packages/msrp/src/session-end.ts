/** How a session ended. */
export type SessionEnd =
  | { readonly kind: 'closed' }
  | { readonly kind: 'connection-lost'; readonly error: Error | undefined }
  | { readonly kind: 'connect-failed'; readonly error: Error }
  /** The peer did not connect in time, or did not answer the first SEND. */
  | { readonly kind: 'setup-timeout' }
  /** The peer knows no such session (481), or another connection has it (506). */
  | { readonly kind: 'refused'; readonly status: number };

/** The session was over before it was ready. */
export class SessionFailed extends Error {
  override readonly name = 'SessionFailed';
  readonly end: SessionEnd;

  constructor(end: SessionEnd) {
    super(end.kind, 'error' in end ? { cause: end.error } : {});
    this.end = end;
  }
}
