import { MalformedMessage } from '@restante/sip';
import type { ByteRange } from './byte-range.ts';
import type { FailureReport, MsrpField, ReportStatus } from './message.ts';
import type { MsrpPath } from './uri.ts';
import { parseMsrpPath } from './uri.ts';

/** The fields of a head while it is read. */
export interface HeadDraft {
  toPath: MsrpPath | undefined;
  fromPath: MsrpPath | undefined;
  messageId: string | undefined;
  byteRange: ByteRange | undefined;
  successReport: boolean | undefined;
  failureReport: FailureReport | undefined;
  contentType: string | undefined;
  status: ReportStatus | undefined;
  fields: readonly MsrpField[];
}

const noFields: readonly MsrpField[] = [];

export function emptyDraft(): HeadDraft {
  return {
    toPath: undefined,
    fromPath: undefined,
    messageId: undefined,
    byteRange: undefined,
    successReport: undefined,
    failureReport: undefined,
    contentType: undefined,
    status: undefined,
    fields: noFields,
  };
}

/** A field that was read once: what it does to a draft. Throws MalformedMessage where the draft has it already. */
export type ReadField = (draft: HeadDraft) => void;

/** RFC 4975 section 9, and what is seen besides: some write longer Message-IDs than the 32 octets of `ident`. */
const messageIdentifier = /^[\x21-\x7e]{1,255}$/;
const reportStatus = /^(\d{3}) (\d{3})(?: (.*))?$/;

function only<Key extends keyof HeadDraft>(name: Key, value: HeadDraft[Key]): ReadField {
  return (draft) => {
    if (draft[name] !== undefined) throw new MalformedMessage(`${name}: there twice`);
    draft[name] = value;
  };
}

/** Byte-Range is different in each chunk and is set apart. */
export function setByteRange(draft: HeadDraft, range: ByteRange): void {
  if (draft.byteRange !== undefined) throw new MalformedMessage('byteRange: there twice');
  draft.byteRange = range;
}

const readers: Readonly<Record<string, (value: string) => ReadField>> = {
  'to-path': (value) => only('toPath', parseMsrpPath(value)),
  'from-path': (value) => only('fromPath', parseMsrpPath(value)),
  'message-id': (value) => {
    if (!messageIdentifier.test(value)) throw new MalformedMessage('Message-ID: no identifier');
    return only('messageId', value);
  },
  'success-report': (value) => {
    if (value !== 'yes' && value !== 'no') throw new MalformedMessage('Success-Report: yes or no');
    return only('successReport', value === 'yes');
  },
  'failure-report': (value) => {
    if (value !== 'yes' && value !== 'no' && value !== 'partial')
      throw new MalformedMessage('Failure-Report: yes, no or partial');
    return only('failureReport', value);
  },
  'content-type': (value) => only('contentType', value),
  status: (value) => {
    const [, namespace = '', status, comment = ''] = reportStatus.exec(value) ?? [];
    if (status === undefined) throw new MalformedMessage('Status: no status');
    return only('status', { namespace, status: Number(status), comment });
  },
};

/** Reads one field of any name. Throws MalformedMessage. */
export function readField(name: string, value: string): ReadField {
  const reader = readers[name.toLowerCase()];
  if (reader) return reader(value);
  const field = { name, value };
  return (draft) => void (draft.fields = [...draft.fields, field]);
}
