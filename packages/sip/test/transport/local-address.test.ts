import { expect, test } from 'vitest';
import { localAddressTowards } from '../../src/transport/local-address.ts';

test('a loopback peer is reached from loopback, in both families', async () => {
  expect(await localAddressTowards('127.0.0.1')).toBe('127.0.0.1');
  expect(await localAddressTowards('::1')).toBe('::1');
});

test('where there is no route, the system says so', async () => {
  await expect(localAddressTowards('256.0.0.1')).rejects.toThrow();
});
