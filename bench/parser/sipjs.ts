import { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import { constructOutgoingResponse } from 'sip.js/lib/core/messages/outgoing-response.js';
import { OutgoingRequestMessage } from 'sip.js/lib/core/messages/outgoing-request-message.js';
import { Parser } from 'sip.js/lib/core/messages/parser.js';
import { LoggerFactory } from 'sip.js/lib/core/log/logger-factory.js';
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import { type Contender, type Outgoing, type Readings, answerTag } from './contender.ts';
import type { MessageSample } from './messages.ts';
import { partsOf } from './request-parts.ts';

type Parsed = NonNullable<ReturnType<typeof Parser.parseMessage>>;

const logger = new LoggerFactory().getLogger('bench');

function parsed(octets: Buffer): Parsed {
  const message = Parser.parseMessage(octets.toString(), logger);
  if (message === undefined) throw new Error('sip.js: not parsed');
  return message;
}

/** sip.js reads Contact when it parses, Route only by the rule for Record-Route, which has the same form. */
function addressOf(message: Parsed, field: MessageSample['addresses']): string {
  if (field === 'contact') {
    const contact: { readonly uri: URI } = message.parseHeader('contact');
    return contact.uri.host;
  }
  const routes: readonly { readonly parsed: { readonly uri: URI } }[] = Grammar.parse(
    message.getHeader('route') ?? '',
    'Record_Route',
  );
  return routes[0]?.parsed.uri.host ?? '';
}

function read(octets: Buffer, addresses: MessageSample['addresses']): Readings {
  const message = parsed(octets);
  return {
    branch: message.viaBranch,
    host: message.via.host,
    fromTag: message.fromTag,
    fromUser: message.from.uri.user ?? '',
    toUser: message.to.uri.user ?? '',
    callId: message.callId,
    sequence: message.cseq,
    method: message.method,
    address: addressOf(message, addresses),
    contentType: message.getHeader('content-type') ?? '',
  };
}

function uriOf(text: string): URI {
  const uri = Grammar.URIParse(text);
  if (uri === undefined) throw new Error(`sip.js: no URI ${text}`);
  return uri;
}

function answer(octets: Buffer): () => Uint8Array {
  const message = parsed(octets);
  if (!(message instanceof IncomingRequestMessage)) throw new TypeError('sip.js: a response is not answered');
  return () => Buffer.from(constructOutgoingResponse(message, { statusCode: 200, toTag: answerTag }).message);
}

function request(startLine: string, lines: readonly string[], body: string): () => Outgoing {
  const parts = partsOf(startLine, lines);
  const [target, sender, receiver] = [uriOf(parts.uri), uriOf(parts.fromUri), uriOf(parts.toUri)];
  const options = {
    callId: parts.callId,
    cseq: parts.sequence,
    fromTag: parts.fromTag,
    forceRport: true,
    routeSet: [...parts.routes],
    userAgentString: parts.userAgent,
    viaHost: parts.viaHost,
  };
  const further = [...parts.further];
  const content =
    body === '' ? undefined : { contentDisposition: '', contentType: parts.contentType, content: body };
  return () => {
    const { method } = parts;
    const message = new OutgoingRequestMessage(method, target, sender, receiver, options, further, content);
    message.setViaHeader(parts.branch, 'TCP');
    return { serialize: () => Buffer.from(message.toString()) };
  };
}

/** Eager for the fields it knows, by a generated grammar. */
export const sipjs: Contender = { name: 'sip.js', parse: parsed, read, answer, request };
