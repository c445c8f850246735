import { parseUri } from '@restante/sip';
import { expect, test } from 'vitest';
import type { Binding } from '../../src/participating-function/ports.ts';
import { RegistrationTable } from '../../src/participating-function/registered-clients.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { aClient, alice, bob, hour, settings, start } from './deferred/values.ts';

const open = new Set(['f1']);

async function table(...bindings: readonly Binding[]) {
  const { registrations } = openMemoryStore();
  const clients = new RegistrationTable({ registrations, settings, isFlowOpen: (id) => open.has(id) });
  for (const [user, own] of Map.groupBy(bindings, ({ user }) => user))
    await clients.replace(user, own, start);
  return { clients, registrations };
}

const phone: Binding = {
  ...aClient('phone').binding,
  publicGruu: `${bob};gr=urn:uuid:phone`,
  temporaryGruus: ['sip:tgruu.1@example.com;gr'],
};
const tablet = aClient('tablet').binding;
const { instance: _instance, ...unnamed } = aClient('plain').binding;
const plain: Binding = { ...unnamed, contact: 'sip:bob@192.0.2.50:5060' };
const names = (clients: readonly { readonly target: string }[]) => clients.map(({ target }) => target);

test('RFC 5627 5.1: of several bindings of one device the last one is its client', async () => {
  const newer = { ...phone, contact: 'sip:phone@192.0.2.15:7000', registeredAt: start + 1 };
  const { clients } = await table(newer, phone, tablet);
  expect(clients.of(bob, start).map(({ address }) => address)).toEqual([newer.contact, tablet.contact]);
});

test('RFC 3261 10.3: a binding counts until it expires', async () => {
  const { clients } = await table({ ...phone, expiresAt: start + hour });
  expect(clients.of(bob, start + hour - 1)).toHaveLength(1);
  expect(clients.of(bob, start + hour)).toEqual([]);
  expect([...clients.users(start)]).toEqual([bob]);
  expect([...clients.users(start + hour)]).toEqual([]);
});

test('RFC 5626 5.3: over a flow that is closed there is no client; another flow of the device takes its place', async () => {
  const flow = { id: 'f1', protocol: 'TCP', host: '192.0.2.15', port: 40_000 };
  const first: Binding = { ...phone, regId: 1, flow };
  const second: Binding = { ...first, regId: 2, flow: { ...flow, id: 'gone' }, registeredAt: start + 1 };
  const { clients, registrations } = await table(first, second);
  expect(clients.of(bob, start).map(({ binding }) => binding.regId)).toEqual([1]);
  expect(clients.bindings(bob, start)).toHaveLength(2);
  const restarted = new RegistrationTable({ registrations, settings, isFlowOpen: () => true });
  await restarted.load(start);
  expect(restarted.of(bob, start)).toEqual([]);
});

test('D-8: the device of a pull, by GRUU, else instance, else contact', async () => {
  const { clients } = await table(phone, tablet, plain);
  const contact = 'sip:elsewhere@198.51.100.1';
  const found = (device: Parameters<RegistrationTable['device']>[1]) =>
    clients.device(bob, device, start)?.target;
  expect(found({ gruu: `${bob};gr=urn:uuid:phone`, instance: '<urn:uuid:tablet>', contact })).toBe(
    '<urn:uuid:phone>',
  );
  expect(found({ gruu: 'sip:tgruu.1@example.com;gr', contact })).toBe('<urn:uuid:phone>');
  expect(found({ instance: '<urn:uuid:tablet>', contact })).toBe('<urn:uuid:tablet>');
  expect(found({ contact: 'sip:bob@192.0.2.50:5060' })).toBe(plain.contact);
  expect(found({ contact })).toBeUndefined();
  expect(clients.device(alice, { instance: '<urn:uuid:tablet>', contact }, start)).toBeUndefined();
});

test('RFC 5627 6.1: whom a GRUU means, for as long as it is registered', async () => {
  const { clients } = await table(phone);
  const means = (uri: string) => clients.addressee(parseUri(uri));
  expect(means('sip:tgruu.1@example.com;gr')).toEqual({ user: bob, instance: '<urn:uuid:phone>' });
  expect(means(`${bob};gr=urn:uuid:phone`)).toEqual({ user: bob, instance: '<urn:uuid:phone>' });
  expect(means('tel:+1-555-0123')).toEqual({ user: 'sip:+15550123@example.com' });
  expect(means('sip:bob@elsewhere.example')).toBeUndefined();
  await clients.replace(bob, [], start);
  expect(means('sip:tgruu.1@example.com;gr')).toBeUndefined();
});

test('D-5: what the store holds is there after a restart, expired bindings left out', async () => {
  const { registrations } = await table(phone, { ...tablet, expiresAt: start + 1 });
  const restarted = new RegistrationTable({ registrations, settings, isFlowOpen: () => true });
  await restarted.load(start + 1);
  expect(names(restarted.of(bob, start + 1))).toEqual(['<urn:uuid:phone>']);
  expect((await registrations.load()).map(({ contact }) => contact)).toEqual([phone.contact]);
});

test('what has expired does not stay in memory', async () => {
  const { clients } = await table({ ...phone, expiresAt: start + 1 });
  await clients.replace(alice, [{ ...tablet, user: alice }], start + hour);
  expect(clients.addressee(parseUri('sip:tgruu.1@example.com;gr'))).toBeUndefined();
});
