import { SaxesParser } from 'saxes';
import { faultText } from './fault.ts';

/** An element of a parsed document. Comments and processing instructions are left out. */
export interface XmlElement {
  /** The local name, without its prefix. */
  readonly name: string;
  /** The namespace name; empty where there is none. */
  readonly namespace: string;
  /** By local name; an attribute in a namespace by `{namespace}name`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The character data directly inside this element. */
  readonly text: string;
}

/** What a document may cost its reader. */
export interface XmlLimits {
  /** Octets of the whole document. */
  readonly maxBytes?: number;
  /** Elements inside each other, the root included. */
  readonly maxDepth?: number;
  readonly maxElements?: number;
}

/** The document cannot be read; the message names the fault and fits into a reason phrase. */
export class MalformedXml extends Error {
  override readonly name = 'MalformedXml';

  constructor(fault: string) {
    super(faultText(fault));
  }
}

const defaultLimits = { maxBytes: 256 * 1024, maxDepth: 64, maxElements: 20_000 };
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a namespaced XML document in UTF-8. Refuses a DTD, and with it every entity of the document's own.
 *
 * @throws MalformedXml
 */
export function parseXml(bytes: Uint8Array, limits: XmlLimits = {}): XmlElement {
  const { maxBytes, maxDepth, maxElements } = { ...defaultLimits, ...limits };
  if (bytes.length > maxBytes) throw new MalformedXml(`document of more than ${maxBytes} octets`);
  const text = decodeUtf8(bytes);
  try {
    return buildTree(text, maxDepth, maxElements);
  } catch (error) {
    if (error instanceof MalformedXml) throw error;
    throw new MalformedXml(error instanceof Error ? error.message : String(error));
  }
}

interface OpenElement {
  name: string;
  namespace: string;
  attributes: Map<string, string>;
  children: OpenElement[];
  text: string;
}

function buildTree(text: string, maxDepth: number, maxElements: number): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let elements = 0;
  const addText = (data: string) => {
    const parent = open.at(-1);
    if (parent !== undefined) parent.text += data;
  };
  parser.on('error', (error) => {
    throw new MalformedXml(error.message);
  });
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^utf-?8$/i.test(encoding))
      throw new MalformedXml(`encoding ${encoding} instead of UTF-8`);
  });
  parser.on('doctype', () => {
    throw new MalformedXml('a document type declaration is not allowed');
  });
  // Counted at the start of the tag, so that saxes never holds more of them than allowed.
  parser.on('opentagstart', () => {
    elements += 1;
    if (elements > maxElements) throw new MalformedXml(`more than ${maxElements} elements`);
    if (open.length >= maxDepth) throw new MalformedXml(`more than ${maxDepth} elements deep`);
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    const element: OpenElement = {
      name: local,
      namespace: uri,
      attributes: new Map(),
      children: [],
      text: '',
    };
    for (const { uri, local, prefix, value } of Object.values(attributes)) {
      const isDeclaration = prefix === 'xmlns' || (prefix === '' && local === 'xmlns');
      if (!isDeclaration) element.attributes.set(uri === '' ? local : `{${uri}}${local}`, value);
    }
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(text).close();
  if (root === undefined) throw new MalformedXml('no root element');
  return root;
}

/** The first child of that local name, in the namespace where one is given. */
export function childElement(
  element: XmlElement,
  name: string,
  namespace: string = element.namespace,
): XmlElement | undefined {
  return element.children.find((child) => child.name === name && child.namespace === namespace);
}

/** The text of the first child of that name, with the white space around it removed. */
export function childText(element: XmlElement, name: string, namespace?: string): string | undefined {
  return childElement(element, name, namespace)?.text.trim();
}

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * Text as it may stand in an element or in an attribute with double quotes, and comes back from a reader unchanged.
 * Characters that XML 1.0 cannot hold become U+FFFD.
 */
export function escapeXml(text: string): string {
  return text.toWellFormed().replaceAll(
    // oxlint-disable-next-line no-control-regex -- these are the characters that XML 1.0 section 2.2 leaves out
    /[&<>"\u0000-\u001F\uFFFE\uFFFF]/g,
    (character) => references[character] ?? '\uFFFD',
  );
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MalformedXml('not in UTF-8');
  }
}
