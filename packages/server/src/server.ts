import { releaseVersion } from '@restante/cpm';
import { systemClock, systemRandom, UserAgentCore } from '@restante/sip';
import type { Clock, Flow, NameService, Random, SipTrace, Transport } from '@restante/sip';
import { dnsNameService } from '@restante/sip/node';
import { configuredAccounts } from './assembly/accounts.ts';
import { countedStore } from './assembly/counted-store.ts';
import { openServerStore } from './assembly/open-store.ts';
import { settingsOf } from './assembly/settings.ts';
import { openTransports } from './assembly/transports.ts';
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

/** Puts the server together, each part from those before it, and starts it. Throws CannotStart with what to change. */
export async function startServer(
  configuration: Configuration,
  parts: ServerParts = {},
): Promise<RunningServer> {
  await using cleanup = new AsyncDisposableStack();
  const {
    clock = systemClock,
    random = systemRandom,
    log = silentLog,
    nameService = dnsNameService(),
  } = parts;
  const settings = settingsOf(configuration);
  const common = { settings, clock, random, log };

  const { store, counters } = countedStore(
    cleanup.use(parts.store ?? (await openServerStore(configuration.data))),
  );
  const opened = parts.transports ?? (await openTransports(configuration));
  const core = cleanup.use(openCore(configuration, { ...parts, transports: opened, clock, random, log }));

  const accounts = configuredAccounts(configuration, store.accounts);
  const isFlowOpen = (flowId: string): boolean => opened.some((transport) => transport.isOpen(flowId));
  const clients = new RegistrationTable({ registrations: store.registrations, settings, isFlowOpen });
  await clients.load(clock.now());

  const requester = new Requester({
    authentication: new DigestAuthentication({ ...common, accounts }),
    settings,
  });
  const sender = new LaneRequestSender(core);
  const delivery = new MessageDelivery({ sender, settings });
  const contact = (flow: Flow): string => core.contact(flow.protocol, flow.local.host.includes(':') ? 6 : 4);
  const outboundRoute = configuration.outboundProxy;
  const pullMode = cleanup.use(
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
  core.handle(participatingFunction({ registrar, messages, pulls, settings }));
  await pullMode.resume();

  const running = cleanup.move();
  const close = (): Promise<void> => running.disposeAsync();
  return {
    configuration,
    listening: opened.map(listenAddress),
    counters: () => ({ ...counters, ...core.counters }),
    inventory: () => inventoryOf(store, accounts),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type CoreParts = Required<Pick<ServerParts, 'transports' | 'clock' | 'random' | 'log'>> &
  Pick<ServerParts, 'nameService' | 'trace'>;

function openCore({ outboundProxy, advertisedHost }: Configuration, parts: CoreParts): UserAgentCore {
  const { nameService = dnsNameService(), trace, ...rest } = parts;
  return new UserAgentCore({
    ...rest,
    nameService,
    userAgent: `${releaseVersion.server} restante/${version}`,
    supported: supportedExtensions,
    outboundProxy,
    ...(trace && { trace }),
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
