import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerPath } from './peers.ts';
import { freePort, run, type RunningProcess } from './process.ts';

/** The feature tags by which a client says that it takes CPM standalone messages. */
const cpmTags =
  '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg,urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.deferred"';

export interface Phone extends AsyncDisposable {
  /** Types `chat <address> <text>`. */
  chat(to: string, text: string): void;
  readonly until: RunningProcess['until'];
  readonly output: RunningProcess['output'];
}

export interface PhoneOptions {
  readonly user: string;
  readonly server: number;
  readonly password?: string;
  /** False: a plain SIP phone without CPM feature tags. */
  readonly cpm?: boolean;
  /** How long its registration may take. */
  readonly patience?: number;
}

/** A real phone: linphonec with a home of its own, registered with CPM feature tags, speaking CPIM in its chats. */
export async function linphone(options: PhoneOptions): Promise<Phone> {
  const home = mkdtempSync(join(tmpdir(), `restante-linphone-${options.user}-`));
  mkdirSync(join(home, '.local/share/linphone'), { recursive: true });
  const configuration = join(home, 'linphonerc');
  writeFileSync(configuration, configurationOf(options, await freePort()));
  const phone = run(peerPath('linphonec'), ['-c', configuration, '-d', '1'], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, TERM: 'dumb' },
  });
  const end = async (): Promise<void> => {
    phone.type('quit');
    await phone[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  };
  await phone.until(/to \[LinphoneRegistrationOk\]/, options.patience).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    chat: (to, text) => phone.type(`chat ${to} ${text}`),
    until: phone.until,
    output: phone.output,
    [Symbol.asyncDispose]: end,
  };
}

function configurationOf({ user, server, password, cpm = true }: PhoneOptions, port: number): string {
  const authentication =
    password === undefined
      ? ''
      : `[auth_info_0]\nusername=${user}\nuserid=${user}\npasswd=${password}\nrealm=example.com\ndomain=example.com\n`;
  return `[sip]
sip_port=${port}
sip_tcp_port=-1
sip_tls_port=-1
register_only_when_network_is_up=0
im_notif_policy=all
lime=0
guess_hostname=0
contact=sip:${user}@127.0.0.1
default_proxy=0
[net]
mtu=1300
[proxy_default_values]
cpim_in_basic_chat_rooms_enabled=1
[proxy_0_default_values]
cpim_in_basic_chat_rooms_enabled=1
[proxy_0]
reg_proxy=<sip:127.0.0.1:${server}>
reg_route=<sip:127.0.0.1:${server};lr>
reg_identity=sip:${user}@example.com
reg_expires=600
reg_sendregister=1
publish=0
${cpm ? `contact_parameters=${cpmTags}\n` : ''}${authentication}`;
}
