import { Option } from 'commander';
import type { Command } from 'commander';
import { durationFlag } from './flags.ts';
import { defaultServer } from './server-uri.ts';

/** Who acts, and through which server. */
export interface ClientFlags {
  readonly server?: string;
  readonly user?: string;
  readonly password?: string;
  readonly managementUri?: string;
  readonly json?: true;
  /** Seconds. */
  readonly timeout: number;
}

export interface SendFlags extends ClientFlags {
  readonly subject?: string;
  readonly expires?: number;
  readonly report?: boolean;
}

export interface PullFlags extends ClientFlags {
  readonly deliver?: readonly string[];
  readonly delete?: readonly string[];
  readonly store?: readonly string[];
  readonly interwork?: readonly string[];
}

export function withClientFlags(command: Command): Command {
  return command
    .option('--server <uri>', `the server; also RESTANTE_SERVER (default: ${defaultServer})`)
    .option('-u, --user <uri>', 'who you are, such as sip:bob@example.com; also RESTANTE_USER')
    .option(
      '--password <text>',
      'digest password; better RESTANTE_PASSWORD. Without one the identity is asserted',
    )
    .option('--management-uri <uri>', 'CPMDeferredMsgMgmtURI as provisioned; also RESTANTE_MANAGEMENT_URI')
    .addOption(
      new Option('--timeout <duration>', 'longest wait for an answer or a delivery')
        .argParser(durationFlag)
        .default(10, '10s'),
    )
    .option('--json', 'JSON instead of text');
}
