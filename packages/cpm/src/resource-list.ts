import { faultText } from './fault.ts';
import { escapeXml, MalformedXml, parseXml, type XmlElement } from './xml.ts';

/** What a pull can have done with a deferred message (7.2.3.2.1 step 6). */
export const pullActions = ['deliver', 'delete', 'interwork', 'store'] as const;
export type PullAction = (typeof pullActions)[number];

/** An instruction for one deferred message. */
export interface PullEntry {
  /** The message-URI-ID exactly as it was notified, without `cpm_action`. */
  readonly uri: string;
  readonly action: PullAction;
}

export interface PullListLimits {
  readonly maxBytes?: number;
  readonly maxEntries?: number;
}

/** The list cannot be read. The message says which entry and why, and fits into a Warning text. */
export class MalformedPullList extends Error {
  override readonly name = 'MalformedPullList';
  /** The `uri` of the entry at fault, as it was written. */
  readonly entry?: string;

  constructor(fault: string, entry?: string) {
    super(faultText(entry === undefined ? fault : `${fault}: ${entry}`));
    if (entry !== undefined) this.entry = entry;
  }
}

export const resourceListMediaType = 'application/resource-lists+xml';
const namespace = 'urn:ietf:params:xml:ns:resource-lists';
const actionHeader = 'cpm_action';
const defaultLimits = { maxBytes: 256 * 1024, maxEntries: 1000 };
/** Elements beside each entry: its display names, and extensions that are passed over. */
const elementsPerEntry = 8;

/**
 * Reads the flat list of RFC 5366 section 4. An empty list is a list; the same instruction twice is one.
 *
 * @throws MalformedPullList for what D-3 answers by 400
 */
export function readPullList(xml: Uint8Array, limits: PullListLimits = {}): readonly PullEntry[] {
  const { maxBytes, maxEntries } = { ...defaultLimits, ...limits };
  const root = readXml(xml, maxBytes, maxEntries);
  if (root.name !== 'resource-lists' || root.namespace !== namespace)
    throw new MalformedPullList(`no resource list but ${root.name}`);
  const actions = new Map<string, PullAction>();
  let entries = 0;
  for (const list of root.children.filter(isOurs)) {
    if (list.name !== 'list') throw new MalformedPullList(`${list.name} in resource-lists`);
    for (const element of list.children.filter(isOurs)) {
      if (element.name === 'display-name') continue;
      if (element.name !== 'entry')
        throw new MalformedPullList(`${element.name} in a list that has to be flat`);
      entries += 1;
      if (entries > maxEntries) throw new MalformedPullList(`more than ${maxEntries} entries`);
      addEntry(actions, element);
    }
  }
  return Array.from(actions, ([uri, action]) => ({ uri, action }));
}

/** Writes the list without white space; each message-URI-ID gets its `cpm_action` as a header of the URI. */
export function writePullList(entries: Iterable<PullEntry>): Uint8Array {
  let list = '';
  for (const { uri, action } of entries) {
    const separator = uri.includes('?') ? '&' : '?';
    list += `<entry uri="${escapeXml(`${uri}${separator}${actionHeader}=${action}`)}"/>`;
  }
  return new TextEncoder().encode(
    `<?xml version="1.0" encoding="UTF-8"?>\n<resource-lists xmlns="${namespace}"><list>${list}</list></resource-lists>`,
  );
}

function readXml(xml: Uint8Array, maxBytes: number, maxEntries: number): XmlElement {
  try {
    return parseXml(xml, { maxBytes, maxDepth: 16, maxElements: 16 + maxEntries * elementsPerEntry });
  } catch (error) {
    if (error instanceof MalformedXml) throw new MalformedPullList(error.message);
    throw error;
  }
}

/** RFC 4826 section 3.2: elements of other namespaces are extensions. */
function isOurs(element: XmlElement): boolean {
  return element.namespace === namespace;
}

function addEntry(actions: Map<string, PullAction>, element: XmlElement): void {
  const written = element.attributes.get('uri')?.trim();
  if (written === undefined || written === '') throw new MalformedPullList('entry without a uri');
  const { uri, action } = readEntry(written);
  if (uri === '') throw new MalformedPullList('entry without a uri', written);
  const known = actions.get(uri);
  if (known !== undefined && known !== action)
    throw new MalformedPullList(`both ${known} and ${action} for one message`, uri);
  actions.set(uri, action);
}

/** RFC 3261 section 19.1.1: `cpm_action` is one of the headers of the URI; the others belong to the message-URI-ID. */
function readEntry(written: string): PullEntry {
  const question = written.indexOf('?');
  const base = question === -1 ? written : written.slice(0, question);
  const headers = question === -1 ? [] : written.slice(question + 1).split('&');
  const others: string[] = [];
  const given = new Set<string>();
  for (const header of headers) {
    const equals = header.indexOf('=');
    const name = equals === -1 ? header : header.slice(0, equals);
    if (unescapeUri(name) !== actionHeader) others.push(header);
    else given.add(equals === -1 ? '' : unescapeUri(header.slice(equals + 1)));
  }
  const [value, another] = given;
  if (value === undefined) throw new MalformedPullList('entry without cpm_action', written);
  if (another !== undefined) throw new MalformedPullList('entry with two cpm_action', written);
  const action = pullActions.find((action) => action === value);
  if (action === undefined) throw new MalformedPullList(`unknown cpm_action ${value || '(empty)'}`, written);
  return { uri: others.length === 0 ? base : `${base}?${others.join('&')}`, action };
}

function unescapeUri(text: string): string {
  return text.replaceAll(/%([2-7][0-9A-Fa-f])/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
