import { type NameAddress } from './name-address.ts';
import { Cursor, type Parameters, readList } from './syntax.ts';

/** One value of a feature tag (RFC 3840 section 9). Tokens and booleans are in lower case. */
export type FeatureValue =
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'token'; readonly value: string; readonly negated: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly from: number; readonly to: number; readonly negated: boolean };

/** What a client can do: for each feature tag (in lower case, without '+') the values any of which it has. */
export type FeatureSet = ReadonlyMap<string, readonly FeatureValue[]>;

/** One predicate of Accept-Contact or Reject-Contact (RFC 3841 section 9.2). */
export interface AcceptContact {
  readonly features: FeatureSet;
  readonly require: boolean;
  readonly explicit: boolean;
}

export function parseAcceptContacts(text: string, field = 'Accept-Contact'): readonly AcceptContact[] {
  return readList(text, field, readAcceptContact);
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

export function featuresIn(_parameters: Parameters): FeatureSet {
  return new Map();
}
export function featuresOf(contact: NameAddress): FeatureSet {
  return featuresIn(contact.parameters);
}
