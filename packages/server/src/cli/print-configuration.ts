import type { LoadedConfiguration } from '../config.ts';
import { configurationJsonSchema } from '../config/options.ts';
import { shownOptions } from '../config/show.ts';
import { configurationFrom } from './load.ts';
import type { ServeFlags } from './serve-flags.ts';
import { tableLines } from './table.ts';
import { oneLine } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** What `serve --print-schema` and `serve --print-config` show in place of running a server. */
export function printInstead(flags: ServeFlags, terminal: Terminal): void {
  if (flags.printSchema) terminal.out(JSON.stringify(configurationJsonSchema(), undefined, 2));
  else printConfiguration(configurationFrom(flags), flags, terminal);
}

/** The effective configuration: each option, its value with secrets hidden, and where the value comes from. */
function printConfiguration(
  loaded: LoadedConfiguration,
  { json = false }: { readonly json?: boolean },
  terminal: Terminal,
): void {
  const shown = shownOptions(loaded);
  if (json) {
    terminal.out(JSON.stringify(shown, undefined, 2));
    return;
  }
  const columns = [
    { title: 'option', style: 'bold' as const },
    { title: 'value', shrinkTo: 16 },
    { title: 'from', style: 'dim' as const },
  ];
  const rows = shown.map(({ path, value, origin }) => [path, valueText(value), origin]);
  for (const line of tableLines(terminal, columns, rows)) terminal.out(line);
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(valueText).join(' ');
  return oneLine(typeof value === 'string' ? value : JSON.stringify(value));
}
