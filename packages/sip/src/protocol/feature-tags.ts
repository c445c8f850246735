import type { NameAddress } from './name-address.ts';
import type { Parameters } from './parameters.ts';
import { type Cursor, isFeatureTag, readList } from './syntax.ts';
import { decimal } from './token.ts';

/** One value of a feature tag (RFC 3840 section 9). */
export type FeatureValue =
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** In lower case, percent-escapes undone: 'urn:urn-7:3gpp-service…' however it was written. */
  | { readonly kind: 'token'; readonly value: string; readonly negated: boolean }
  /** What stood in angle brackets; case counts. */
  | { readonly kind: 'string'; readonly value: string }
  /** A range; both ends belong to it and may be infinite. */
  | { readonly kind: 'number'; readonly from: number; readonly to: number; readonly negated: boolean };

/**
 * What a client can do: for each feature tag the values, any of which it has. The keys are the parameter names in
 * lower case, as they stand in a Contact: 'audio', '+g.3gpp.icsi-ref', '+sip.instance'.
 */
export type FeatureSet = ReadonlyMap<string, readonly FeatureValue[]>;

/** One predicate of Accept-Contact or Reject-Contact (RFC 3841 section 9.2). */
export interface AcceptContact {
  readonly features: FeatureSet;
  readonly require: boolean;
  readonly explicit: boolean;
}

/** What RFC 3841 section 7.2.4 makes of a contact. */
export interface ContactScore {
  /** False: no request of these preferences goes there. */
  readonly kept: boolean;
  /** Qa: from 0 to 1; of contacts with the same q the higher one comes first. */
  readonly score: number;
}

/** The feature tags among the parameters of a contact; q, expires and the like are none. */
export function featuresOf(contact: NameAddress): FeatureSet {
  return featuresIn(contact.parameters);
}

function featuresIn(parameters: Parameters): FeatureSet {
  const features = new Map<string, readonly FeatureValue[]>();
  for (const [name, value] of parameters)
    if (isFeatureTag(name)) features.set(name, parseFeatureValues(value));
  return features;
}

/** A feature parameter's value, its quotes removed: a list, a string in angle brackets, or `true` for none. */
export function parseFeatureValues(value: string | true): readonly FeatureValue[] {
  if (value === true) return [{ kind: 'boolean', value: true }];
  const text = value.trim();
  if (text.startsWith('<') && text.endsWith('>')) return [{ kind: 'string', value: text.slice(1, -1) }];
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map(parseFeatureValue);
}

function parseFeatureValue(text: string): FeatureValue {
  const negated = text.startsWith('!');
  const plain = decoded(negated ? text.slice(1) : text).toLowerCase();
  if (plain === 'true' || plain === 'false')
    return { kind: 'boolean', value: (plain === 'true') !== negated };
  return plain.startsWith('#') ? parseNumeric(plain, negated) : { kind: 'token', value: plain, negated };
}

/** RFC 3840 section 9: `#=5`, `#>=4`, `#<=7`, `#4:7`. What is none of these stays a token. */
function parseNumeric(text: string, negated: boolean): FeatureValue {
  const [, relation = '', low = '', high] =
    /^#(>=|<=|=)?([+-]?\d+(?:\.\d+)?)(?::([+-]?\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  if (low === '' || (relation === '') !== (high !== undefined))
    return { kind: 'token', value: text, negated };
  const number = Number(low);
  if (high !== undefined) return { kind: 'number', from: number, to: Number(high), negated };
  const from = relation === '<=' ? Number.NEGATIVE_INFINITY : number;
  const to = relation === '>=' ? Number.POSITIVE_INFINITY : number;
  return { kind: 'number', from, to, negated };
}

// A broken escape is no reason to lose the contact: the value stays as it was written.
function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The predicates of one Accept-Contact or Reject-Contact row. Throws MalformedMessage. */
export function parseAcceptContacts(text: string, field = 'Accept-Contact'): readonly AcceptContact[] {
  return readList(text, field, readAcceptContact);
}

/** One predicate: '*;+g.3gpp.icsi-ref="…";require'. Throws MalformedMessage. */
export function parseAcceptContact(text: string): AcceptContact {
  const [predicate] = parseAcceptContacts(text);
  return predicate ?? { features: new Map(), require: false, explicit: false };
}

function readAcceptContact(cursor: Cursor): AcceptContact {
  if (!cursor.take(0x2a)) throw cursor.fail("'*' expected");
  const parameters = cursor.parameters();
  return {
    features: featuresIn(parameters),
    require: parameters.has('require'),
    explicit: parameters.has('explicit'),
  };
}

/**
 * RFC 3841 section 7.2.4 for one contact. A contact that says nothing about itself is immune: kept, with score 1.
 * A predicate that does not match counts only where it says `require`; where none counts the score is 0.
 */
export function scoreContact(
  features: FeatureSet,
  accepts: readonly AcceptContact[],
  rejects: readonly AcceptContact[] = [],
): ContactScore {
  if (features.size === 0) return { kept: true, score: 1 };
  if (rejects.some((predicate) => isRejected(features, predicate))) return { kept: false, score: 0 };
  if (accepts.length === 0) return { kept: true, score: 1 };
  let sum = 0;
  let counted = 0;
  for (const predicate of accepts) {
    const score = scorePredicate(features, predicate);
    if (score === 'dropped') return { kept: false, score: 0 };
    if (score === 'no match') continue;
    sum += score;
    counted += 1;
  }
  return { kept: true, score: counted === 0 ? 0 : sum / counted };
}

// RFC 3841 section 7.2.4: a rejecting predicate has to name only tags that the contact has.
function isRejected(features: FeatureSet, { features: terms }: AcceptContact): boolean {
  return terms.size > 0 && [...terms.keys()].every((tag) => features.has(tag)) && matches(features, terms);
}

function scorePredicate(features: FeatureSet, predicate: AcceptContact): number | 'no match' | 'dropped' {
  const { features: terms, require, explicit } = predicate;
  if (!matches(features, terms)) return require ? 'dropped' : 'no match';
  if (terms.size === 0) return 1;
  const present = [...terms.keys()].filter((tag) => features.has(tag)).length;
  if (present < terms.size && explicit) return require ? 'dropped' : 0;
  return present / terms.size;
}

// RFC 2533: a tag of which the contact says nothing does not speak against a match.
function matches(features: FeatureSet, terms: FeatureSet): boolean {
  for (const [tag, wanted] of terms) {
    const had = features.get(tag);
    if (had !== undefined && !wanted.some((want) => had.some((have) => isCompatible(want, have))))
      return false;
  }
  return true;
}

function isCompatible(want: FeatureValue, have: FeatureValue): boolean {
  if (want.kind === 'token' && have.kind === 'token') {
    if (want.negated && have.negated) return true;
    return (want.value === have.value) !== (want.negated || have.negated);
  }
  if (want.kind === 'number' && have.kind === 'number') return rangesMeet(want, have);
  if (want.kind === 'boolean' && have.kind === 'boolean') return want.value === have.value;
  return want.kind === 'string' && have.kind === 'string' && want.value === have.value;
}

type NumberRange = Extract<FeatureValue, { kind: 'number' }>;

function rangesMeet(a: NumberRange, b: NumberRange): boolean {
  if (a.negated && b.negated) return true;
  if (a.negated) return b.from < a.from || b.to > a.to;
  if (b.negated) return a.from < b.from || a.to > b.to;
  return a.from <= b.to && b.from <= a.to;
}

/** The number of a q parameter, from 0 to 1; 1 where there is none (RFC 3841 section 7.2.4 sorts by it first). */
export function qValue({ parameters }: NameAddress): number {
  const q = parameters.get('q');
  if (typeof q !== 'string' || decimal(q.replace('.', '')) === undefined) return 1;
  return Math.min(1, Number(q));
}
