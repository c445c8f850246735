import {
  featuresOf,
  parseAcceptContact,
  parseAcceptContacts,
  parseFeatureValues,
  parseNameAddress,
  qValue,
  scoreContact,
} from '@restante/sip';
import { expect, test } from 'vitest';
import { faultOf } from './bytes.ts';

const token = (value: string, negated = false) => ({ kind: 'token', value, negated });
const msg = 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg';
const large = 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.largemsg';
const escapedMsg = 'urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg';
const escapedLarge = 'urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.largemsg';

const values = [
  ['TRUE', [{ kind: 'boolean', value: true }]],
  ['!TRUE', [{ kind: 'boolean', value: false }]],
  ['false', [{ kind: 'boolean', value: false }]],
  ['INVITE,BYE', [token('invite'), token('bye')]],
  ['fr, !EN ,', [token('fr'), token('en', true)]],
  [`${escapedMsg},${escapedLarge}`, [token(msg), token(large)]],
  [msg, [token(msg)]],
  ['100%', [token('100%')]],
  ['<urn:uuid:A-1>', [{ kind: 'string', value: 'urn:uuid:A-1' }]],
  ['#=5', [{ kind: 'number', from: 5, to: 5, negated: false }]],
  ['#>=-4.5', [{ kind: 'number', from: -4.5, to: Number.POSITIVE_INFINITY, negated: false }]],
  ['!#<=7', [{ kind: 'number', from: Number.NEGATIVE_INFINITY, to: 7, negated: true }]],
  ['#4:7,x', [{ kind: 'number', from: 4, to: 7, negated: false }, token('x')]],
  ['#4', [token('#4')]],
  ['#>=4:7', [token('#>=4:7')]],
  ['', []],
] as const;

for (const [text, expected] of values)
  test(`RFC 3840 9: the value '${text}'`, () => expect(parseFeatureValues(text)).toEqual(expected));

test('RFC 3840 9: a feature tag without a value is true', () => {
  expect(parseFeatureValues(true)).toEqual([{ kind: 'boolean', value: true }]);
});

const contacts = [
  `<sip:a@b>;+g.3gpp.icsi-ref="${escapedMsg},${escapedLarge}"`,
  `<sip:a@b>;+G.3GPP.ICSI-Ref="${msg},${large}"`,
  `<sip:a@b>;+g.3gpp.icsi-ref="${escapedMsg}, ${large.toUpperCase()}"`,
];

for (const contact of contacts)
  test(`RFC 3840 9: the services of ${contact}`, () =>
    expect(featuresOf(parseNameAddress(contact)).get('+g.3gpp.icsi-ref')).toEqual([
      token(msg),
      token(large),
    ]));

test('RFC 3840 9: a bare value is read too', () => {
  for (const value of [escapedMsg, msg])
    expect(
      featuresOf(parseNameAddress(`<sip:a@b>;+g.3gpp.icsi-ref=${value}`)).get('+g.3gpp.icsi-ref'),
    ).toEqual([token(msg)]);
});

test('RFC 3840 9: parameters that are no feature tags are none', () => {
  const contact = parseNameAddress(
    '<sip:a@b>;q=0.5;expires=5;reg-id=1;audio;+x;methods="A";pub-gruu="sip:x";description="<PC>"',
  );
  expect([...featuresOf(contact).keys()]).toEqual(['audio', '+x', 'methods', 'description']);
});

test('RFC 3841 9.2: a predicate has features, require and explicit', () => {
  expect(parseAcceptContact('*;audio="TRUE";Require ; explicit;q=1')).toEqual({
    features: new Map([['audio', [{ kind: 'boolean', value: true }]]]),
    require: true,
    explicit: true,
  });
  expect(parseAcceptContacts('*;audio , *')).toHaveLength(2);
  for (const text of ['', 'audio', '<sip:a@b>', '*audio', '*;audio,', '*;=x'])
    expect(faultOf(() => parseAcceptContacts(text)).message).toMatch(/^Accept-Contact: /);
  expect(faultOf(() => parseAcceptContacts('x', 'Reject-Contact')).message).toMatch(/^Reject-Contact: /);
});

const phone = `<sip:a@b>;audio;methods="INVITE,BYE";+g.3gpp.icsi-ref="${escapedMsg}";class="personal"`;
const service = (value: string, rest = '') => `*;+g.3gpp.icsi-ref="${value}"${rest}`;

const scores: readonly (readonly [string, string, readonly string[], boolean, number])[] = [
  ['no preferences', phone, [], true, 1],
  ['a contact that says nothing is immune', '<sip:a@b>;q=0.1', ['*;audio;require;explicit'], true, 1],
  ['a match', phone, [service(escapedMsg)], true, 1],
  ['a match, colons unescaped', phone, [service(msg, ';require;explicit')], true, 1],
  ['no match without require does not count', phone, [service(large)], true, 0],
  ['no match with require drops', phone, [service(large, ';require')], false, 0],
  ['no match with explicit alone', phone, [service(large, ';explicit')], true, 0],
  ['one value of the list is enough', phone, ['*;methods="MESSAGE,INVITE";require;explicit'], true, 1],
  ['half of the terms present', phone, ['*;audio;video'], true, 0.5],
  ['half of the terms present, require', phone, ['*;audio;video;require'], true, 0.5],
  ['half of the terms present, explicit', phone, ['*;audio;video;explicit'], true, 0],
  ['half of the terms present, both', phone, ['*;audio;video;require;explicit'], false, 0],
  ['a term that is not present at all', phone, ['*;video;require'], true, 0],
  ['one term of two does not match', phone, ['*;audio;class="business";require'], false, 0],
  [
    'the average of the predicates that match',
    phone,
    ['*;audio', '*;audio;video', '*;class="business"'],
    true,
    0.75,
  ],
  ['one predicate that drops is enough', phone, ['*;audio', service(large, ';require')], false, 0],
  ['a predicate without terms', phone, ['*'], true, 1],
  ['a negated token', phone, ['*;class="!business"'], true, 1],
  ['a negated token that is meant', phone, ['*;class="!personal";require'], false, 0],
  ['false is not true', phone, ['*;audio="FALSE";require'], false, 0],
  ['tokens compare without case', phone, ['*;class="PERSONAL";require'], true, 1],
];

for (const [name, contact, accepts, kept, score] of scores)
  test(`RFC 3841 7.2.4: ${name}`, () =>
    expect(scoreContact(featuresOf(parseNameAddress(contact)), accepts.map(parseAcceptContact))).toEqual({
      kept,
      score,
    }));

const rejects = [
  ['*;audio', false],
  ['*;audio="FALSE"', true],
  ['*;audio;video', true],
  ['*;audio;class="personal"', false],
  ['*;audio;class="business"', true],
  ['*', true],
] as const;

for (const [predicate, kept] of rejects)
  test(`RFC 3841 7.2.4: Reject-Contact ${predicate}`, () =>
    expect(scoreContact(featuresOf(parseNameAddress(phone)), [], [parseAcceptContact(predicate)]).kept).toBe(
      kept,
    ));

const comparisons = [
  ['#5:9', '#=5', true],
  ['#5:9', '#>=9', true],
  ['#5:9', '#<=4', false],
  ['#5:9', '!#5:9', false],
  ['#5:10', '!#5:9', true],
  ['!#=5', '#=5', false],
  ['!#=5', '#=6', true],
  ['!#=5', '!#=6', true],
  ['<a>', '<a>', true],
  ['<a>', '<A>', false],
  ['<a>', 'a', false],
  ['!a', '!b', true],
  ['!a', 'a', false],
  ['a', '#=5', false],
] as const;

for (const [have, want, kept] of comparisons)
  test(`RFC 3840 9: ${have} ${kept ? 'meets' : 'does not meet'} ${want}`, () => {
    const features = featuresOf(parseNameAddress(`<sip:a@b>;+x="${have}"`));
    expect(scoreContact(features, [parseAcceptContact(`*;+x="${want}";require`)]).kept).toBe(kept);
    const turned = featuresOf(parseNameAddress(`<sip:a@b>;+x="${want}"`));
    expect(scoreContact(turned, [parseAcceptContact(`*;+x="${have}";require`)]).kept).toBe(kept);
  });

const q = (text: string): number => qValue(parseNameAddress(`<sip:a@b>${text}`));

test('RFC 3261 20.10: q is from 0 to 1, and 1 where there is none', () => {
  expect([q(';q=0.5'), q(';q=0'), q(';q=1.000'), q(''), q(';q'), q(';q=high'), q(';q=7')]).toEqual([
    0.5, 0, 1, 1, 1, 1, 1,
  ]);
});
