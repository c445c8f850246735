/** The server, or a command that needs its data, cannot begin; the message names what to change. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
  /** What to do about it, where the message does not say. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
