import { expect, test } from 'vitest';
import { aNewMessage, bob, start, userAt } from '../../participating-function/deferred/values.ts';
import type { OpenStore } from '../store-contract.ts';
import { aBinding, anAccount, limits } from '../store-values.ts';

const carol = userAt('sip:carol@example.com');

export function userContract(name: string, open: OpenStore): void {
  test(`${name}: what a client was told of only grows, and is the client's own`, async () => {
    await using store = await open();
    const record = (target: string, upTo: number) =>
      store.notifications.record({ user: bob, target, upTo, at: start, evidence: '200 OK' });
    await record('sip:phone', 5);
    await record('sip:phone', 3);
    await record('sip:tablet', 2);
    expect(await store.notifications.told(bob, 'sip:phone')).toBe(5);
    expect(await store.notifications.told(bob, 'sip:tablet')).toBe(2);
    expect(await store.notifications.told(carol, 'sip:phone')).toBe(0);
  });

  test(`${name}: of many users those with waiting messages are known`, async () => {
    await using store = await open();
    await store.queue.enqueue(aNewMessage('m1'), limits);
    const others = Array.from({ length: 1500 }, (_, index) => userAt(`sip:user${index}@example.com`));
    expect(await store.notifications.withWaiting([...others, bob, carol])).toEqual([bob]);
    expect(await store.notifications.withWaiting([])).toEqual([]);
  });

  test(`${name}: RFC 3261 10.3: the bindings of a user are replaced together`, async () => {
    await using store = await open();
    const phone = aBinding('sip:phone@192.0.2.1', { instance: '<urn:uuid:1>', regId: 1, userAgent: 'x' });
    const tablet = aBinding('sip:tablet@192.0.2.2', { temporaryGruus: ['sip:t@example.com;gr'] });
    const other = aBinding('sip:c@192.0.2.3', { user: carol });
    await store.registrations.save(bob, [phone, tablet]);
    await store.registrations.save(carol, [other]);
    expect(new Set(await store.registrations.load())).toEqual(new Set([phone, tablet, other]));
    await store.registrations.save(bob, [tablet]);
    await store.registrations.save(carol, []);
    expect(await store.registrations.load()).toEqual([tablet]);
  });

  test(`${name}: RFC 8760: accounts are found by name and realm, replaced and removed`, async () => {
    await using store = await open();
    const account = anAccount('bob');
    await store.accounts.put(account);
    await store.accounts.put(anAccount('carol', { user: carol }));
    expect(await store.accounts.find('bob', 'example.com')).toEqual(account);
    expect(await store.accounts.find('bob', 'example.org')).toBeUndefined();
    expect([
      await store.accounts.known(bob),
      await store.accounts.known(userAt('sip:x@example.com')),
    ]).toEqual([true, false]);
    await store.accounts.put({ ...account, ha1Md5: 'new' });
    expect((await store.accounts.list()).map(({ username, ha1Md5 }) => [username, ha1Md5])).toEqual([
      ['bob', 'new'],
      ['carol', 'a1'],
    ]);
    expect([await store.accounts.remove(bob), await store.accounts.remove(bob)]).toEqual([true, false]);
    expect(await store.accounts.known(bob)).toBe(false);
  });
}
