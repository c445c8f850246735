import { releaseVersion } from '@restante/cpm';
import { systemClock, UserAgentCore } from '@restante/sip';
import type { Admission, Clock, NameService, Random, Routes, SipTrace, Transport } from '@restante/sip';
import { dnsNameService } from '@restante/sip/node';
import { configuredAccounts } from './assembly/accounts.ts';
import { countedStore } from './assembly/counted-store.ts';
import { Drain } from './assembly/drain.ts';
import { CommitWait, monotonic } from './assembly/load-senses.ts';
import { MemoryRelease, releaseMemory } from './assembly/memory-release.ts';
import { openServerStore } from './assembly/open-store.ts';
import { kernelRandom } from './assembly/kernel-random.ts';
import { admissionOf } from './assembly/overload.ts';
import { needsAdvertisedHost, ownContact } from './assembly/own-contact.ts';
import { settingsOf } from './assembly/settings.ts';
import { openTransports } from './assembly/transports.ts';
import { Opened } from './closing.ts';
import type { Configuration } from './config.ts';
import type { ListenAddress } from './config/addresses.ts';
import { silentLog } from './log.ts';
import type { Log } from './log.ts';
import { DigestAuthentication } from './participating-function/authentication.ts';
import { PullMode } from './participating-function/deferred/pull-mode.ts';
import { MessageDelivery } from './participating-function/message-delivery.ts';
import { MessageHandler } from './participating-function/message-handler.ts';
import {
  participatingFunction,
  supportedExtensions,
} from './participating-function/participating-function.ts';
import type { Store } from './participating-function/ports.ts';
import { RegistrationTable } from './participating-function/registered-clients.ts';
import { Registrar } from './participating-function/registrar.ts';
import { LaneRequestSender } from './participating-function/request-sender.ts';
import { Requester } from './participating-function/requester.ts';
import { sparingLog } from './participating-function/sparing-log.ts';
import { version } from './version.ts';

export { CannotStart } from './assembly/cannot-start.ts';

/** What a program that embeds the server may bring along; the system's own is taken for the rest. */
export interface ServerParts {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly nameService?: NameService;
  readonly log?: Log;
  /** Sees every SIP message that crosses the sockets. */
  readonly trace?: SipTrace;
  /** In place of the database in the folder `data`; closed with the server. */
  readonly store?: Store;
  /** In place of those of `listen`; closed with the server. */
  readonly transports?: readonly Transport[];
}

/** A server that listens. Disposing of it is closing it. */
export interface RunningServer extends AsyncDisposable {
  readonly configuration: Configuration;
  /** With the ports that the system chose where 0 was written. */
  readonly listening: readonly ListenAddress[];
  /** What happened since the start, by name. */
  counters(): Readonly<Record<string, number>>;
  inventory(): Promise<Inventory>;
  /** Takes no new work, ends what is under way, closes the store. What was not finished is carried on after the next start. */
  close(): Promise<void>;
}

export interface Inventory {
  readonly waiting: number;
  readonly users: number;
  readonly owed: number;
  /** Users with a password. */
  readonly accounts: number;
}

/** Longest wait for handlers at the end; a direct delivery may take longer, and its sender then sends again. */
const drainMilliseconds = 2000;

/** Puts the server together and starts it. Throws CannotStart with what to change. */
export async function startServer(
  configuration: Configuration,
  parts: ServerParts = {},
): Promise<RunningServer> {
  const opened = new Opened();
  try {
    return await assemble(configuration, parts, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Each part is made from those before it; what has to be closed is in `opened`. */
async function assemble(
  configuration: Configuration,
  parts: ServerParts,
  opened: Opened,
): Promise<RunningServer> {
  const { clock = systemClock, random = kernelRandom() } = parts;
  const log = sparingLog(parts.log ?? silentLog, clock);
  const settings = settingsOf(configuration);
  const common = { settings, clock, random, log };

  const database = opened.use(parts.store ?? (await openServerStore(configuration.data)));
  const commits = new CommitWait(monotonic);
  const { store, counters } = countedStore(commits.timing(database));
  const accounts = configuredAccounts(configuration, store.accounts);
  const transports: Transport[] = [];
  const isFlowOpen = (flowId: string): boolean => transports.some((transport) => transport.isOpen(flowId));
  const clients = new RegistrationTable({ registrations: store.registrations, settings, isFlowOpen });
  await clients.load(clock.now());

  // From here to the handlers nothing is awaited, so that no request comes too early.
  transports.push(...(parts.transports ?? (await openTransports(configuration))));
  const admission = admissionOf(configuration, { commits, transports, random, log });
  const core = opened.use(openCore(configuration, { ...parts, transports, clock, random, log, admission }));
  const requester = new Requester({
    authentication: new DigestAuthentication({ ...common, accounts }),
    settings,
  });
  const sender = new LaneRequestSender(core);
  const delivery = new MessageDelivery({ sender, settings });
  const contact = ownContact(configuration);
  const outboundRoute = configuration.outboundProxy;
  const pullMode = opened.use(
    new PullMode({ ...common, store, clients, requester, sender, delivery, contact, outboundRoute }),
  );
  const { notifier, dispositions, expiry, pulls } = pullMode;
  const registrar = new Registrar({ ...common, requester, clients, notifier, dispositions });
  const messages = new MessageHandler({
    ...common,
    ...store,
    requester,
    clients,
    accounts,
    delivery,
    notifier,
    expiry,
  });
  const drain = new Drain(configuration.limits.underWay);
  core.handle(drained(participatingFunction({ registrar, messages, pulls, settings }), drain));
  opened.defer(() => drain.finish(clock, drainMilliseconds));
  const received = (): number => core.counters.received;
  const memory = new MemoryRelease({ received, now: monotonic, release: releaseMemory }).watch();
  opened.defer(() => memory.stop());
  await pullMode.resume();
  if (needsAdvertisedHost(configuration)) {
    log.warn(
      {},
      'listening on all addresses over UDP: set advertisedHost, or clients elsewhere see 0.0.0.0 in Contact',
    );
  }

  const close = (): Promise<void> => opened.close();
  return {
    configuration,
    listening: transports.map(listenAddress),
    counters: () => ({ ...counters, ...core.counters }),
    inventory: () => inventoryOf(store, accounts),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function drained(routes: ReturnType<typeof participatingFunction>, drain: Drain): Routes {
  const { REGISTER, MESSAGE, INVITE, OPTIONS } = routes;
  return {
    REGISTER: drain.through(REGISTER),
    MESSAGE: drain.through(MESSAGE),
    INVITE: drain.through(INVITE),
    OPTIONS: drain.through(OPTIONS),
  };
}

type CoreParts = Required<Pick<ServerParts, 'transports' | 'clock' | 'random' | 'log'>> &
  Pick<ServerParts, 'nameService' | 'trace'> & { readonly admission: Admission | undefined };

function openCore(configuration: Configuration, parts: CoreParts): UserAgentCore {
  const { outboundProxy, advertisedHost, timers, limits } = configuration;
  const { nameService = dnsNameService(), trace, admission, ...rest } = parts;
  return new UserAgentCore({
    ...rest,
    nameService,
    userAgent: `${releaseVersion.server} restante/${version}`,
    supported: supportedExtensions,
    outboundProxy,
    timers: { t1: timers.t1 * 1000, t2: timers.t2 * 1000, t4: timers.t4 * 1000 },
    limits: { serverTransactions: limits.transactions },
    ...(trace && { trace }),
    ...(admission && { admission }),
    ...(advertisedHost !== undefined && { publicHost: advertisedHost }),
  });
}

function listenAddress({ protocol, local }: Transport): ListenAddress {
  return { protocol: protocol === 'TCP' || protocol === 'TLS' ? protocol : 'UDP', ...local };
}

async function inventoryOf(
  { inspection }: Pick<Store, 'inspection'>,
  accounts: Pick<Store['accounts'], 'list'>,
): Promise<Inventory> {
  const [{ waiting, users, owed }, known] = await Promise.all([inspection.counts(), accounts.list()]);
  return { waiting, users, owed, accounts: known.length };
}
