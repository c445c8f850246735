import { describe, expect, test } from 'vitest';
import { decideDelivery } from '../../src/participating-function/delivery-decision.ts';
import type { DeliveryFacts } from '../../src/participating-function/delivery-decision.ts';
import type { RegisteredClient } from '../../src/participating-function/registered-client.ts';
import { aClient, aMessage, hour, start } from './deferred/values.ts';

const phone = aClient('phone');
const tablet = aClient('tablet', { q: 0.5 });
const plain = aClient('plain', { features: '' });
const message = { description: aMessage('m1') };

function decided(facts: Partial<DeliveryFacts>): string {
  const decision = decideDelivery({ message, clients: [], now: start, ...facts });
  if (decision.kind !== 'deliver') return decision.kind;
  const names = decision.waves.map((wave) => wave.map(nameOf).join('+')).join(', ');
  return `${names}; otherwise ${decision.otherwise.kind}`;
}

const nameOf = ({ target }: RegisteredClient): string => target.replace(/^<urn:uuid:(.*)>$/, '$1');
const late = { description: aMessage('m1', { expiresAt: start }) };
const imdn = { ...message, passing: 'disposition notification' } as const;

const rows: readonly [string, Partial<DeliveryFacts>, string][] = [
  ['PF-1: nobody is registered', {}, 'defer'],
  ['PF-1: the only client is not suitable', { clients: [plain] }, 'defer'],
  ['PF-1: a suitable client gets it at once', { clients: [phone, plain] }, 'phone; otherwise defer'],
  ['RFC 3261 16.6: higher q first', { clients: [tablet, phone] }, 'phone, tablet; otherwise defer'],
  ['RFC 3261 16.6: equal q together', { clients: [phone, aClient('watch')] }, 'phone+watch; otherwise defer'],
  [
    'RFC 5627: the device that the GRUU names comes first',
    { clients: [phone, tablet], message: { ...message, instance: '<urn:uuid:tablet>' } },
    'tablet, phone; otherwise defer',
  ],
  ['D-15: a disposition notification is not deferred', { message: imdn }, 'refuse'],
  [
    'D-15: it goes to any client where none is suitable',
    { message: imdn, clients: [plain] },
    'plain; otherwise refuse',
  ],
  [
    'D-15: and to the suitable one where there is one',
    { message: imdn, clients: [plain, phone] },
    'phone; otherwise refuse',
  ],
  ['D-16: what has expired does not wait', { message: late }, 'refuse'],
  ['D-16: but may still be delivered', { message: late, clients: [phone] }, 'phone; otherwise refuse'],
  ['D-16: it waits up to its expiry', { now: start + hour }, 'defer'],
];

describe('decideDelivery', () => {
  test.each(rows)('%s', (_name, facts, expected) => {
    expect(decided(facts)).toBe(expected);
  });
});
