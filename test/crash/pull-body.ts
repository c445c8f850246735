import { writePullList } from '@restante/cpm';
import type { PullEntry } from '@restante/cpm';

const bytes = new TextEncoder();
const text = new TextDecoder();

/** An ICSI of OMA CPM as it stands in a feature tag. */
export const icsi = (name: string): string => `urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.${name}`;

/** The offer of a pull. */
export const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=message 9 TCP/MSRP *',
  'a=path:msrp://127.0.0.1:9/pull;tcp',
  'a=setup:active',
  'a=accept-types:message/cpim',
  'a=recvonly',
  '',
].join('\r\n');

/** The body of a pull that names messages, with the boundary `pull`. */
export function listBody(entries: readonly PullEntry[]): Uint8Array {
  return bytes.encode(
    [
      '--pull',
      'Content-Type: application/sdp',
      '',
      sdp,
      '--pull',
      'Content-Type: application/resource-lists+xml',
      'Content-Disposition: recipient-list',
      '',
      text.decode(writePullList(entries)),
      '--pull--',
      '',
    ].join('\r\n'),
  );
}
