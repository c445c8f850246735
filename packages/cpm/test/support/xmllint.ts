import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const schema = fileURLToPath(new URL('../../schema/deferred-messages.xsd', import.meta.url));

/** Is xmllint installed? */
export function hasXmllint(): boolean {
  return spawnSync('xmllint', ['--version']).error === undefined;
}

/** Validates documents against the schema of deferred-messages; what xmllint says of those that are not valid. */
export function invalidDocuments(documents: readonly Uint8Array[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'deferred-messages-'));
  try {
    const files = documents.map((document, index) => {
      const file = join(folder, `${index}.xml`);
      writeFileSync(file, document);
      return file;
    });
    const { error, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, ...files]);
    if (error !== undefined) throw error;
    return stderr.toString().replaceAll(/^.* validates\n/gm, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
