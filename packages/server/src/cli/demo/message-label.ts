import {
  cpimHeader,
  imdnHeader,
  isImdn,
  decodedContent,
  notificationMediaType,
  parseCpim,
  parseDeferredNotification,
  parseImdn,
  readPullBody,
} from '@restante/cpm';
import { contentType, cseq, expires, contacts } from '@restante/sip';
import type { SipMessage, SipRequest, SipResponse } from '@restante/sip';
import { oneLine } from '../terminal.ts';
import type { Style } from '../terminal.ts';

/** What a drawing says of one SIP message. */
export interface MessageLabel {
  readonly label: string;
  readonly style: Style;
  readonly note?: string;
}

/** Says in a few words what a SIP message is about; remembers titles, so that a report can name its message. */
export class MessageLabels {
  readonly #titles = new Map<string, string>();

  of(message: SipMessage): MessageLabel {
    return message.kind === 'request' ? this.#request(message) : response(message);
  }

  #request(request: SipRequest): MessageLabel {
    switch (request.method) {
      case 'REGISTER':
        return { label: leaves(request) ? 'REGISTER (leaves)' : 'REGISTER', style: 'cyan' };
      case 'INVITE':
        return { label: `INVITE ${pullWords(request)}`, style: ['bold', 'magenta'], note: 'the pull' };
      case 'MESSAGE':
        return this.#message(request);
      default:
        return { label: request.method, style: 'dim' };
    }
  }

  #message(request: SipRequest): MessageLabel {
    if (contentType(request)?.name === notificationMediaType) return notification(request);
    const cpim = parseCpim(request.body);
    if (isImdn(cpim)) {
      const { messageId, report } = parseImdn(decodedContent(cpim));
      const title = this.#titles.get(messageId) ?? messageId;
      const style: Style = report.status === 'failed' ? ['bold', 'red'] : ['bold', 'green'];
      return { label: `MESSAGE report: ${report.status}`, style, note: `of "${title}"` };
    }
    const title = oneLine(cpimHeader(cpim, 'Subject') ?? new TextDecoder().decode(decodedContent(cpim)));
    this.#titles.set(imdnHeader(cpim, 'Message-ID') ?? '', title);
    return { label: `MESSAGE "${title}"`, style: ['bold', 'cyan'] };
  }
}

function response(message: SipResponse): MessageLabel {
  const { method } = cseq(message);
  const label = `${message.status} ${message.reason}`;
  if (message.status < 200) return { label, style: 'dim' };
  if (message.status >= 300) return { label, style: 'red' };
  if (message.status === 202) return { label, style: 'yellow', note: 'deferred, on disk' };
  if (method === 'INVITE') return { label, style: 'green', note: 'instructions on disk' };
  return { label, style: 'green' };
}

function notification(request: SipRequest): MessageLabel {
  const { number, part = 1, parts = 1 } = parseDeferredNotification(request.body);
  const share = parts > 1 ? ` (${part} of ${parts})` : '';
  return { label: `MESSAGE ${number} waiting${share}`, style: ['bold', 'yellow'] };
}

function pullWords({ headers, body }: SipRequest): string {
  const { list } = readPullBody(headers.get('Content-Type') ?? '', headers.get('Content-Disposition'), body);
  if (list === undefined) return 'deliver everything';
  const counts = Map.groupBy(list, ({ action }) => action);
  return [...counts].map(([action, entries]) => `${action} ${entries.length}`).join(', ');
}

function leaves(request: SipRequest): boolean {
  const named = contacts(request);
  const [contact] = named === '*' ? [] : named;
  return (contact?.parameters.get('expires') ?? String(expires(request) ?? '')) === '0';
}
