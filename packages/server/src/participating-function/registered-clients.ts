import { featuresOf, parseNameAddress, parseUri, uriEquals } from '@restante/sip';
import type { Instant, Uri } from '@restante/sip';
import type { CpmUser } from '@restante/cpm';
import { destinationOf } from './client-address.ts';
import type { PullingDevice } from './deferred/deferred-message.ts';
import { instanceOfGruu, isTemporaryGruu } from './gruu.ts';
import type { Binding, Registrations } from './ports.ts';
import type { RegisteredClient, RegisteredClients } from './registered-client.ts';
import { throughProxy } from './registration-request.ts';
import { readableUri, servedUser } from './served-user.ts';

/** Expired bindings are taken out of memory this often; that they are not used any more does not depend on it. */
const sweepMilliseconds = 600_000;

interface Registered {
  readonly bindings: readonly Binding[];
  clients: readonly RegisteredClient[] | undefined;
}

/** Who an address of a request means: a user of the domain, and one of the user's devices where it is a GRUU. */
export interface Addressee {
  readonly user: CpmUser;
  readonly instance?: string;
}

/** All bindings, in memory; what changes is in the store before it is here. */
export class RegistrationTable implements RegisteredClients {
  readonly #users = new Map<CpmUser, Registered>();
  readonly #temporaryGruus = new Map<string, Addressee>();
  /** Who has bindings over which connection. */
  readonly #flowUsers = new Map<string, Set<CpmUser>>();
  readonly #store: Registrations;
  readonly #domain: string;
  #sweptAt: Instant = 0;

  constructor(store: Registrations, domain: string) {
    this.#store = store;
    this.#domain = domain;
  }

  /** Reads what the store holds; before the first request. A flow does not outlive the process that had it. */
  async load(now: Instant): Promise<void> {
    const byUser = Map.groupBy(await this.#store.load(), ({ user }) => user);
    for (const [user, bindings] of byUser)
      this.#keep(user, bindings.filter(({ expiresAt }) => expiresAt > now).map(withoutFlow));
  }

  /** Replaces a user's bindings: in the store, then here. */
  async replace(user: CpmUser, bindings: readonly Binding[], now: Instant): Promise<void> {
    await this.#store.save(user, bindings);
    this.#keep(user, bindings);
    if (now - this.#sweptAt >= sweepMilliseconds) this.#sweep(now);
  }

  /** What is registered now, flows that are closed included. */
  bindings(user: CpmUser, now: Instant): readonly Binding[] {
    return this.#users.get(user)?.bindings.filter(({ expiresAt }) => expiresAt > now) ?? [];
  }

  /** One client for each device: of several bindings the last one registered (RFC 5627 section 5.1, RFC 5626 section 5.3). */
  of(user: CpmUser, now: Instant): readonly RegisteredClient[] {
    const registered = this.#users.get(user);
    if (registered === undefined) return [];
    registered.clients ??= clientsOf(registered.bindings);
    if (registered.clients.every(({ binding }) => binding.expiresAt > now)) return registered.clients;
    this.#keep(user, this.bindings(user, now));
    return this.of(user, now);
  }

  *users(now: Instant): Iterable<CpmUser> {
    for (const user of [...this.#users.keys()]) if (this.of(user, now).length > 0) yield user;
  }

  /** The client that a pull came from (D-8): by GRUU, else instance, else contact. */
  device(
    user: CpmUser,
    { gruu, instance, contact }: PullingDevice,
    now: Instant,
  ): RegisteredClient | undefined {
    const clients = this.of(user, now);
    const named = gruu === undefined ? undefined : this.#instanceNamed(gruu);
    const byInstance = (wanted: string | undefined) =>
      wanted === undefined ? undefined : clients.find(({ binding }) => binding.instance === wanted);
    return (
      byInstance(named) ??
      byInstance(instance) ??
      clients.find((client) => isSameUri(client.address, contact))
    );
  }

  /** Whom a Request-URI means; undefined where it is nobody of our domain. */
  addressee(uri: Uri): Addressee | undefined {
    const user = servedUser(uri, this.#domain);
    if (user === undefined || uri.kind !== 'sip') return user && { user };
    if (isTemporaryGruu(uri)) return this.#temporaryGruus.get(uri.user ?? '');
    const instance = instanceOfGruu(uri);
    return { user, ...(instance !== undefined && { instance }) };
  }

  /** RFC 5626 section 5.3: a flow that is gone is not used again. The client makes a new one and registers. */
  flowClosed(flowId: string): void {
    for (const user of this.#flowUsers.get(flowId) ?? []) {
      const bindings = this.#users.get(user)?.bindings ?? [];
      this.#keep(
        user,
        bindings.map((binding) => (binding.flow.id === flowId ? withoutFlow(binding) : binding)),
      );
    }
  }

  #instanceNamed(gruu: string): string | undefined {
    const uri = readableUri(gruu);
    return uri && this.addressee(uri)?.instance;
  }

  #keep(user: CpmUser, bindings: readonly Binding[]): void {
    this.#forget(user);
    if (bindings.length === 0) return;
    this.#users.set(user, { bindings, clients: undefined });
    for (const { temporaryGruus, instance, flow } of bindings) {
      const addressee = { user, ...(instance !== undefined && { instance }) };
      for (const gruu of temporaryGruus) this.#temporaryGruus.set(userPart(gruu), addressee);
      if (flow.protocol !== 'UDP' && flow.id !== '')
        this.#flowUsers.set(flow.id, (this.#flowUsers.get(flow.id) ?? new Set()).add(user));
    }
  }

  #forget(user: CpmUser): void {
    for (const { temporaryGruus, flow } of this.#users.get(user)?.bindings ?? []) {
      for (const gruu of temporaryGruus) this.#temporaryGruus.delete(userPart(gruu));
      const sharing = this.#flowUsers.get(flow.id);
      sharing?.delete(user);
      if (sharing?.size === 0) this.#flowUsers.delete(flow.id);
    }
    this.#users.delete(user);
  }

  #sweep(now: Instant): void {
    this.#sweptAt = now;
    for (const [user, { bindings }] of this.#users)
      if (bindings.some(({ expiresAt }) => expiresAt <= now)) this.#keep(user, this.bindings(user, now));
  }
}

function clientsOf(bindings: readonly Binding[]): readonly RegisteredClient[] {
  const byTarget = new Map<string, RegisteredClient>();
  for (const binding of bindings.filter(isUsable)) {
    const client = clientOf(binding);
    const known = byTarget.get(client.target);
    if (known === undefined || known.binding.registeredAt <= binding.registeredAt)
      byTarget.set(client.target, client);
  }
  return [...byTarget.values()];
}

// An outbound binding is its flow; the others have an address as well.
function isUsable({ regId, path, flow }: Binding): boolean {
  return regId === undefined || path.length > 0 || flow.protocol === 'UDP' || flow.id !== '';
}

function clientOf(binding: Binding): RegisteredClient {
  const destination = destinationOf(binding);
  return {
    user: binding.user,
    target: binding.instance ?? binding.contact,
    address: binding.contact,
    route: binding.path,
    features: featuresOf(parseNameAddress(binding.contactField, 'Contact')),
    q: binding.q,
    ...(destination !== undefined && { destination }),
    binding,
  };
}

function withoutFlow(binding: Binding): Binding {
  return binding.flow.id === throughProxy ? binding : { ...binding, flow: { ...binding.flow, id: '' } };
}

function userPart(gruu: string): string {
  const uri = parseUri(gruu);
  return (uri.kind === 'sip' ? uri.user : undefined) ?? '';
}

function isSameUri(a: string, b: string): boolean {
  const [left, right] = [readableUri(a), readableUri(b)];
  return left !== undefined && right !== undefined && uriEquals(left, right);
}
