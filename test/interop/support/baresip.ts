import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerPath } from './peers.ts';
import { freePort, run, type RunningProcess } from './process.ts';

/** A phone that takes text/plain only and answers CPIM by 415: the unsuitable client. */
export async function baresip(user: string, server: number): Promise<RunningProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'restante-baresip-'));
  const modules = ['menu.so', 'account.so', 'stdio.so', 'g711.so'].map((name) => `module ${name}`).join('\n');
  writeFileSync(
    join(folder, 'config'),
    `sip_listen 127.0.0.1:${await freePort()}\nnet_interface 127.0.0.1\nmodule_path /usr/lib/baresip/modules\n${modules}\n`,
  );
  const outbound = `outbound="sip:127.0.0.1:${server}"`;
  writeFileSync(
    join(folder, 'accounts'),
    `<sip:${user}@example.com>;auth_pass=none;${outbound};regint=600\n`,
  );
  writeFileSync(join(folder, 'contacts'), '');
  const phone = run(peerPath('baresip'), ['-f', folder, '-v'], { env: { ...process.env, TERM: 'dumb' } });
  try {
    await phone.until(/200 OK/);
  } catch (error) {
    await phone[Symbol.asyncDispose]();
    throw error;
  }
  return {
    ...phone,
    [Symbol.asyncDispose]: async () => {
      await phone[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
