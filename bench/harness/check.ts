/** What a benchmark found to be wrong, not slow: a lost message, an answer before its commit. Nothing is kept then. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

export function check(isSo: boolean, what: string): void {
  if (!isSo) throw new CheckFailed(what);
}
