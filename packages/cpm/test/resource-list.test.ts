import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedPullList, pullActions, readPullList, writePullList } from '../src/resource-list.ts';
import { octets, textOf, thrownBy } from './support/text.ts';

const namespace = 'urn:ietf:params:xml:ns:resource-lists';

function listOf(...uris: readonly string[]) {
  const entries = uris.map((uri) => `<entry uri="${uri}"/>`).join('\n  ');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<resource-lists xmlns="${namespace}"><list>\n  ${entries}\n</list></resource-lists>\n`;
}

function read(xml: string, limits = {}) {
  return readPullList(octets(xml), limits).map(({ uri, action }) => [uri, action]);
}

function fault(xml: string, limits = {}): MalformedPullList {
  return thrownBy(MalformedPullList, () => read(xml, limits));
}

describe('reading', () => {
  test('CL-7: each of the four actions, in the order of the list', () => {
    const uris = pullActions.map((action, index) => `sip:dm-${index}@pf.example?cpm_action=${action}`);
    expect(read(listOf(...uris))).toEqual(
      pullActions.map((action, index) => [`sip:dm-${index}@pf.example`, action]),
    );
  });

  test('RFC 3261 19.1.1: cpm_action stands among other headers of the URI, which are kept exactly', () => {
    expect(
      read(
        listOf(
          'sip:a@pf;x=1?Subject=a%20b&amp;cpm_action=delete&amp;k=v',
          'sip:b@pf?cpm_action=store&amp;k=v',
          'sip:c@pf?k=v&amp;cpm_action=deliver',
          'sip:d@pf?cpm%5Faction=deli%76er',
        ),
      ),
    ).toEqual([
      ['sip:a@pf;x=1?Subject=a%20b&k=v', 'delete'],
      ['sip:b@pf?k=v', 'store'],
      ['sip:c@pf?k=v', 'deliver'],
      ['sip:d@pf', 'deliver'],
    ]);
  });

  test('the message-URI-ID is taken exactly: case, parameters and escapes stay', () => {
    expect(read(listOf(' SIP:DM-1%41@PF.Example:5060;TRANSPORT=tcp?cpm_action=delete '))).toEqual([
      ['SIP:DM-1%41@PF.Example:5060;TRANSPORT=tcp', 'delete'],
    ]);
  });

  test('Namespaces in XML: any prefix is taken', () => {
    const xml = `<rl:resource-lists xmlns:rl="${namespace}"><rl:list name="x"><rl:entry uri="sip:a@pf?cpm_action=store"/></rl:list></rl:resource-lists>`;
    expect(read(xml)).toEqual([['sip:a@pf', 'store']]);
  });

  test('RFC 5366 4: display names, copy control and extensions are passed over', () => {
    const xml = `<resource-lists xmlns="${namespace}" xmlns:cp="urn:ietf:params:xml:ns:copycontrol"><list><display-name>x</display-name>
      <entry uri="sip:a@pf?cpm_action=deliver" cp:copyControl="bcc"><display-name>A</display-name><cp:x/></entry><cp:y/></list><cp:z/></resource-lists>`;
    expect(read(xml)).toEqual([['sip:a@pf', 'deliver']]);
  });

  test('several lists beside each other are one', () => {
    const xml = `<resource-lists xmlns="${namespace}"><list><entry uri="a:1?cpm_action=delete"/></list><list><entry uri="a:2?cpm_action=store"/></list></resource-lists>`;
    expect(read(xml)).toEqual([
      ['a:1', 'delete'],
      ['a:2', 'store'],
    ]);
  });

  test('D-2: an empty list is a list', () => {
    expect(read(`<resource-lists xmlns="${namespace}"><list/></resource-lists>`)).toEqual([]);
    expect(read(`<resource-lists xmlns="${namespace}"/>`)).toEqual([]);
  });

  test('D-3: the same instruction twice counts once', () => {
    const twice = 'sip:a@pf?cpm_action=delete';
    expect(read(listOf(twice, 'sip:b@pf?cpm_action=store', twice))).toEqual([
      ['sip:a@pf', 'delete'],
      ['sip:b@pf', 'store'],
    ]);
    expect(read(listOf('sip:a@pf?cpm_action=delete&amp;cpm_action=delete'))).toEqual([
      ['sip:a@pf', 'delete'],
    ]);
  });
});

describe('D-3: refusing, with the entry and the reason', () => {
  const rows: readonly [name: string, xml: string, message: RegExp, entry: string | undefined][] = [
    ['an entry without cpm_action', listOf('sip:a@pf'), /without cpm_action: sip:a@pf/, 'sip:a@pf'],
    [
      'cpm_action as a parameter',
      listOf('sip:a@pf;cpm_action=delete'),
      /without cpm_action/,
      'sip:a@pf;cpm_action=delete',
    ],
    [
      'an unknown action',
      listOf('sip:a@pf?cpm_action=archive'),
      /unknown cpm_action archive/,
      'sip:a@pf?cpm_action=archive',
    ],
    [
      'an action in capitals',
      listOf('sip:a@pf?cpm_action=DELETE'),
      /unknown cpm_action DELETE/,
      'sip:a@pf?cpm_action=DELETE',
    ],
    [
      'an empty action',
      listOf('sip:a@pf?cpm_action='),
      /unknown cpm_action \(empty\)/,
      'sip:a@pf?cpm_action=',
    ],
    [
      'an action without a value',
      listOf('sip:a@pf?cpm_action'),
      /unknown cpm_action \(empty\)/,
      'sip:a@pf?cpm_action',
    ],
    [
      'two actions for one message',
      listOf('sip:a@pf?cpm_action=delete', 'sip:b@pf?cpm_action=delete', 'sip:a@pf?cpm_action=deliver'),
      /both delete and deliver for one message: sip:a@pf/,
      'sip:a@pf',
    ],
    [
      'two actions in one entry',
      listOf('sip:a@pf?cpm_action=delete&amp;cpm_action=store'),
      /two cpm_action/,
      'sip:a@pf?cpm_action=delete&cpm_action=store',
    ],
    [
      'an entry without a uri',
      `<resource-lists xmlns="${namespace}"><list><entry/></list></resource-lists>`,
      /entry without a uri/,
      undefined,
    ],
    [
      'an entry with nothing but an action',
      listOf('?cpm_action=delete'),
      /entry without a uri/,
      '?cpm_action=delete',
    ],
    [
      'a nested list',
      `<resource-lists xmlns="${namespace}"><list><list><entry uri="sip:a@pf?cpm_action=delete"/></list></list></resource-lists>`,
      /list in a list that has to be flat/,
      undefined,
    ],
    [
      'an entry-ref',
      `<resource-lists xmlns="${namespace}"><list><entry-ref ref="x"/></list></resource-lists>`,
      /entry-ref in a list that has to be flat/,
      undefined,
    ],
    [
      'an external list',
      `<resource-lists xmlns="${namespace}"><list><external anchor="http://x/"/></list></resource-lists>`,
      /external in a list that has to be flat/,
      undefined,
    ],
    [
      'an entry outside a list',
      `<resource-lists xmlns="${namespace}"><entry uri="a:b"/></resource-lists>`,
      /entry in resource-lists/,
      undefined,
    ],
    ['another document', '<rls-services xmlns="urn:x"/>', /no resource list but rls-services/, undefined],
    ['no namespace', '<resource-lists><list/></resource-lists>', /no resource list/, undefined],
    ['no XML', 'sip:a@pf?cpm_action=delete', /./, undefined],
    ['a DTD', `<!DOCTYPE x><resource-lists xmlns="${namespace}"/>`, /document type/, undefined],
    ['another encoding', listOf().replace('UTF-8', 'UTF-16'), /encoding UTF-16/, undefined],
  ];
  for (const [name, xml, message, entry] of rows)
    test(`refuses ${name}`, () => {
      const error = fault(xml);
      expect(error.message).toMatch(message);
      expect(error.entry).toBe(entry);
    });

  test('limits: entries, octets, depth', () => {
    const many = listOf(...Array.from({ length: 1001 }, (_, index) => `sip:${index}@pf?cpm_action=delete`));
    expect(fault(many).message).toMatch(/more than 1000 entries/);
    expect(read(many, { maxEntries: 1001 })).toHaveLength(1001);
    expect(fault(many, { maxBytes: 1000 }).message).toMatch(/more than 1000 octets/);
    expect(fault(`<a>`.repeat(20)).message).toMatch(/more than 16 elements deep/);
    expect(fault(`<a>${'<b/>'.repeat(1000)}</a>`, { maxEntries: 10 }).message).toMatch(
      /more than 96 elements/,
    );
  });

  test('a hostile entry does not leave its line, nor the length of a Warning text', () => {
    const { message } = fault(listOf(`sip:&#10;&#13;Via: x${'\u{1F600}'.repeat(300)}`));
    expect(message).toMatch(/^[\x20-\x7E]{1,99}$/);
  });

  test('any octets: a list or MalformedPullList, nothing else', () => {
    const part = fc.constantFrom(
      `<resource-lists xmlns="${namespace}">`,
      '<list>',
      '</list>',
      '<entry uri="',
      'sip:a@b',
      '?cpm_action=',
      'delete',
      '&amp;',
      '%',
      '"/>',
      '</resource-lists>',
      '<entry-ref/>',
    );
    const soup = fc.array(fc.oneof({ weight: 5, arbitrary: part }, fc.string({ unit: 'binary' })));
    fc.assert(
      fc.property(
        fc.oneof(
          soup.map((parts) => octets(parts.join(''))),
          fc.uint8Array(),
        ),
        (bytes) => {
          try {
            readPullList(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedPullList);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a hostile list of a quarter megabyte is answered within a second', () => {
    const started = performance.now();
    const attacks = [
      `<resource-lists xmlns="${namespace}"><list><entry uri="sip:a@b?${'&amp;'.repeat(50_000)}"/></list></resource-lists>`,
      `<resource-lists xmlns="${namespace}"><list><entry uri="sip:a@b?${'cpm_action=x&amp;'.repeat(12_000)}"/></list></resource-lists>`,
      `<resource-lists ${Array.from({ length: 12_000 }, (_, index) => `xmlns:n${index}="u:${index}"`).join(' ')}/>`,
      `<resource-lists ${Array.from({ length: 20_000 }, (_, index) => `a${index}=""`).join(' ')}/>`,
      `<resource-lists xmlns="${namespace}"><list>${'<!-- -->'.repeat(30_000)}</list></resource-lists>`,
      `<${'a'.repeat(250_000)}`,
      `<a b="${'&amp;'.repeat(50_000)}`,
    ];
    for (const attack of attacks) {
      try {
        read(attack);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedPullList);
      }
    }
    expect(performance.now() - started).toBeLessThan(attacks.length * 1000);
  });
});

describe('writing', () => {
  test('CL-6: what is written is read back', () => {
    const uri = fc
      .webUrl({ withQueryParameters: true })
      .filter((url) => !url.includes('cpm_action') && !url.endsWith('?'));
    const entry = fc.record({ uri, action: fc.constantFrom(...pullActions) });
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: ({ uri }) => uri }), (entries) => {
        expect(readPullList(writePullList(entries))).toEqual(entries);
      }),
    );
  });

  test('CL-7: the action is a header of the URI, escaped for XML', () => {
    const xml = textOf(
      writePullList([
        { uri: 'sip:a@pf', action: 'store' },
        { uri: 'sip:b@pf?x=1', action: 'deliver' },
      ]),
    );
    expect(xml).toContain('<entry uri="sip:a@pf?cpm_action=store"/>');
    expect(xml).toContain('<entry uri="sip:b@pf?x=1&amp;cpm_action=deliver"/>');
  });
});
