import { cpimDateTime, type CpimDraftHeader, serializeCpim } from './cpim-writer.ts';
import { contentMediaType, mediaTypeOf } from './cpim-content.ts';
import { parseCpimAddress, serializeCpimAddress } from './cpim-text.ts';
import { type Cpim, cpimAddress, cpimAddresses, cpimHeader, cpimNamespaces, imdnHeader } from './cpim.ts';
import { imdnMediaType, type ImdnStatus, serializeImdn } from './imdn-document.ts';

/** What a sender can ask to be told (RFC 5438 section 6.2; `interworking` is CPM's). */
export const dispositions = [
  'positive-delivery',
  'negative-delivery',
  'processing',
  'display',
  'interworking',
] as const;
export type Disposition = (typeof dispositions)[number];

/** What a message says about the disposition notifications its sender wants. */
export interface ImdnRequest {
  readonly messageId: string;
  /** Empty where none was asked for; words that are not known are left out (RFC 5438 section 10). */
  readonly dispositions: ReadonlySet<Disposition>;
  /** The URIs of the CPIM From and To. */
  readonly from: string;
  readonly to: string;
  /** DateTime as written. */
  readonly dateTime?: string;
  /** URIs of the IMDN-Record-Route headers, the top one first. */
  readonly recordRoutes: readonly string[];
  readonly originalTo?: string;
}

/**
 * Reads what a notification about this message needs. Undefined where there can be none: no Message-ID, or no
 * From or To to write into it.
 */
export function readImdnRequest(cpim: Cpim): ImdnRequest | undefined {
  const messageId = imdnHeader(cpim, 'Message-ID');
  const from = cpimAddress(cpim, 'From')?.uri;
  const to = cpimAddress(cpim, 'To')?.uri;
  if (messageId === undefined || messageId === '' || from === undefined || to === undefined) return undefined;
  const dateTime = cpimHeader(cpim, 'DateTime');
  const originalTo = cpimAddresses(cpim, 'Original-To', cpimNamespaces.imdn)[0]?.uri;
  return {
    messageId,
    dispositions: readDispositions(cpim),
    from,
    to,
    ...(dateTime !== undefined && { dateTime }),
    recordRoutes: cpimAddresses(cpim, 'IMDN-Record-Route', cpimNamespaces.imdn).map(({ uri }) => uri),
    ...(originalTo !== undefined && { originalTo }),
  };
}

function readDispositions(cpim: Cpim): ReadonlySet<Disposition> {
  const wanted = new Set<Disposition>();
  for (const { name, namespace, value } of cpim.headers) {
    if (name !== 'Disposition-Notification' || namespace !== cpimNamespaces.imdn) continue;
    for (const word of value.split(',')) {
      const known = dispositions.find((disposition) => disposition === word.trim().toLowerCase());
      if (known !== undefined) wanted.add(known);
    }
  }
  return wanted;
}

/** What a notification is made from. */
export interface ImdnDraft {
  /** The message it is about. */
  readonly about: Omit<ImdnRequest, 'dispositions'>;
  readonly report: ImdnStatus;
  /** The notification's own imdn.Message-ID: unguessable, never used again. */
  readonly messageId: string;
  /** When it is sent: milliseconds since 1970-01-01T00:00:00Z. */
  readonly date: number;
  /** Who reports; the CPIM To of the message where it is left out. */
  readonly from?: string;
  /** The pair of RFC 5438 section 7.2.1.1; leave it out where the request comes near 1,300 octets. */
  readonly withRecipient?: boolean;
}

/** A notification ready to send as the body of a SIP MESSAGE of type `message/cpim`. */
export interface ComposedImdn {
  /** The next hop: the top IMDN-Record-Route, else the sender of the message. */
  readonly to: string;
  /** Who is to read it in the end: the CPIM From of the message. */
  readonly recipient: string;
  readonly body: Uint8Array;
}

/**
 * RFC 5438 sections 7.2.1.1 and 8: the routes go back in the order in which they were recorded, and the
 * notification asks for none itself.
 */
export function composeImdn(draft: ImdnDraft): ComposedImdn {
  const { about, report, messageId, date, from = about.to, withRecipient = true } = draft;
  const imdn = cpimNamespaces.imdn;
  const headers: CpimDraftHeader[] = [
    { name: 'From', value: serializeCpimAddress({ uri: from }) },
    { name: 'To', value: serializeCpimAddress({ uri: about.from }) },
    { name: 'DateTime', value: cpimDateTime(date) },
    { name: 'Message-ID', namespace: imdn, value: messageId },
    ...about.recordRoutes.map((uri) => ({
      name: 'IMDN-Route',
      namespace: imdn,
      value: serializeCpimAddress({ uri }),
    })),
  ];
  const document = serializeImdn({
    messageId: about.messageId,
    dateTime: about.dateTime ?? cpimDateTime(date),
    ...(withRecipient && { recipientUri: about.to, originalRecipientUri: about.originalTo ?? about.to }),
    report,
  });
  const body = serializeCpim({
    headers,
    content: {
      headers: [
        ['Content-Type', imdnMediaType],
        ['Content-Disposition', 'notification'],
      ],
      body: document,
    },
  });
  return { to: about.recordRoutes[0] ?? about.from, recipient: about.from, body };
}

/** Is this a disposition notification rather than a message? */
export function isImdn(cpim: Cpim): boolean {
  return contentMediaType(cpim) === imdnMediaType;
}

const isComposingMediaType = 'application/im-iscomposing+xml';

/** Is this an indication that somebody is typing (RFC 3994)? Takes a CPIM, or a Content-Type as written. */
export function isComposing(message: Cpim | string): boolean {
  const mediaType = typeof message === 'string' ? mediaTypeOf(message) : contentMediaType(message);
  return mediaType === isComposingMediaType;
}

/** RFC 3323: nobody can be told about a message from here. */
export function isAnonymous(uri: string): boolean {
  return /@anonymous\.invalid$/i.test((parseCpimAddress(uri)?.uri ?? uri).split(';', 1)[0] ?? '');
}
