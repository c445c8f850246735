import { HeaderFields } from '@restante/sip';
import { type CpimAddress, parseCpimAddress, unescapeCpimText } from './cpim-text.ts';
import { faultText } from './fault.ts';

/** The namespaces of CPIM headers (RFC 3862 section 3.4, RFC 5438 section 6.1; the third is CPM's own). */
export const cpimNamespaces = {
  core: 'urn:ietf:params:cpim-headers:',
  imdn: 'urn:ietf:params:imdn',
  cpm: 'http://www.openmobilealliance.org/cpm/',
} as const;

/** One row of the message headers. Names are case-sensitive (RFC 3862 section 3.6). */
export interface CpimHeader {
  /** Without its prefix. */
  readonly name: string;
  /** What the prefix was declared as; `cpimNamespaces.core` for a plain name. */
  readonly namespace: string;
  /** `lang` and its like. */
  readonly parameters: ReadonlyMap<string, string>;
  /** As written, escapes included; cpimHeader() undoes them. */
  readonly value: string;
}

/** A `message/cpim` body taken apart for reading. What is forwarded are the octets it was parsed from, never this. */
export interface Cpim {
  readonly headers: readonly CpimHeader[];
  readonly content: {
    /** The MIME headers of the encapsulated part. */
    readonly headers: HeaderFields;
    /** A view of the octets that were parsed; still in its Content-Transfer-Encoding. */
    readonly body: Uint8Array;
  };
}

/** What the headers may cost; the content is bounded by whoever received the octets. */
export interface CpimLimits {
  /** Octets of the message headers, and of the MIME headers. */
  readonly maxHeaderBytes?: number;
  /** Rows of the message headers, and of the MIME headers. */
  readonly maxHeaders?: number;
}

/** The body is no `message/cpim`; the message names the fault and fits into a reason phrase. */
export class MalformedCpim extends Error {
  override readonly name = 'MalformedCpim';

  constructor(fault: string) {
    super(faultText(`CPIM: ${fault}`));
  }
}

const defaultLimits = { maxHeaderBytes: 16 * 1024, maxHeaders: 100 };
const decoder = new TextDecoder();
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Reads RFC 3862 with the headers of RFC 5438. Also takes bare line feeds, MIME headers that follow the message
 * headers without an empty line (as the examples of RFC 5438 have them), and a `Content-Type: message/cpim` block before
 * everything (RFC 3862 section 2.1).
 *
 * @throws MalformedCpim
 */
export function parseCpim(bytes: Uint8Array, limits: CpimLimits = {}): Cpim {
  const cost = { ...defaultLimits, ...limits };
  let block = readBlock(bytes, 0, cost);
  if (isEnvelope(block.lines)) block = readBlock(bytes, block.end, cost);
  if (block.lines.length === 0) throw new MalformedCpim('no message headers');
  const mimeStart = block.lines.findIndex(isMimeLine);
  if (mimeStart === 0) throw new MalformedCpim('no message headers before the content');
  const headers = parseHeaders(mimeStart === -1 ? block.lines : block.lines.slice(0, mimeStart));
  const mime =
    mimeStart === -1
      ? readBlock(bytes, block.end, cost)
      : { lines: block.lines.slice(mimeStart), end: block.end };
  return { headers, content: { headers: parseMimeHeaders(mime.lines), body: bytes.subarray(mime.end) } };
}

/** The first value of a header of RFC 3862, such as `Subject`, with its escapes undone. */
export function cpimHeader(
  cpim: Cpim,
  name: string,
  namespace: string = cpimNamespaces.core,
): string | undefined {
  const header = cpim.headers.find((header) => header.name === name && header.namespace === namespace);
  return header && unescapeCpimText(header.value);
}

/** The first value of a header of RFC 5438, such as `Message-ID`, whatever prefix it was written with. */
export function imdnHeader(cpim: Cpim, name: string): string | undefined {
  return cpimHeader(cpim, name, cpimNamespaces.imdn);
}

/** The address in From or To; undefined where it is missing or unreadable. */
export function cpimAddress(cpim: Cpim, name: string): CpimAddress | undefined {
  for (const header of cpim.headers) {
    if (header.name !== name || header.namespace !== cpimNamespaces.core) continue;
    const address = parseCpimAddress(header.value);
    if (address !== undefined) return address;
  }
  return undefined;
}

/** Every address of a header that may occur several times, in order; unreadable ones are left out. */
export function cpimAddresses(
  cpim: Cpim,
  name: string,
  namespace: string = cpimNamespaces.core,
): readonly CpimAddress[] {
  return cpim.headers
    .filter((header) => header.name === name && header.namespace === namespace)
    .map((header) => parseCpimAddress(header.value))
    .filter((address) => address !== undefined);
}

interface Block {
  readonly lines: readonly string[];
  /** The offset behind the empty line, or the end of the octets. */
  readonly end: number;
}

function readBlock(
  bytes: Uint8Array,
  start: number,
  { maxHeaderBytes, maxHeaders }: Required<CpimLimits>,
): Block {
  let position = start;
  let end = start;
  let rows = 0;
  while (position < bytes.length) {
    const feed = bytes.indexOf(lineFeed, position);
    const next = feed === -1 ? bytes.length : feed + 1;
    if (next - start > maxHeaderBytes)
      throw new MalformedCpim(`headers of more than ${maxHeaderBytes} octets`);
    const isEmpty = feed === position || (feed === position + 1 && bytes[position] === carriageReturn);
    position = next;
    if (isEmpty) break;
    rows += 1;
    if (rows > maxHeaders) throw new MalformedCpim(`more than ${maxHeaders} headers`);
    end = next;
  }
  return { lines: splitLines(decoder.decode(bytes.subarray(start, end))), end: position };
}

function splitLines(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

/** No message header has such a name without a prefix, so these can only be the headers of a MIME part. */
function isMimeLine(line: string): boolean {
  return /^(?:content-[a-z-]+|mime-version)[ \t]*:/i.test(line);
}

function isEnvelope(lines: readonly string[]): boolean {
  return (
    lines.length > 0 &&
    isMimeLine(lines[0] ?? '') &&
    lines.some((line) => /^content-type[ \t]*:[ \t]*message\/cpim\b/i.test(line))
  );
}

function parseHeaders(lines: readonly string[]): readonly CpimHeader[] {
  const prefixes = new Map<string, string>();
  let defaultNamespace: string = cpimNamespaces.core;
  const headers: CpimHeader[] = [];
  for (const line of lines) {
    const { name, parameters, value } = splitHeader(line);
    const dot = name.indexOf('.');
    // A declaration is known by its plain name, also after the default namespace was changed.
    if (name === 'NS') {
      const [prefix, uri] = parseNamespace(value);
      if (prefix === '') defaultNamespace = uri;
      else prefixes.set(prefix, uri);
    }
    const namespace = dot === -1 ? defaultNamespace : prefixes.get(name.slice(0, dot));
    if (namespace === undefined)
      throw new MalformedCpim(`prefix ${name.slice(0, dot)} is not declared by NS`);
    headers.push({
      name: name.slice(dot + 1),
      namespace: name === 'NS' ? cpimNamespaces.core : namespace,
      parameters,
      value,
    });
  }
  return headers;
}

/** RFC 3862 section 3.1: `Name ":" *( ";" Parameter ) SP value`. */
function splitHeader(line: string): Pick<CpimHeader, 'name' | 'parameters' | 'value'> {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0));
  if (!/^[\w!#-'*+^`|~-]+(?:\.[\w!#-'*+^`|~-]+)?$/.test(name)) throw new MalformedCpim(`no header: ${line}`);
  if (line.charAt(colon + 1) !== ';')
    return { name, parameters: noParameters, value: line.slice(colon + 1).trim() };
  const parameters = new Map<string, string>();
  const parameter = /;([^=;\s"]+)=("(?:[^"\\]|\\.)*"|[^;\s"]*)/y;
  parameter.lastIndex = colon + 1;
  let end = colon + 1;
  for (let match = parameter.exec(line); match !== null; match = parameter.exec(line)) {
    const [, key = '', written = ''] = match;
    parameters.set(key, written.startsWith('"') ? unescapeCpimText(written.slice(1, -1)) : written);
    end = parameter.lastIndex;
  }
  if (end < line.length && line.charAt(end) !== ' ' && line.charAt(end) !== '\t')
    throw new MalformedCpim(`parameters of ${name}`);
  return { name, parameters, value: line.slice(end).trim() };
}

const noParameters: ReadonlyMap<string, string> = new Map();

/** RFC 3862 section 4.6; the space before `<` is in its examples and not in its grammar, so both are taken. */
function parseNamespace(value: string): readonly [prefix: string, uri: string] {
  const [, prefix, uri] = /^([^\s<>."]*)[ \t]*<([^<>\s]+)>$/.exec(value) ?? [];
  if (prefix === undefined || uri === undefined) throw new MalformedCpim(`NS: ${value}`);
  return [prefix, uri];
}

/** The part's own headers are MIME: any case, and folded over several lines where its sender liked that. */
function parseMimeHeaders(lines: readonly string[]): HeaderFields {
  const rows: [string, string][] = [];
  for (const line of lines) {
    if (/[\r\0]/.test(line)) throw new MalformedCpim(`control character in the MIME headers: ${line}`);
    const previous = rows.at(-1);
    if (/^[ \t]/.test(line) && previous !== undefined) {
      previous[1] = `${previous[1]} ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd();
    if (!/^[\w!%'*+.`~-]+$/.test(name)) throw new MalformedCpim(`no MIME header of the content: ${line}`);
    rows.push([name, line.slice(colon + 1).trim()]);
  }
  return HeaderFields.of(rows);
}
