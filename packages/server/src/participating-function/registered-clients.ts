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
import type { ParticipatingFunctionSettings } from './settings.ts';

/** Expired bindings are taken out of memory this often; that they are not used any more does not depend on it. */
const sweepMilliseconds = 600_000;

/** Who an address of a request means: a user of the domain, and one of the user's devices where it is a GRUU. */
export interface Addressee {
  readonly user: CpmUser;
  readonly instance?: string;
}

export interface RegistrationTableParts {
  readonly registrations: Registrations;
  readonly settings: Pick<ParticipatingFunctionSettings, 'domain'>;
  /** Is the connection still there over which this client registered? (Transport.isOpen of the one that has it.) */
  readonly isFlowOpen: (flowId: string) => boolean;
}

/** All bindings, in memory; what changes is in the store before it is here. */
export class RegistrationTable implements RegisteredClients {
  readonly #users = new Map<CpmUser, readonly Binding[]>();
  readonly #clients = new WeakMap<Binding, RegisteredClient>();
  readonly #temporaryGruus = new Map<string, Addressee>();
  readonly #parts: RegistrationTableParts;
  #sweptAt: Instant = 0;

  constructor(parts: RegistrationTableParts) {
    this.#parts = parts;
  }

  /** Reads what the store holds, and clears it of what has expired; before the first request. */
  async load(now: Instant): Promise<void> {
    const { registrations } = this.#parts;
    const byUser = Map.groupBy(await registrations.load(), ({ user }) => user);
    const clearing: Promise<void>[] = [];
    for (const [user, bindings] of byUser) {
      const current = bindings.filter(({ expiresAt }) => expiresAt > now);
      if (current.length < bindings.length) clearing.push(registrations.save(user, current));
      // A flow does not outlive the process that had it.
      this.#keep(user, current.map(withoutFlow));
    }
    await Promise.all(clearing);
  }

  /** Replaces a user's bindings: in the store, then here. */
  async replace(user: CpmUser, bindings: readonly Binding[], now: Instant): Promise<void> {
    await this.#parts.registrations.save(user, bindings);
    this.#keep(user, bindings);
    if (now - this.#sweptAt >= sweepMilliseconds) this.#sweep(now);
  }

  /** What is registered now, also over flows that are closed. */
  bindings(user: CpmUser, now: Instant): readonly Binding[] {
    return this.#users.get(user)?.filter(({ expiresAt }) => expiresAt > now) ?? [];
  }

  /** One client for each device: of several bindings the last one registered (RFC 5627 section 5.1, RFC 5626 section 5.3). */
  of(user: CpmUser, now: Instant): readonly RegisteredClient[] {
    const usable = this.bindings(user, now).filter((binding) => this.#isUsable(binding));
    if (usable.length < 2) return usable.map((binding) => this.#clientOf(binding));
    const byTarget = Map.groupBy(usable, targetOf);
    return Array.from(byTarget.values(), (bindings) => this.#clientOf(bindings.reduce(later)));
  }

  *users(now: Instant): Iterable<CpmUser> {
    for (const user of this.#users.keys()) if (this.of(user, now).length > 0) yield user;
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
    const user = servedUser(uri, this.#parts.settings.domain);
    if (user === undefined || uri.kind !== 'sip') return user && { user };
    if (isTemporaryGruu(uri)) return this.#temporaryGruus.get(uri.user ?? '');
    const instance = instanceOfGruu(uri);
    return { user, ...(instance !== undefined && { instance }) };
  }

  #instanceNamed(gruu: string): string | undefined {
    const uri = readableUri(gruu);
    return uri && this.addressee(uri)?.instance;
  }

  /** An outbound binding is its flow (RFC 5626 section 5.3); the others have an address as well. */
  #isUsable({ regId, path, flow }: Binding): boolean {
    if (regId === undefined || path.length > 0 || flow.protocol === 'UDP') return true;
    return flow.id !== '' && this.#parts.isFlowOpen(flow.id);
  }

  #clientOf(binding: Binding): RegisteredClient {
    const known = this.#clients.get(binding);
    if (known !== undefined) return known;
    const client = clientOf(binding);
    this.#clients.set(binding, client);
    return client;
  }

  #keep(user: CpmUser, bindings: readonly Binding[]): void {
    for (const gruu of temporaryGruusOf(this.#users.get(user))) this.#temporaryGruus.delete(gruu);
    if (bindings.length === 0) this.#users.delete(user);
    else this.#users.set(user, bindings);
    for (const binding of bindings) {
      const { instance } = binding;
      for (const gruu of temporaryGruusOf([binding]))
        this.#temporaryGruus.set(gruu, { user, ...(instance !== undefined && { instance }) });
    }
  }

  #sweep(now: Instant): void {
    this.#sweptAt = now;
    for (const [user, bindings] of this.#users)
      if (bindings.some(({ expiresAt }) => expiresAt <= now)) this.#keep(user, this.bindings(user, now));
  }
}

function clientOf(binding: Binding): RegisteredClient {
  const destination = destinationOf(binding);
  return {
    user: binding.user,
    target: targetOf(binding),
    address: binding.contact,
    route: binding.path,
    features: featuresOf(parseNameAddress(binding.contactField, 'Contact')),
    q: binding.q,
    ...(destination !== undefined && { destination }),
    binding,
  };
}

function targetOf({ instance, contact }: Binding): string {
  return instance ?? contact;
}

function later(one: Binding, other: Binding): Binding {
  return other.registeredAt >= one.registeredAt ? other : one;
}

/** The user parts by which they are found. */
function temporaryGruusOf(bindings: readonly Binding[] | undefined): readonly string[] {
  return bindings?.flatMap(({ temporaryGruus }) => temporaryGruus.map(userPart)) ?? [];
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
