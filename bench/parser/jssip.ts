import { createRequire } from 'node:module';
import { type Contender, type Outgoing, type Readings, answerTag } from './contender.ts';
import type { MessageSample } from './messages.ts';
import { partsOf } from './request-parts.ts';

/** The parts of jssip that are used here: its parser has no types, those of its messages leave the fields out. */
interface ParserModule {
  parseMessage(text: string, userAgent: object): JsSipMessage | undefined;
}

interface JsSipMessage {
  readonly via: { readonly host: string; readonly branch: string };
  readonly from: JsSipAddress;
  readonly from_tag: string;
  readonly to: JsSipAddress;
  readonly call_id: string;
  readonly cseq: number;
  readonly method: string;
  to_tag: string;
  server_transaction: { receiveResponse(status: number, response: string): void };
  reply(status: number): void;
  getHeader(name: string): string | undefined;
  parseHeader(name: string): JsSipAddress;
}

interface JsSipAddress {
  readonly uri: { readonly user: string; readonly host: string };
}

interface MessageModule {
  readonly OutgoingRequest: new (
    method: string,
    uri: string,
    userAgent: object,
    params: object,
    extraHeaders: readonly string[],
    body: string,
  ) => { setHeader(name: string, value: string): void; toString(): string };
}

interface GrammarModule {
  parse(text: string, rule: string): readonly { readonly parsed: JsSipAddress }[];
}

interface UriModule {
  parse(text: string): object | undefined;
}

const require = createRequire(import.meta.url);
const Parser: ParserModule = require('jssip/lib/Parser.js');
const SipMessage: MessageModule = require('jssip/lib/SIPMessage.js');
const Uri: UriModule = require('jssip/lib/URI.js');
const Grammar: GrammarModule = require('jssip/lib/Grammar.js');

/** What the constructors want to know of their user agent. */
const userAgent = { configuration: { session_timers: true }, contact: {} };

function parsed(octets: Buffer): JsSipMessage {
  const message = Parser.parseMessage(octets.toString(), userAgent);
  if (message === undefined) throw new Error('jssip: not parsed');
  return message;
}

/** jssip reads Contact when it parses, Route only by the rule for Record-Route, which has the same form. */
function addressOf(message: JsSipMessage, field: MessageSample['addresses']): string {
  if (field === 'contact') return message.parseHeader('contact').uri.host;
  return Grammar.parse(message.getHeader('route') ?? '', 'Record_Route')[0]?.parsed.uri.host ?? '';
}

function read(octets: Buffer, addresses: MessageSample['addresses']): Readings {
  const message = parsed(octets);
  return {
    branch: message.via.branch,
    host: message.via.host,
    fromTag: message.from_tag,
    fromUser: message.from.uri.user,
    toUser: message.to.uri.user,
    callId: message.call_id,
    sequence: message.cseq,
    method: message.method,
    address: addressOf(message, addresses),
    contentType: message.getHeader('content-type') ?? '',
  };
}

/** jssip hands its answers to the transaction of the request: this one keeps them. */
function answer(octets: Buffer): () => Uint8Array {
  const message = parsed(octets);
  let text = '';
  message.server_transaction = { receiveResponse: (_status, response) => (text = response) };
  message.to_tag = answerTag;
  return () => {
    message.reply(200);
    return Buffer.from(text);
  };
}

function request(startLine: string, lines: readonly string[], body: string): () => Outgoing {
  const parts = partsOf(startLine, lines);
  const agent = { ...userAgent, configuration: { ...userAgent.configuration, user_agent: parts.userAgent } };
  const params = {
    call_id: parts.callId,
    cseq: parts.sequence,
    from_uri: Uri.parse(parts.fromUri),
    from_tag: parts.fromTag,
    to_uri: Uri.parse(parts.toUri),
    ...(parts.routes.length > 0 && { route_set: parts.routes }),
  };
  const further = [...parts.further, ...(body === '' ? [] : [`Content-Type: ${parts.contentType}`])];
  return () => {
    const message = new SipMessage.OutgoingRequest(parts.method, parts.uri, agent, params, further, body);
    message.setHeader('via', `SIP/2.0/TCP ${parts.viaHost};branch=${parts.branch};rport`);
    return { serialize: () => Buffer.from(message.toString()) };
  };
}

/** Eager for the fields it knows, by a generated grammar. */
export const jssip: Contender = { name: 'jssip', parse: parsed, read, answer, request };
