import {
  AuthenticationFailed,
  CpmClient,
  MessageTooLarge,
  NetworkTimeout,
  openCpmClient,
  RequestRefused,
  RequestTimeout,
  RetryLater,
  TransportFailure,
} from '@restante/client/node';
import type { SipLog } from '@restante/client/node';
import { canonicalUser } from '@restante/cpm';
import { parseUri } from '@restante/sip';
import { errorText } from '../system-error.ts';
import type { ClientFlags } from './client-flags.ts';
import { CommandFailure } from './exit-code.ts';
import { defaultServer } from './server-uri.ts';
import { sipAddress } from './user.ts';
import { counted } from './words.ts';

/** Who acts and through which server, with flags, environment and defaults put together. */
export interface ClientSettings {
  readonly server: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly managementUri: string;
  readonly timeoutSeconds: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Without it nothing can be pulled; a client that only sends does not need it. */
const noManagementUri = 'sip:not-provisioned@invalid';

export function clientSettings(
  flags: ClientFlags,
  { pulls }: { readonly pulls: boolean },
  environment: Environment = process.env,
): ClientSettings {
  const server = flags.server ?? (environment['RESTANTE_SERVER'] || defaultServer);
  checkUri(server, '--server', 'write sip:192.0.2.1:5060;transport=tcp');
  const user = flags.user ?? environment['RESTANTE_USER'];
  if (!user)
    throw new CommandFailure(
      'usage',
      'who are you? --user is missing',
      'write --user sip:bob@example.com, or set RESTANTE_USER',
    );
  checkUri(sipAddress(user), '--user', 'write sip:bob@example.com');
  const managementUri = flags.managementUri ?? environment['RESTANTE_MANAGEMENT_URI'];
  if (!managementUri && pulls) {
    const hint =
      'it is provisioned to clients; `restante serve` shows it: --management-uri sip:…, or RESTANTE_MANAGEMENT_URI';
    throw new CommandFailure('usage', 'where do pulls go? --management-uri is missing', hint);
  }
  if (managementUri) checkUri(managementUri, '--management-uri', 'write sip:x7k2p9@example.com');
  return {
    server,
    user: canonicalUser(parseUri(sipAddress(user)), ''),
    password: flags.password ?? (environment['RESTANTE_PASSWORD'] || undefined),
    managementUri: managementUri || noManagementUri,
    timeoutSeconds: flags.timeout,
  };
}

const silent: SipLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A client with its sockets open, not registered yet. Without a password it asserts its identity itself. */
export async function openSession(settings: ClientSettings): Promise<CpmClient> {
  const { server, user, password, managementUri } = settings;
  return openCpmClient({
    server,
    user,
    deferredManagementUri: managementUri,
    product: 'restante-cli',
    log: silent,
    ...(password === undefined ? { trusted: true } : { password }),
  });
}

/** Runs one act with the time limit of the command; what fails becomes an error that names what to change. */
export async function within<Result>(
  { timeoutSeconds, server, password }: ClientSettings,
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    return await act(signal);
  } catch (error) {
    if (signal.aborted) throw noAnswer(server, `within ${counted(timeoutSeconds, 'second')}`);
    throw explained(error, server, password);
  }
}

function explained(error: unknown, server: string, password: string | undefined): unknown {
  if (error instanceof RequestTimeout || error instanceof NetworkTimeout) return noAnswer(server, '');
  if (error instanceof TransportFailure) return noAnswer(server, `(${errorText(error)})`);
  if (error instanceof MessageTooLarge)
    return new CommandFailure('refused', error.message, 'send a shorter text');
  if (error instanceof AuthenticationFailed) {
    const hint =
      password === undefined
        ? 'the server does not trust this address: give --password or RESTANTE_PASSWORD, or start it with --trust'
        : 'is the password right? `restante user add` changes it';
    return new CommandFailure('refused', error.message, hint);
  }
  if (error instanceof RetryLater && error.retryAfterSeconds !== undefined) {
    return new CommandFailure(
      'refused',
      error.message,
      `try again in ${counted(error.retryAfterSeconds, 'second')}`,
    );
  }
  if (error instanceof RequestRefused) return new CommandFailure('refused', error.message);
  return error;
}

function noAnswer(server: string, detail: string): CommandFailure {
  const message = `no answer from ${server} ${detail}`.trim();
  return new CommandFailure('noAnswer', message, 'is it running there? --server names another');
}

function checkUri(text: string, flag: string, hint: string): void {
  try {
    if (parseUri(text).kind !== 'absolute') return;
  } catch {
    // Falls through: the same complaint serves both.
  }
  if (flag === '--server' && /^wss?:\/\//.test(text)) return;
  throw new CommandFailure('usage', `${flag}: '${text}' is not a SIP URI`, hint);
}
