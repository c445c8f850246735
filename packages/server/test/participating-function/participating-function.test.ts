import { describe, expect, test } from 'vitest';
import { participatingFunction, refusalOf } from '../../src/participating-function/participating-function.ts';
import { settings } from './deferred/values.ts';
import { aRequest, deferredTag, incoming, msgTag } from './requests.ts';

const tagged = `*;${deferredTag}`;

describe('PF-9: which INVITE is a pull', () => {
  const rows: readonly [string, string, string, number | undefined, string][] = [
    ['tag and management URI', settings.managementUri, tagged, undefined, ''],
    ['the URI with a way in it', `${settings.managementUri};transport=tcp`, tagged, undefined, ''],
    ['the tag among others', settings.managementUri, `*;audio, ${tagged}`, undefined, ''],
    ['the tag with plain colons', settings.managementUri, tagged.replaceAll('%3A', ':'), undefined, ''],
    ['another URI', 'sip:bob@example.com', tagged, 404, ''],
    ['a management URI of old', 'sip:CPMDeferredMsgMgmt@example.com', tagged, 404, ''],
    ['no tag', settings.managementUri, '', 488, 'cpm.deferred'],
    ['another tag', settings.managementUri, `*;${msgTag}`, 488, 'cpm.deferred'],
    ['a large message', 'sip:bob@example.com', '', 488, 'nothing was taken'],
  ];
  test.each(rows)('%s', (_name, uri, preference, status, warning) => {
    const refusal = refusalOf(
      aRequest({ method: 'INVITE', uri, body: '', headers: { 'Accept-Contact': preference } }),
      settings,
    );
    expect(refusal?.status).toBe(status);
    expect(JSON.stringify(refusal?.headers ?? [])).toContain(warning);
  });
});

test('RFC 5366 5: OPTIONS tells what is supported', () => {
  const none = { handle: () => Promise.reject(new Error('not asked')) };
  const routes = participatingFunction({ registrar: none, messages: none, pulls: none, settings });
  const asked = incoming(aRequest({ method: 'OPTIONS', uri: 'sip:example.com', body: '' }));
  routes.OPTIONS(asked);
  const [answer] = asked.answers;
  expect(answer?.status).toBe(200);
  expect(answer?.headers.get('Supported')).toBe('recipient-list-invite, path, gruu, outbound');
  expect(answer?.headers.get('Accept')).toContain('message/cpim');
  expect(answer?.headers.get('Accept-Encoding')).toBe('identity, deflate, gzip');
  expect(Object.keys(routes)).toEqual(['REGISTER', 'MESSAGE', 'INVITE', 'OPTIONS']);
});
