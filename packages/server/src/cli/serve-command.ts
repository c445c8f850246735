import type { Command } from 'commander';
import { addConfigurationFlags } from './flags.ts';
import type { ServeFlags } from './serve-flags.ts';
import type { Terminal } from './terminal.ts';

const examples = `
Examples:
  restante serve --listen udp:127.0.0.1:5060 --listen tcp:127.0.0.1:5060 \\
    --domain example.com --management-uri sip:x7k2p9@example.com \\
    --data DIR --trust 127.0.0.1/32
  restante serve --config restante.yaml --set deferral.maximum=1d
  restante serve --config restante.yaml --print-config

A flag wins over the environment, that over the file, that over the default.
SIGINT or SIGTERM stops the server in order, a second one at once;
SIGUSR2 writes the counters.`;

export function addServeCommand(program: Command, terminal: Terminal): void {
  addConfigurationFlags(program.command('serve').description('run the server'))
    .option('--json', 'write JSON lines instead of text')
    .option('--print-config', 'show the effective configuration with the origin of each value, and end')
    .option('--print-schema', 'show the JSON Schema of the configuration file, and end')
    .addHelpText('after', examples)
    .action(async (flags: ServeFlags) => {
      const { serve } = await import('./serve.ts');
      await serve(flags, terminal);
    });
}
