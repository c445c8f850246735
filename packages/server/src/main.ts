import { exitCodes } from './cli/exit-code.ts';
import { runCommandLine } from './cli/program.ts';

let isOutputLost = false;

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  isOutputLost ||= code !== 'EPIPE';
});
// Nor does a server end because the disk of its log is full.
process.stderr.on('error', () => {});

const code = await runCommandLine(process.argv.slice(2));
process.exitCode = code === exitCodes.ok.code && isOutputLost ? exitCodes.failed.code : code;
