import { expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { usualServeFlags } from '../../src/cli/serve-flags.ts';
import { processTerminal } from '../../src/cli/terminal.ts';

/** What the command line library makes of the same words. */
async function byLibrary(words: readonly string[]): Promise<unknown> {
  const program = buildProgram(processTerminal({}, { write: () => true }));
  let read: unknown;
  const serve = program.commands.find((command) => command.name() === 'serve');
  serve?.action((flags: unknown) => {
    read = flags;
  });
  await program.parseAsync(['serve', ...words], { from: 'user' });
  return read;
}

test.each([
  [[]],
  [['--domain', 'example.com', '--management-uri', 'sip:x@example.com', '--json']],
  [['-l', 'udp:127.0.0.1:1', '--listen=tcp:[::1]:2', '--trust', '::1', '--trust', '10.0.0.0/8']],
  [['-d', 'a.example', '--domain', 'b.example', '--data', 'a b', '--log-level=debug']],
])('serve: usual flags are read as the library reads them: %j', async (words) => {
  expect(usualServeFlags(words)).toEqual(await byLibrary(words));
});

test.each([
  [['--help']],
  [['--config', 'restante.yaml']],
  [['--set', 'limits.listEntries=3']],
  [['--print-config']],
  [['--json=yes']],
  [['--domain']],
  [['--domain', '--json']],
  [['--data=']],
  [['-d=example.com']],
  [['-dexample.com']],
  [['--toString', 'x']],
  [['example.com']],
  [['--', '--json']],
])('serve: other words are left to the library: %j', (words) => {
  expect(usualServeFlags(words)).toBeUndefined();
});
