import { parseUri, serializeUri } from '@restante/sip';
import type { Random, SipUri } from '@restante/sip';
import type { CpmUser } from '@restante/cpm';

/** How many temporary GRUUs of one instance are kept: with the usual refresh every hour, a day's. */
export const temporaryGruuLimit = 24;

const temporaryPrefix = 'tgruu.';

/** The public and a fresh temporary GRUU of one instance of a user (RFC 5627 section 5.4). */
export function gruusOf(
  user: CpmUser,
  instance: string,
  random: Random,
): { readonly public: string; readonly temporary: string } {
  const address = parseUri(user);
  if (address.kind !== 'sip') throw new TypeError(`no SIP user: ${user}`);
  const urn = instance.replace(/^<(.*)>$/, '$1');
  const token = Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    public: serializeUri({ ...address, parameters: new Map([['gr', urn]]) }),
    temporary: serializeUri({
      ...address,
      user: `${temporaryPrefix}${token}`,
      parameters: new Map([['gr', true]]),
    }),
  };
}

/** The instance that a public GRUU names, as +sip.instance writes it. */
export function instanceOfGruu(uri: SipUri): string | undefined {
  const urn = uri.parameters.get('gr');
  return typeof urn === 'string' && urn !== '' ? `<${urn}>` : undefined;
}

/** Does the URI have the form of the temporary GRUUs made here? Whose it is, only the bindings know. */
export function isTemporaryGruu(uri: SipUri): boolean {
  return uri.parameters.get('gr') === true && uri.user?.startsWith(temporaryPrefix) === true;
}
