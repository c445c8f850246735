let isLost = false;
let isWatched = false;

/** Standard output. It is opened when it is first asked for: that takes milliseconds, which a start does not need. */
export function standardOutput(): NodeJS.WriteStream {
  watch();
  return process.stdout;
}

/** Standard error, opened in the same manner. */
export function standardError(): NodeJS.WriteStream {
  watch();
  return process.stderr;
}

/** Something could not be written to standard output. A reader that has seen enough (`| head`) is no failure. */
export function isOutputLost(): boolean {
  return isLost;
}

function watch(): void {
  if (isWatched) return;
  isWatched = true;
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    isLost ||= code !== 'EPIPE';
  });
  // Nor does a server end because the disk of its log is full.
  process.stderr.on('error', () => {});
}
