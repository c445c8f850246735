import { runCommandLine } from './cli/program.ts';

// A reader that has seen enough (`| head`) is no failure, and never ends a server.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2));
