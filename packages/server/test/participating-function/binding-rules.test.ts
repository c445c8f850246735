import { describe, expect, test } from 'vitest';
import { decideRegistration } from '../../src/participating-function/binding-rules.ts';
import type { RegistrationDecision } from '../../src/participating-function/binding-rules.ts';
import type { Binding } from '../../src/participating-function/ports.ts';
import { readRegistrationRequest } from '../../src/participating-function/registration-request.ts';
import { bob, settings, start } from './deferred/values.ts';
import { aRequest, flow } from './requests.ts';

type Headers = Readonly<Record<string, string | readonly string[]>>;

let minted = 0;

function register(current: readonly Binding[], headers: Headers, now = start): RegistrationDecision {
  const to = {
    To: '<sip:bob@example.com>',
    From: '<sip:bob@example.com>;tag=r',
    Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKr',
  };
  const request = aRequest({
    method: 'REGISTER',
    uri: 'sip:example.com',
    body: '',
    headers: { ...to, 'Call-ID': 'r1', CSeq: '1 REGISTER', ...headers },
  });
  return decideRegistration({
    request: readRegistrationRequest(request, bob, flow, 3600),
    current,
    now,
    limits: { ...settings.registration, contactsPerUser: 3 },
    gruusOf: (instance) => ({
      public: `sip:bob@example.com;gr=${instance}`,
      temporary: `sip:t${(minted += 1)}@example.com;gr`,
    }),
  });
}

function after(current: readonly Binding[], headers: Headers, now = start): readonly Binding[] {
  const decision = register(current, headers, now);
  if (decision.kind !== 'replace') throw new Error(JSON.stringify(decision));
  return decision.bindings;
}

const phone = '<sip:bob@192.0.2.1:5060>';
const one = after([], { Contact: phone });
const seconds = (headers: Headers) => after([], headers).map(({ expiresAt }) => (expiresAt - start) / 1000);
function movedTo(host: number): Headers {
  return { 'Call-ID': `m${host}`, Contact: `<sip:b@192.0.2.${host}>;+sip.instance="<urn:uuid:1>"` };
}

const contactsOf = (bindings: readonly Binding[]) => bindings.map(({ contact }) => contact);

describe('RFC 3261 10.3', () => {
  const refused: readonly [string, readonly Binding[], Headers, number][] = [
    ["step 6: '*' with a time to live", one, { Contact: '*' }, 400],
    [
      'step 6: the same Call-ID without a higher CSeq does not remove',
      one,
      { Contact: '*', Expires: '0' },
      500,
    ],
    ['step 7: too brief', [], { Contact: `${phone};expires=10` }, 423],
    ['step 7: too brief by the header', [], { Contact: phone, Expires: '59' }, 423],
    ['step 7: the same Call-ID without a higher CSeq', one, { Contact: phone }, 500],
    [
      'a limit of contacts',
      one,
      { CSeq: '2 REGISTER', Contact: ['<sip:a@192.0.2.2>', '<sip:a@192.0.2.3>', '<sip:a@192.0.2.4>'] },
      403,
    ],
    ['an address that is no SIP address', [], { Contact: '<mailto:bob@example.com>' }, 400],
  ];
  test.each(refused)('%s is refused', (_name, current, headers, status) => {
    try {
      expect(register(current, headers)).toMatchObject({ kind: 'refuse', status });
    } catch (error) {
      expect(error).toMatchObject({ status });
    }
  });

  test('step 7: 423 says what would do', () => {
    expect(register([], { Contact: phone, Expires: '59' })).toMatchObject({
      headers: [['Min-Expires', '60']],
    });
  });

  test('step 6: without a Contact nothing changes', () => {
    expect(register(one, {})).toEqual({ kind: 'unchanged' });
  });

  test("step 6: '*' removes every binding", () => {
    expect(after(one, { Contact: '*', Expires: '0', CSeq: '2 REGISTER' })).toEqual([]);
    expect(after(one, { Contact: '*', Expires: '0', 'Call-ID': 'other' })).toEqual([]);
  });

  test('step 7: expires of the contact, of the header, the default, the maximum', () => {
    expect(seconds({ Contact: [`${phone};expires=120`, '<sip:b@192.0.2.2>'], Expires: '600' })).toEqual([
      120, 600,
    ]);
    expect(seconds({ Contact: phone })).toEqual([3600]);
    expect(seconds({ Contact: `${phone};expires=9999999` })).toEqual([86_400]);
    expect(seconds({ Contact: `${phone};expires=soon` })).toEqual([3600]);
  });

  test('step 7: an equal URI is the same binding, whatever its form', () => {
    const renewed = after(one, { Contact: '<sip:%62ob@192.0.2.1:5060>', CSeq: '2 REGISTER' });
    expect(renewed).toHaveLength(1);
    expect(renewed[0]?.sequence).toBe(2);
  });

  test('step 7: expires=0 removes one binding and leaves the others', () => {
    const two = after(one, { Contact: '<sip:bob@192.0.2.2>', CSeq: '2 REGISTER' });
    expect(contactsOf(after(two, { Contact: `${phone};expires=0`, CSeq: '3 REGISTER' }))).toEqual([
      'sip:bob@192.0.2.2',
    ]);
  });

  test('step 7: all or nothing', () => {
    const decision = register(one, {
      'Call-ID': 'r2',
      Contact: ['<sip:new@192.0.2.2>', `${phone};expires=5`],
    });
    expect(decision.kind).toBe('refuse');
  });

  test('a user over the limit may still refresh and remove', () => {
    const many = [1, 2, 3, 4].reduce<readonly Binding[]>(
      (bindings, n) => [...bindings, ...after([], { Contact: `<sip:b@192.0.2.${n}>` })],
      [],
    );
    expect(after(many, { Contact: '<sip:b@192.0.2.2>', CSeq: '2 REGISTER' })).toHaveLength(4);
  });

  test('a device that moves often is not shut out', () => {
    let bindings = after([], { Contact: phone });
    for (const host of [1, 2, 3, 4, 5]) bindings = after(bindings, movedTo(host));
    expect(contactsOf(bindings)).toEqual(['sip:bob@192.0.2.1:5060', 'sip:b@192.0.2.5']);
  });

  test('q and feature tags are kept as written', () => {
    const [binding] = after([], {
      Contact: `${phone};q=0.3;+g.3gpp.icsi-ref="urn%3Aurn-7%3Ax";audio;expires=60`,
    });
    expect(binding).toMatchObject({
      q: 0.3,
      contactField: `${phone};q=0.3;+g.3gpp.icsi-ref="urn%3Aurn-7%3Ax";audio`,
    });
  });
});

const instance = '+sip.instance="<urn:uuid:1>"';
const flowContact = `<sip:bob@192.0.2.1:5060>;${instance};reg-id=1`;

describe('RFC 5626 6', () => {
  const outbound = { Supported: 'outbound, path' };

  test('instance and reg-id replace the contact that the same instance had', () => {
    const old = after([], { ...outbound, Contact: flowContact });
    const moved = after(old, {
      ...outbound,
      'Call-ID': 'r2',
      Contact: `<sip:bob@192.0.2.9:5060>;${instance};reg-id=1`,
    });
    expect(contactsOf(moved)).toEqual(['sip:bob@192.0.2.9:5060']);
    const both = after(old, {
      ...outbound,
      'Call-ID': 'r2',
      Contact: `<sip:bob@192.0.2.9:5060>;${instance};reg-id=2`,
    });
    expect(both.map(({ regId }) => regId)).toEqual([1, 2]);
  });

  test('the first hop has to keep flows', () => {
    const Via = ['SIP/2.0/UDP 192.0.2.5;branch=z9hG4bKp', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKr'];
    const Path = '<sip:edge.example.com;lr>';
    expect(register([], { ...outbound, Via, Path, Contact: flowContact })).toMatchObject({ status: 439 });
    expect(
      register([], { ...outbound, Via, Path: '<sip:edge.example.com;lr;ob>', Contact: flowContact }),
    ).toMatchObject({ outbound: true });
  });

  test('a reg-id without Supported: outbound means nothing', () => {
    const [binding] = after([], { Contact: flowContact });
    expect(binding).not.toHaveProperty('regId');
  });

  test('two flows in one REGISTER are refused', () => {
    expect(() => register([], { ...outbound, Contact: [flowContact, flowContact] })).toThrow('reg-id');
  });
});

describe('RFC 5627 5', () => {
  test('GRUUs for an instance where they are supported', () => {
    const [binding] = after([], { Supported: 'gruu', Contact: `${phone};${instance}` });
    expect(binding).toMatchObject({
      publicGruu: 'sip:bob@example.com;gr=<urn:uuid:1>',
      instance: '<urn:uuid:1>',
    });
    expect(binding?.temporaryGruus).toHaveLength(1);
    expect(after([], { Contact: `${phone};${instance}` })[0]).not.toHaveProperty('publicGruu');
  });

  test('earlier temporary GRUUs stay valid until the Call-ID changes', () => {
    const first = after([], { Supported: 'gruu', Contact: `${phone};${instance}` });
    const second = after(first, { Supported: 'gruu', Contact: `${phone};${instance}`, CSeq: '2 REGISTER' });
    expect(second[0]?.temporaryGruus).toHaveLength(2);
    const third = after(second, { Supported: 'gruu', Contact: `${phone};${instance}`, 'Call-ID': 'r2' });
    expect(third[0]?.temporaryGruus).toHaveLength(1);
  });
});

test('RFC 3327 5.3: a Path that the client does not support is refused with 421', () => {
  expect(() => register([], { Path: '<sip:edge.example.com;lr>', Contact: phone })).toThrow('421');
  expect(
    after([], { Path: '<sip:edge.example.com;lr>', Supported: 'path', Contact: phone })[0]?.path,
  ).toEqual(['<sip:edge.example.com;lr>']);
});
