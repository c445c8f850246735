import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const query = ['-W', '-f', '${db:Status-Status} ${Version}'];

/** The version of an installed Debian package; undefined where it is not installed. */
export async function packageVersion(name: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('dpkg-query', [...query, name]);
    return /^installed (.+)$/.exec(stdout.trim())?.[1];
  } catch {
    return undefined;
  }
}

/** What is installed of these packages, with its version, and what is missing. */
export async function checkPackages(
  names: readonly string[],
): Promise<{ readonly versions: Readonly<Record<string, string>>; readonly missing: readonly string[] }> {
  const found = await Promise.all(names.map(async (name) => [name, await packageVersion(name)] as const));
  return {
    versions: Object.fromEntries(found.flatMap(([name, version]) => (version ? [[name, version]] : []))),
    missing: found.flatMap(([name, version]) => (version === undefined ? [name] : [])),
  };
}
