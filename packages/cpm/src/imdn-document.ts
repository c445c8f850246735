import { faultText } from './fault.ts';
import { childElement, childText, escapeXml, MalformedXml, parseXml, type XmlElement } from './xml.ts';

export const imdnMediaType = 'message/imdn+xml';
const namespace = 'urn:ietf:params:xml:ns:imdn';

/** What a disposition notification says happened: the kinds and states of RFC 5438 section 7.2.1.1. */
export type ImdnStatus =
  | { readonly kind: 'delivery'; readonly status: 'delivered' | 'failed' | 'forbidden' | 'error' }
  | { readonly kind: 'display'; readonly status: 'displayed' | 'forbidden' | 'error' }
  | { readonly kind: 'processing'; readonly status: 'processed' | 'stored' | 'forbidden' | 'error' };

/** The document of RFC 5438 section 11. */
export interface ImdnDocument {
  /** imdn.Message-ID of the message it is about. */
  readonly messageId: string;
  /** DateTime of that message, as it was written there; not of this notification. */
  readonly dateTime?: string;
  /** Both of these or neither. */
  readonly recipientUri?: string;
  readonly originalRecipientUri?: string;
  readonly subject?: string;
  readonly report: ImdnStatus;
}

/** The document is no disposition notification; the message names the fault and fits into a reason phrase. */
export class MalformedImdn extends Error {
  override readonly name = 'MalformedImdn';

  constructor(fault: string) {
    super(faultText(`IMDN: ${fault}`));
  }
}

const reports: readonly ImdnStatus[] = [
  { kind: 'delivery', status: 'delivered' },
  { kind: 'delivery', status: 'failed' },
  { kind: 'delivery', status: 'forbidden' },
  { kind: 'delivery', status: 'error' },
  { kind: 'display', status: 'displayed' },
  { kind: 'display', status: 'forbidden' },
  { kind: 'display', status: 'error' },
  { kind: 'processing', status: 'processed' },
  { kind: 'processing', status: 'stored' },
  { kind: 'processing', status: 'forbidden' },
  { kind: 'processing', status: 'error' },
];

/**
 * Reads the document with any prefixes; unknown elements are passed over.
 *
 * @throws MalformedImdn
 */
export function parseImdn(bytes: Uint8Array): ImdnDocument {
  const root = readXml(bytes);
  if (root.name !== 'imdn') throw new MalformedImdn(`root element ${root.name}`);
  const messageId = childText(root, 'message-id');
  if (messageId === undefined || messageId === '') throw new MalformedImdn('no message-id');
  const dateTime = childText(root, 'datetime');
  const recipientUri = childText(root, 'recipient-uri');
  const originalRecipientUri = childText(root, 'original-recipient-uri');
  const subject = childText(root, 'subject');
  return {
    messageId,
    ...(dateTime !== undefined && { dateTime }),
    ...(recipientUri !== undefined && { recipientUri }),
    ...(originalRecipientUri !== undefined && { originalRecipientUri }),
    ...(subject !== undefined && { subject }),
    report: readReport(root),
  };
}

/** Writes the document without white space: it has to fit into a SIP MESSAGE (RFC 3428 section 8). */
export function serializeImdn(document: ImdnDocument): Uint8Array {
  const { messageId, dateTime, recipientUri, originalRecipientUri, subject, report } = document;
  let xml = `<?xml version="1.0" encoding="UTF-8"?>\n<imdn xmlns="${namespace}">${element('message-id', messageId)}`;
  xml += element('datetime', dateTime ?? '');
  // RFC 5438 section 11.1: the schema binds the pair.
  if (recipientUri !== undefined && originalRecipientUri !== undefined)
    xml += element('recipient-uri', recipientUri) + element('original-recipient-uri', originalRecipientUri);
  if (subject !== undefined) xml += element('subject', subject);
  const { kind, status } = report;
  xml += `<${kind}-notification><status><${status}/></status></${kind}-notification></imdn>`;
  return new TextEncoder().encode(xml);
}

function readXml(bytes: Uint8Array): XmlElement {
  try {
    return parseXml(bytes);
  } catch (error) {
    if (error instanceof MalformedXml) throw new MalformedImdn(error.message);
    throw error;
  }
}

function readReport(root: XmlElement): ImdnStatus {
  for (const kind of ['delivery', 'display', 'processing']) {
    const notification = childElement(root, `${kind}-notification`);
    if (notification === undefined) continue;
    const [given] = childElement(notification, 'status')?.children ?? [];
    const report = reports.find((report) => report.kind === kind && report.status === given?.name);
    if (report === undefined) throw new MalformedImdn(`${kind} status ${given?.name ?? 'missing'}`);
    return report;
  }
  throw new MalformedImdn('no delivery, display or processing notification');
}

function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}
