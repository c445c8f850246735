import type { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { NameService, NaptrRecord, SrvRecord } from '../ports.ts';

/** What dnsNameService takes. */
export interface DnsOptions {
  /** Servers to ask for NAPTR and SRV, `address` or `address:port`. Default: the system's. */
  readonly servers?: readonly string[];
  /** How long one server may take, in milliseconds. Default 2000. */
  readonly timeoutMs?: number;
  /** How long an answer is used again, in seconds; 0: never. Default 30. */
  readonly cacheSeconds?: number;
  /** Names in this file have addresses and nothing else. Default `/etc/hosts`. */
  readonly hostsFile?: string;
}

/** An address and its family, as NameService gives it. */
type Address = Awaited<ReturnType<NameService['addresses']>>[number];

const maxCached = 1000;

/** What the resolver says where a name or a record does not exist. */
const nothingThere: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME', 'ENONAME']);

/**
 * DNS by the system: NAPTR and SRV from its servers, addresses as it finds them, its hosts file included.
 * Numeric hosts and names of the hosts file are never asked for NAPTR or SRV.
 */
export function dnsNameService(options: DnsOptions = {}): NameService {
  return new DnsNameService(options);
}

class DnsNameService implements NameService {
  readonly #options: Required<Pick<DnsOptions, 'timeoutMs'>> & Pick<DnsOptions, 'servers'>;
  #resolver: Promise<Resolver> | undefined;
  readonly #hostsFile: string;
  readonly #naptr: AnswerCache<NaptrRecord>;
  readonly #srv: AnswerCache<SrvRecord>;
  readonly #addresses: AnswerCache<Address>;

  constructor({ servers, timeoutMs = 2000, cacheSeconds = 30, hostsFile = '/etc/hosts' }: DnsOptions) {
    this.#options = { timeoutMs, ...(servers && { servers }) };
    this.#hostsFile = hostsFile;
    this.#naptr = new AnswerCache(cacheSeconds * 1000);
    this.#srv = new AnswerCache(cacheSeconds * 1000);
    this.#addresses = new AnswerCache(cacheSeconds * 1000);
  }

  naptr(name: string): Promise<readonly NaptrRecord[]> {
    return this.#naptr.get(name, () => this.#fromServers(name, (resolver) => resolver.resolveNaptr(name)));
  }

  srv(name: string): Promise<readonly SrvRecord[]> {
    return this.#srv.get(name, () => this.#fromServers(name, (resolver) => resolver.resolveSrv(name)));
  }

  async addresses(name: string): Promise<readonly Address[]> {
    const numeric = familyOf(name);
    if (numeric) return [{ address: name, family: numeric }];
    return this.#addresses.get(name, () =>
      orNothing(async () => {
        const { lookup } = await import('node:dns/promises');
        const found = await lookup(name, { all: true, order: 'verbatim' });
        return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
      }),
    );
  }

  async #fromServers<T>(
    name: string,
    ask: (resolver: Resolver) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    if (familyOf(name) || (await this.#isLocal(name))) return [];
    this.#resolver ??= this.#makeResolver();
    const resolver = await this.#resolver;
    return orNothing(() => ask(resolver));
  }

  async #makeResolver(): Promise<Resolver> {
    const { servers, timeoutMs } = this.#options;
    const dns = await import('node:dns/promises');
    const resolver = new dns.Resolver({ timeout: timeoutMs, tries: 2 });
    if (servers) resolver.setServers(servers);
    return resolver;
  }

  /** `_sip._udp.host` is asked for where `host` has no NAPTR, so services of local names are local too. */
  async #isLocal(name: string): Promise<boolean> {
    const host = name.replace(/^(?:_[^.]*\.)+/, '').replace(/\.$/, '');
    return !host.includes('.') || (await this.#hostNames()).has(host.toLowerCase());
  }

  async #hostNames(): Promise<ReadonlySet<string>> {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(this.#hostsFile, 'utf8').catch(() => '');
    const names = text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
    return new Set(names.map((name) => name.toLowerCase()));
  }
}

/** Answers by name; a question under way is asked once. */
class AnswerCache<T> {
  readonly #keptMs: number;
  readonly #entries = new Map<string, { readonly until: number; readonly answer: Promise<readonly T[]> }>();

  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  get(name: string, ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const now = Date.now();
    const known = this.#entries.get(name);
    if (known && known.until > now) return known.answer;
    const entry = { until: now + this.#keptMs, answer: ask() };
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= maxCached && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(name, entry);
    // A failing server is asked again at once: failures are not kept.
    entry.answer.catch(() => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
    });
    return entry.answer;
  }
}

async function orNothing<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && 'code' in error && nothingThere.has(error.code)) return [];
    throw error;
  }
}

function familyOf(name: string): 4 | 6 | undefined {
  const family = isIP(name);
  return family === 4 || family === 6 ? family : undefined;
}
