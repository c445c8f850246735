import { createRequire } from 'node:module';
import { type Contender, type Outgoing, type Readings, answerTag } from './contender.ts';
import type { MessageSample } from './messages.ts';

/** The parts of `sip` from npm that are used here; the package has no types of its own. */
interface SipModule {
  parse(octets: Buffer): SipModuleMessage | undefined;
  stringify(message: SipModuleMessage): string;
  makeResponse(request: SipModuleMessage, status: number, reason: string): SipModuleMessage;
  copyMessage(message: SipModuleMessage): SipModuleMessage;
  parseUri(text: string | SipModuleUri): SipModuleUri | undefined;
}

interface SipModuleMessage {
  readonly method?: string;
  readonly headers: {
    readonly via: readonly { readonly host: string; readonly params: Readonly<Record<string, string>> }[];
    readonly from: SipModuleAddress;
    readonly to: SipModuleAddress;
    readonly contact?: readonly SipModuleAddress[];
    readonly route?: readonly SipModuleAddress[];
    readonly cseq: { readonly seq: number; readonly method: string };
    readonly 'call-id': string;
    readonly 'content-type'?: string;
  };
}

interface SipModuleAddress {
  readonly uri: string | SipModuleUri;
  readonly params: Readonly<Record<string, string>>;
}

interface SipModuleUri {
  readonly user?: string;
  readonly host: string;
}

const require = createRequire(import.meta.url);
const sip: SipModule = require('sip');

function parsed(octets: Buffer): SipModuleMessage {
  const message = sip.parse(octets);
  if (message === undefined) throw new Error('sip: not parsed');
  return message;
}

function read(octets: Buffer, addresses: MessageSample['addresses']): Readings {
  const { headers } = parsed(octets);
  const [via] = headers.via;
  const address = headers[addresses]?.[0];
  return {
    branch: via?.params['branch'] ?? '',
    host: via?.host ?? '',
    fromTag: headers.from.params['tag'] ?? '',
    fromUser: sip.parseUri(headers.from.uri)?.user ?? '',
    toUser: sip.parseUri(headers.to.uri)?.user ?? '',
    callId: headers['call-id'],
    sequence: headers.cseq.seq,
    method: headers.cseq.method,
    address: address === undefined ? '' : (sip.parseUri(address.uri)?.host ?? ''),
    contentType: headers['content-type'] ?? '',
  };
}

function answer(octets: Buffer): () => Uint8Array {
  const message = parsed(octets);
  return () => {
    const response = sip.makeResponse(message, 200, 'OK');
    const { to } = response.headers;
    const tagged = { ...to, params: { ...to.params, tag: answerTag } };
    return Buffer.from(
      sip.stringify({ ...response, headers: { ...response.headers, to: tagged } }),
      'latin1',
    );
  };
}

/** What `sip` builds requests from is what its parser makes. */
function request(startLine: string, lines: readonly string[], body: string): () => Outgoing {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const message = parsed(Buffer.from([startLine, ...lines, length, '', body].join('\r\n')));
  return () => {
    const copy = sip.copyMessage(message);
    return { serialize: () => Buffer.from(sip.stringify(copy), 'latin1') };
  };
}

/** Eager: all header fields are read, addresses and parameters among them, by regular expressions. */
export const sipModule: Contender = { name: 'sip', parse: parsed, read, answer, request };
