import { createRequire } from 'node:module';
import type { Contender, Outgoing, Readings } from './contender.ts';
import type { MessageSample } from './messages.ts';

/** The parts of `sip` from npm that are used here; the package has no types of its own. */
interface SipModule {
  parse(octets: Buffer): SipModuleMessage | undefined;
  stringify(message: SipModuleMessage): string;
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

const sip: SipModule = createRequire(import.meta.url)('sip');

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

/** What `sip` builds requests from is what its parser makes. */
function request(startLine: string, lines: readonly string[], body: string): Outgoing {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const message = parsed(Buffer.from([startLine, ...lines, length, '', body].join('\r\n')));
  return { serialize: () => Buffer.from(sip.stringify(message), 'latin1') };
}

/** Eager: all header fields are read, addresses and parameters among them, by regular expressions. */
export const sipModule: Contender = { name: 'sip', parse: parsed, read, request };
