import { exitCodes } from './cli/exit-code.ts';
import { isOutputLost } from './cli/output.ts';
import { runServe } from './cli/usual-serve.ts';

/** The server by itself where that is asked for in the usual words, every command there is where not. */
async function run(argv: readonly string[]): Promise<number> {
  const code = await runServe(argv);
  if (code !== undefined) return code;
  const { runCommandLine } = await import('./cli/program.ts');
  return runCommandLine(argv);
}

void run(process.argv.slice(2)).then((code) => {
  process.exitCode = code === exitCodes.ok.code && isOutputLost() ? exitCodes.failed.code : code;
});
