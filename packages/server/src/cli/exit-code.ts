/** What a finished command tells the shell. docs/cli.md is held to this table by a test. */
export const exitCodes = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'something unexpected went wrong' },
  usage: { code: 2, meaning: 'a command, flag or argument that does not exist or cannot be read' },
  configuration: { code: 3, meaning: 'a configuration value that is missing or cannot be used' },
  nothingWaiting: {
    code: 4,
    meaning: 'no message waits for what was asked (488 "125 No messages", an empty queue)',
  },
  refused: { code: 5, meaning: 'the server answered with a refusal; its status and reason are shown' },
  noAnswer: { code: 6, meaning: 'no answer in time, or the server cannot be reached' },
  unavailable: { code: 7, meaning: 'a port, folder or file that is taken, locked or not accessible' },
  notFound: { code: 8, meaning: 'there is no such message or user' },
  incomplete: { code: 9, meaning: 'a part was done: not every message that was pulled has arrived' },
} as const satisfies Readonly<Record<string, { code: number; meaning: string }>>;

export type ExitReason = keyof typeof exitCodes;

/** An end of a command that is no defect: shown as one or a few lines, without a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly reason: ExitReason;
  /** What to do about it, on a line of its own. */
  readonly hint: string | undefined;

  constructor(reason: ExitReason, message: string, hint?: string) {
    super(message);
    this.reason = reason;
    this.hint = hint;
  }
}
