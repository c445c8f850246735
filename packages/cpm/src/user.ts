import { serializeUri, type Uri } from '@restante/sip';

declare const cpmUser: unique symbol;

/** The one form of a user's address under which messages are queued: `sip:user@host`. Made only by canonicalUser. */
export type CpmUser = string & { readonly [cpmUser]: true };

/**
 * The user that an address means, whatever form it was written in. A telephone number is a user of the given domain, so
 * `tel:+1-555-0123`, `sip:+15550123@example.com;user=phone` and `sips:+15550123@EXAMPLE.com:5061;gr=x` are one
 * (RFC 3261 section 19.1.6). An address of another scheme stays as it is: it is nobody we serve.
 *
 * @param domain where telephone numbers are at home
 */
export function canonicalUser(uri: Uri, domain: string): CpmUser {
  if (uri.kind === 'absolute') return asUser(uri.text);
  if (uri.kind === 'tel')
    return sipUser(telephoneUser(uri.number, uri.parameters.get('phone-context')), domain);
  const { user, host } = uri;
  if (user === undefined || user === '') return sipUser(undefined, host);
  return sipUser(telephoneInUser(user, uri.parameters.get('user') === 'phone') ?? user, host);
}

/** RFC 3966 section 5.1.4: of the parameters only the context of a local number says whose number it is. */
function telephoneUser(number: string, context: string | true | undefined): string {
  if (number.startsWith('+') || typeof context !== 'string') return number;
  const plain = context.startsWith('+') ? withoutSeparators(context) : context;
  return `${number};phone-context=${plain.toLowerCase()}`;
}

/**
 * The number in the user part of a SIP URI; undefined where it is a name. A `+` before digits only is a
 * number without `user=phone` too: clients leave that out.
 */
function telephoneInUser(user: string, isPhone: boolean): string | undefined {
  const [written = '', ...parameters] = user.split(';');
  const isGlobal = /^\+[-.()]*\d[\d.()-]*$/.test(written);
  const isLocal = isPhone && /^[-.()\dA-Fa-f*#]+$/.test(written) && /[\dA-Fa-f*#]/.test(written);
  if (!isGlobal && !isLocal) return undefined;
  const context = parameters.find((parameter) => /^phone-context=./i.test(parameter));
  return telephoneUser(withoutSeparators(written), context?.slice(context.indexOf('=') + 1));
}

function withoutSeparators(number: string): string {
  return number.replaceAll(/[-.()]/g, '');
}

function sipUser(user: string | undefined, host: string): CpmUser {
  return asUser(
    serializeUri({
      kind: 'sip',
      scheme: 'sip',
      ...(user !== undefined && { user }),
      host: host.toLowerCase(),
      parameters: new Map(),
      headers: new Map(),
    }),
  );
}

function asUser(text: string): CpmUser {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only place where the brand is given
  return text as CpmUser;
}
