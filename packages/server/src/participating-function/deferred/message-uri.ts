import { parseUri } from '@restante/sip';
import type { Uri } from '@restante/sip';
import type { MessageId } from './deferred-message.ts';

const longestId = 128;

/** The message-URI-ID of a message: opaque, and silent about the network (PF-1, PF-20). */
export function messageUri(id: MessageId, publicHost: string): string {
  const host = bareHost(publicHost);
  return `sip:${id}@${host.includes(':') ? `[${host}]` : host}`;
}

/** Lower case, and an IPv6 address without its brackets. */
export function bareHost(host: string): string {
  return host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
}

/** The id in a message-URI-ID; undefined where host or form are not ours: such a name is unknown (D-1). */
export function messageIdOf(uri: string, publicHost: string): MessageId | undefined {
  const parsed = parsedUri(uri);
  if (parsed?.kind !== 'sip' || parsed.scheme !== 'sip') return undefined;
  const { user, host, port, password } = parsed;
  if (host !== bareHost(publicHost) || port !== undefined || password !== undefined) return undefined;
  return user === undefined || user === '' || user.length > longestId ? undefined : user;
}

function parsedUri(uri: string): Uri | undefined {
  try {
    return parseUri(uri);
  } catch {
    // What cannot be read is no name of ours.
    return undefined;
  }
}
