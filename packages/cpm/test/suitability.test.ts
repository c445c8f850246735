import { featuresOf, parseAcceptContacts, parseNameAddress } from '@restante/sip';
import { describe, expect, test } from 'vitest';
import { acceptContactFor, icsiFeature } from '../src/identifiers.ts';
import { canPull, isSuitable, type MessageMode } from '../src/suitability.ts';

const urn = 'urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm';
const handset = `<sip:+15550123@192.0.2.1:5060>;+sip.instance="<urn:uuid:2ad8950e-48a5-4a74-8d99-ad76cc7fc74d>";+g.3gpp.icsi-ref="${urn}.msg,${urn}.largemsg,${urn}.deferred";+g.gsma.rcs.cpm.pager-large`;

function features(contact: string) {
  return featuresOf(parseNameAddress(contact));
}

function suits(
  contact: string,
  mode: MessageMode,
  accept: readonly string[] = [],
  reject: readonly string[] = [],
) {
  return isSuitable(features(contact), {
    mode,
    acceptContacts: accept.flatMap((row) => parseAcceptContacts(row)),
    rejectContacts: reject.flatMap((row) => parseAcceptContacts(row)),
  });
}

describe('PF-4: suitable by the service of the mode', () => {
  const rows: readonly [name: string, contact: string, pager: boolean, large: boolean][] = [
    ['a handset with all three services', handset, true, true],
    ['pager only', `<sip:a@b>;${icsiFeature('msg')}`, true, false],
    ['large only', `<sip:a@b>;${icsiFeature('largemsg')}`, false, true],
    ['deferred only', `<sip:a@b>;${icsiFeature('deferred')}`, false, false],
    ['groups only', `<sip:a@b>;${icsiFeature('msgGroup')}`, false, false],
    ['chat sessions only', `<sip:a@b>;${icsiFeature('session', 'filetransfer')}`, false, false],
    ['plain colons', '<sip:a@b>;+g.3gpp.icsi-ref="urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg"', true, false],
    ['no quotes', `<sip:a@b>;+g.3gpp.icsi-ref=${urn}.largemsg`, false, true],
    ['capitals', `<sip:a@b>;+G.3GPP.ICSI-REF="${urn.toUpperCase()}.MSG"`, true, false],
    ['D-23: a plain SIP phone', '<sip:a@192.0.2.7:5060;transport=udp>;expires=3600', false, false],
    [
      'D-23: a phone with other features',
      '<sip:a@b>;audio;methods="INVITE,MESSAGE";+sip.instance="<urn:uuid:1>"',
      false,
      false,
    ],
  ];
  for (const [name, contact, pager, large] of rows)
    test(name, () => {
      expect([suits(contact, 'pager'), suits(contact, 'large')]).toEqual([pager, large]);
    });
});

describe('RFC 3841 7.2.4: the caller preferences of the message', () => {
  const instance = '*;+sip.instance="<urn:uuid:2ad8950e-48a5-4a74-8d99-ad76cc7fc74d>";require;explicit';
  const rows: readonly [
    name: string,
    accept: readonly string[],
    reject: readonly string[],
    suitable: boolean,
  ][] = [
    ['the service itself', [acceptContactFor('msg')], [], true],
    ['the service, required', [acceptContactFor('msg', { require: true, explicit: true })], [], true],
    ['a service that the client has not, only preferred', [acceptContactFor('session')], [], true],
    [
      'a service that the client has not, required',
      [acceptContactFor('session', { require: true })],
      [],
      false,
    ],
    ['this device', [acceptContactFor('msg'), instance], [], true],
    ['another device', [instance.replace('2ad8', '3ad8')], [], false],
    ['a tag that the client does not mention, required', ['*;video;require'], [], true],
    [
      'a tag that the client does not mention, required and explicit',
      ['*;video;require;explicit'],
      [],
      false,
    ],
    ['an empty predicate', ['*'], [], true],
    ['a rejected service', [], [`*;${icsiFeature('deferred')}`], false],
    ['a rejected service that the client has not', [], [`*;${icsiFeature('session')}`], true],
  ];
  for (const [name, accept, reject, suitable] of rows)
    test(`${name}: ${suitable ? 'suitable' : 'not suitable'}`, () => {
      expect(suits(handset, 'pager', accept, reject)).toBe(suitable);
    });

  test('preferences do not make a client suitable that has not the service', () => {
    expect(suits(`<sip:a@b>;${icsiFeature('session')}`, 'pager', [acceptContactFor('session')])).toBe(false);
  });
});

describe('canPull', () => {
  test('is the deferred tag alone, and no part of being suitable (8.3.1.6.3, revision R01)', () => {
    const withoutDeferred = `<sip:a@b>;${icsiFeature('msg', 'largemsg')}`;
    expect(canPull(features(handset))).toBe(true);
    expect(canPull(features(withoutDeferred))).toBe(false);
    expect(suits(withoutDeferred, 'pager')).toBe(true);
  });
});
