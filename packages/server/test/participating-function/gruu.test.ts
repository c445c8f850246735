import { parseUri } from '@restante/sip';
import type { SipUri } from '@restante/sip';
import { expect, test } from 'vitest';
import { SequenceRandom } from '../../../../test/support/sequence-random.ts';
import { gruusOf, instanceOfGruu, isTemporaryGruu } from '../../src/participating-function/gruu.ts';
import { bob, userAt } from './deferred/values.ts';

const instance = '<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>';

function sip(text: string): SipUri {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') throw new Error(text);
  return uri;
}

test('RFC 5627 5.4: the public GRUU is the user with the instance, the temporary one says neither', () => {
  const random = new SequenceRandom();
  const gruus = gruusOf(bob, instance, random);
  expect(gruus.public).toBe('sip:bob@example.com;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6');
  expect(gruus.temporary).toMatch(/^sip:tgruu\.[0-9a-f]{32}@example\.com;gr$/);
  expect(gruusOf(bob, instance, random).temporary).not.toBe(gruus.temporary);
});

test('RFC 5627 5.4: what a GRUU names is read back', () => {
  const gruus = gruusOf(userAt('tel:+15550123'), instance, new SequenceRandom());
  expect(instanceOfGruu(sip(gruus.public))).toBe(instance);
  expect(isTemporaryGruu(sip(gruus.temporary))).toBe(true);
  expect(isTemporaryGruu(sip(gruus.public))).toBe(false);
  expect(instanceOfGruu(sip(bob))).toBeUndefined();
});
