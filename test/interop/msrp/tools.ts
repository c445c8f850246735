import { accessSync, constants } from 'node:fs';

const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(':')];

/** Python 3 as Debian has it. */
export function findPython(): string | undefined {
  return folders.map((folder) => `${folder}/python3`).find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** With CI=true a missing Python is an error, not a skip. */
export function havePython(): boolean {
  const isThere = findPython() !== undefined;
  if (!isThere && process.env['CI'] === 'true') throw new Error('not installed: python3 (Debian: python3)');
  return isThere;
}
