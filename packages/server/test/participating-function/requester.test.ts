import { SipRejection } from '@restante/sip';
import { describe, expect, test } from 'vitest';
import { Requester } from '../../src/participating-function/requester.ts';
import { alice, bob } from './deferred/values.ts';
import { aRequest, incoming } from './requests.ts';

/** 192.0.2.1 is trusted; whoever else asks has proved to be alice. */
const requester = new Requester({
  authentication: { account: async () => alice },
  settings: { domain: 'example.com', isTrusted: (host) => host === '192.0.2.1' },
});

const outside = { remote: { host: '198.51.100.7', port: 5060 } };
type Headers = Readonly<Record<string, string | readonly string[]>>;
const trusted = (headers: Headers) => incoming(aRequest({ headers }));
const untrusted = (headers: Headers) => incoming(aRequest({ headers }), outside);
const asserted = (value: string): Headers => ({ 'P-Asserted-Identity': value });

describe('RFC 3325: who sends a message', () => {
  test('what a trusted network asserts; the first sip or tel of several', async () => {
    const PAI = ['<urn:service:x>', '"A. Smith" <tel:+1-555-0100>, <sip:alice@example.com;user=phone>'];
    expect(await requester.originator(trusted({ 'P-Asserted-Identity': PAI }))).toEqual({
      user: 'sip:+15550100@example.com',
      address: 'tel:+15550100',
      name: 'A. Smith',
      asserted: ['"A. Smith" <tel:+1-555-0100>', '<sip:alice@example.com;user=phone>'],
      withheld: false,
    });
  });

  test('its From where it asserts nothing', async () => {
    expect(await requester.originator(trusted({}))).toMatchObject({
      user: alice,
      name: 'Alice',
      asserted: ['"Alice" <sip:alice@example.com>'],
    });
  });

  test.each([
    ['sip:carol@other.example:5080;transport=tcp;x=y', 'sip:carol@other.example:5080;transport=tcp'],
    ['sips:carol@[2001:db8::7]:5071', 'sips:carol@[2001:db8::7]:5071'],
    ['sip:alice@EXAMPLE.com:5080;transport=tcp', 'sip:alice@example.com'],
  ])('PF-21: %s is notified at %s', async (identity, address) => {
    expect(await requester.originator(trusted(asserted(`<${identity}>`)))).toMatchObject({ address });
  });

  test('D-17: identities from elsewhere are not read', async () => {
    expect(await requester.originator(untrusted(asserted('<sip:bob@example.com>')))).toMatchObject({
      user: alice,
      address: alice,
    });
  });

  test('D-17: From has to name the account', async () => {
    await expect(
      requester.originator(untrusted({ From: '<sip:bob@example.com>;tag=x' })),
    ).rejects.toMatchObject({ status: 403 });
  });

  const withheld: readonly [string, Headers][] = [
    ['Privacy: id', { Privacy: 'id' }],
    ['Privacy: user;id', { Privacy: 'header;id' }],
    ['an anonymous From', { From: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=x' }],
  ];
  test.each(withheld)('RFC 3323: %s withholds the sender', async (_name, headers) => {
    expect(await requester.originator(trusted({ ...asserted(`<${alice}>`), ...headers }))).toMatchObject({
      user: alice,
      withheld: true,
      asserted: [],
    });
    expect(await requester.originator(untrusted(headers))).toMatchObject({
      user: alice,
      withheld: true,
      asserted: [],
    });
  });

  test('RFC 3323: Privacy: none withholds nothing', async () => {
    expect(await requester.originator(trusted({ Privacy: 'none' }))).toMatchObject({ withheld: false });
  });
});

describe('D-17: whose queue a pull may touch', () => {
  test('the user that a trusted network asserts', async () => {
    expect(await requester.puller(trusted(asserted(`<${bob}>`)))).toBe(bob);
    expect(await requester.puller(trusted(asserted('<tel:+1-555-0123>')))).toBe('sip:+15550123@example.com');
  });

  test('RFC 5502: or serves', async () => {
    const headers = {
      ...asserted('<sip:alice@elsewhere.example>'),
      'P-Served-User': `<${bob}>;sescase=term;regstate=reg`,
    };
    expect(await requester.puller(trusted(headers))).toBe(bob);
  });

  test('the user who has authenticated', async () => {
    expect(await requester.puller(untrusted(asserted(`<${bob}>`)))).toBe(alice);
  });

  const refused: readonly [string, ReturnType<typeof trusted>][] = [
    ['asserts nobody', trusted({ From: `<${bob}>;tag=x` })],
    ['asserts a user of another domain', trusted(asserted('<sip:bob@elsewhere.example>'))],
    ['asserts no user', trusted(asserted('<sip:example.com>'))],
    ['proves another name than From says', untrusted({ From: `<${bob}>;tag=x` })],
  ];
  test.each(refused)('403 without a hint for who %s', async (_name, request) => {
    const error: unknown = await requester.puller(request).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(SipRejection);
    expect(error).toMatchObject({ status: 403, headers: [] });
  });
});

describe('RFC 3261 10.3 steps 3 and 4: who may register', () => {
  test('a trusted network registers anybody; an account itself', async () => {
    await requester.authorizeRegistration(trusted({}), bob);
    await requester.authorizeRegistration(untrusted({ From: '<sip:operator@example.com>;tag=x' }), alice);
  });

  test('nobody else', async () => {
    await expect(requester.authorizeRegistration(untrusted({}), bob)).rejects.toMatchObject({ status: 403 });
  });
});
