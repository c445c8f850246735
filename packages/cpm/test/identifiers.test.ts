import { featuresOf, parseAcceptContacts, parseNameAddress } from '@restante/sip';
import { describe, expect, test } from 'vitest';
import {
  acceptContactFor,
  hasService,
  icsiFeature,
  namesServices,
  releaseVersion,
  requestedServices,
  serviceOf,
  services,
  serviceUrn,
} from '../src/identifiers.ts';

describe('RFC 6050, RFC 3840: how services are written', () => {
  test('RFC 6050 4.4: the URN of a service is written plain', () => {
    expect(serviceUrn('msg')).toBe('urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg');
    expect(serviceUrn('deferred')).toBe('urn:urn-7:3gpp-service.ims.icsi.oma.cpm.deferred');
  });

  test('RFC 3840 9: one feature parameter, its colons percent-encoded, its values in one pair of quotes', () => {
    expect(icsiFeature('msg', 'deferred')).toBe(
      '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg,urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.deferred"',
    );
  });

  test('CL-4, PF-4: Accept-Contact, with its parameters where wanted', () => {
    const feature = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.systemmsg"';
    expect(acceptContactFor('systemmsg')).toBe(`*;${feature}`);
    expect(acceptContactFor('systemmsg', { require: true, explicit: true })).toBe(
      `*;${feature};require;explicit`,
    );
  });

  test('Appendix D: the release version', () => {
    expect(releaseVersion).toEqual({ client: 'CPM-client/OMA1.0', server: 'CPM-serv/OMA1.0' });
  });

  test('what is written is read back', () => {
    for (const service of [
      'msg',
      'msgGroup',
      'largemsg',
      'deferred',
      'systemmsg',
      'session',
      'filetransfer',
    ] as const) {
      expect(serviceOf(serviceUrn(service))).toBe(service);
      const contact = parseNameAddress(`<sip:a@b>;${icsiFeature(service)}`);
      expect(hasService(featuresOf(contact), service)).toBe(true);
      expect([...requestedServices(parseAcceptContacts(acceptContactFor(service)))]).toEqual([service]);
    }
  });
});

describe('RFC 6050, RFC 3840: how services are read', () => {
  const name = services.deferred;
  const forms: readonly [form: string, parameter: string, has: boolean][] = [
    ['percent-encoded', `+g.3gpp.icsi-ref="urn%3Aurn-7%3A${name}"`, true],
    ['percent-encoded in lower case', `+g.3gpp.icsi-ref="urn%3aurn-7%3a${name}"`, true],
    ['plain colons', `+g.3gpp.icsi-ref="urn:urn-7:${name}"`, true],
    ['without quotes', `+g.3gpp.icsi-ref=urn%3Aurn-7%3A${name}`, true],
    ['without quotes, plain colons', `+g.3gpp.icsi-ref=urn:urn-7:${name}`, true],
    ['the short name of 7.2.3.2.1', `+g.3gpp.icsi-ref="${name}"`, true],
    ['capitals', `+G.3GPP.ICSI-REF="URN%3AURN-7%3A${name.toUpperCase()}"`, true],
    ['angle brackets', `+g.3gpp.icsi-ref="<urn:urn-7:${name}>"`, true],
    ['first of a list', `+g.3gpp.icsi-ref="urn%3Aurn-7%3A${name},urn%3Aurn-7%3A${services.msg}"`, true],
    [
      'last of a list with spaces',
      `+g.3gpp.icsi-ref="urn%3Aurn-7%3A${services.msg}, urn%3Aurn-7%3A${name}"`,
      true,
    ],
    [
      'a list with its comma encoded',
      `+g.3gpp.icsi-ref="urn%3Aurn-7%3A${services.msg}%2Curn%3Aurn-7%3A${name}"`,
      true,
    ],
    [
      'beside other parameters',
      `expires=600;+sip.instance="<urn:uuid:1>";+g.3gpp.icsi-ref="urn%3Aurn-7%3A${name}";q=0.5`,
      true,
    ],
    ['a longer name', `+g.3gpp.icsi-ref="urn%3Aurn-7%3A${name}.group"`, false],
    ['a shorter name', `+g.3gpp.icsi-ref="urn%3Aurn-7%3A${name.slice(0, -1)}"`, false],
    ['negated', `+g.3gpp.icsi-ref="!urn%3Aurn-7%3A${name}"`, false],
    ['another tag', `+g.3gpp.iari-ref="urn%3Aurn-7%3A${name}"`, false],
    ['a flag', '+g.3gpp.icsi-ref', false],
    ['nothing', 'expires=600', false],
  ];
  for (const [form, parameter, has] of forms)
    test(`${form}: ${has ? 'has it' : 'has it not'}`, () => {
      const features = featuresOf(parseNameAddress(`<sip:a@b>;${parameter}`));
      expect(hasService(features, 'deferred')).toBe(has);
    });

  test('a client that names no service at all can be told apart', () => {
    expect(namesServices(featuresOf(parseNameAddress('<sip:a@b>;+sip.instance="<urn:uuid:1>";audio')))).toBe(
      false,
    );
    expect(namesServices(featuresOf(parseNameAddress(`<sip:a@b>;+g.3gpp.icsi-ref="urn%3Ax"`)))).toBe(true);
  });

  test('PF-9: the services that the Accept-Contact rows of a request name', () => {
    const rows = [
      `*;+g.3gpp.iari-ref="urn%3Aurn-7%3A3gpp-application.ims.iari.rcse.im";require;explicit`,
      `*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A${services.deferred}",*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A${services.msg},urn%3Aother"`,
    ];
    const named = requestedServices(rows.flatMap((row) => parseAcceptContacts(row)));
    expect(named).toEqual(new Set(['deferred', 'msg']));
    expect(requestedServices([])).toEqual(new Set());
  });

  test('P-Asserted-Service: unknown services are none of CPM', () => {
    expect(serviceOf(' URN:URN-7:3gpp-service.ims.icsi.oma.cpm.MSG ')).toBe('msg');
    expect(serviceOf('urn:urn-7:3gpp-service.ims.icsi.mmtel')).toBeUndefined();
    expect(serviceOf('')).toBeUndefined();
  });
});
