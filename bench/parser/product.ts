import {
  HeaderFields,
  type SipMessage,
  callId,
  contacts,
  contentType,
  cseq,
  from,
  parseMessage,
  parseUri,
  responseTo,
  routes,
  serializeMessage,
  to,
  topVia,
} from '@restante/sip';
import { type Contender, type Outgoing, type Readings, answerTag } from './contender.ts';
import type { MessageSample } from './messages.ts';

function userOf(text: string): string {
  const uri = parseUri(text);
  return uri.kind === 'sip' ? (uri.user ?? '') : '';
}

function addressOf(message: SipMessage, field: MessageSample['addresses']): string {
  const addresses = field === 'contact' ? contacts(message) : routes(message);
  const first = addresses === '*' ? undefined : addresses[0];
  if (first === undefined) return '';
  const uri = parseUri(first.uri);
  return uri.kind === 'sip' ? uri.host : '';
}

function read(octets: Buffer, addresses: MessageSample['addresses']): Readings {
  const message = parseMessage(octets);
  const via = topVia(message);
  const sender = from(message);
  const { sequence, method } = cseq(message);
  return {
    branch: via.branch ?? '',
    host: via.host,
    fromTag: String(sender.parameters.get('tag')),
    fromUser: userOf(sender.uri),
    toUser: userOf(to(message).uri),
    callId: callId(message),
    sequence,
    method,
    address: addressOf(message, addresses),
    contentType: contentType(message)?.name ?? '',
  };
}

function answer(octets: Buffer): () => Uint8Array {
  const message = parseMessage(octets);
  if (message.kind === 'response') throw new TypeError('A response is not answered.');
  return () => serializeMessage(responseTo(message, 200, { toTag: answerTag }));
}

function request(startLine: string, lines: readonly string[], body: string): () => Outgoing {
  const [method = '', uri = ''] = startLine.split(' ');
  const rows = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
  return () => {
    const headers = HeaderFields.of(rows);
    const message: SipMessage = { kind: 'request', method, uri, headers, body: Buffer.from(body) };
    return { serialize: () => serializeMessage(message) };
  };
}

export const product: Contender = {
  name: '@restante/sip',
  parse: (octets) => parseMessage(octets),
  read,
  answer,
  request,
};
