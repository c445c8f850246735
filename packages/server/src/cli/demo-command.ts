import type { Command } from 'commander';
import type { DemoFlags } from './flags.ts';
import type { Terminal } from './terminal.ts';

const examples = `
Examples:
  restante demo
  restante demo --stay        keep the server up afterwards, to try it by hand
  restante demo --json        one JSON object a line, last the figures`;

export function addDemoCommand(program: Command, terminal: Terminal): void {
  program
    .command('demo')
    .description('server and two clients on this machine: the whole pull, drawn as it happens')
    .option('--stay', 'keep the server up afterwards, with its data in ./restante-data')
    .option('--data <folder>', 'folder of the database (default: a temporary one)')
    .option('--json', 'JSON lines instead of the drawing')
    .addHelpText('after', examples)
    .action(async (flags: DemoFlags) => {
      const { demo } = await import('./demo.ts');
      await demo(flags, terminal);
    });
}
