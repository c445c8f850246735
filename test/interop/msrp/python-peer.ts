import { join } from 'node:path';
import { findPython } from './tools.ts';
import { run } from '../support/process.ts';

/** The endpoint of peer.py in a process of its own. */
export interface PythonPeer extends AsyncDisposable {
  /** Its a=path. */
  readonly path: string;
  command(line: string): void;
  /** Resolves with the match once its output has it. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

export async function pythonPeer(...parameters: readonly string[]): Promise<PythonPeer> {
  const script = join(import.meta.dirname, 'peer.py');
  const python = run(findPython() ?? 'python3', [script, ...parameters]);
  const [, path = ''] = await python.until(/^path (.*)\n/m);
  return {
    path,
    command: (line) => python.type(line),
    until: (pattern) => python.until(pattern, 50_000),
    [Symbol.asyncDispose]: () => python[Symbol.asyncDispose](),
  };
}
