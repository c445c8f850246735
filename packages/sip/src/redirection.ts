import { MalformedMessage } from './protocol/malformed-message.ts';
import type { SipRequest, SipResponse } from './protocol/message.ts';
import type { NameAddress } from './protocol/name-address.ts';
import { contacts } from './protocol/readers.ts';
import { parseUri, serializeUri } from './protocol/uri.ts';

/** 305 names a proxy, not a target, and is not followed. */
const followed: ReadonlySet<number> = new Set([300, 301, 302]);

/** RFC 3261 section 8.1.3.4: the targets that redirections named, each tried once. */
export class Redirection {
  readonly #seen: Set<string>;
  #waiting: string[] = [];

  constructor(target: string) {
    this.#seen = new Set([target]);
  }

  /** The request for the next target; undefined where this response stands. */
  next(request: SipRequest, response: SipResponse): SipRequest | undefined {
    if (followed.has(response.status)) this.#collect(response);
    else if (
      response.status < 300 ||
      response.status >= 600 ||
      response.status === 401 ||
      response.status === 407
    )
      return undefined;
    const uri = this.#waiting.shift();
    return uri === undefined ? undefined : { ...request, uri };
  }

  #collect(response: SipResponse): void {
    const fresh = targetsIn(response).filter((uri) => !this.#seen.has(uri));
    for (const uri of fresh) this.#seen.add(uri);
    this.#waiting = [...fresh, ...this.#waiting];
  }
}

/** The best first; none where they cannot be read: then the redirection stands as the answer. */
function targetsIn(response: SipResponse): readonly string[] {
  try {
    const listed = contacts(response);
    if (listed === '*') return [];
    return listed.toSorted((a, b) => preference(b) - preference(a)).map(({ uri }) => asTarget(uri));
  } catch (error) {
    if (error instanceof MalformedMessage) return [];
    throw error;
  }
}

function preference({ parameters }: NameAddress): number {
  const q = Number(parameters.get('q') ?? 1);
  return Number.isNaN(q) ? 1 : q;
}

/** RFC 3261 section 19.1.1: a Request-URI has no method and no headers component. */
function asTarget(text: string): string {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') return text;
  const parameters = new Map(uri.parameters);
  parameters.delete('method');
  return serializeUri({ ...uri, parameters, headers: new Map() });
}
