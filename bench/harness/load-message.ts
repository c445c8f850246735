/** Octets of a whole request and of its body, as clients send them. */
export const messageBytes = 912;
export const bodyBytes = 300;

const slotDigits = 6;
const numberDigits = 10;

export interface MessageFacts {
  readonly transport: 'udp' | 'tcp';
  readonly localPort: number;
  readonly domain: string;
  /** 8 characters that no other generator on this machine uses: part of each identity. */
  readonly run: string;
}

/** A request with places for the digits in which one message differs from the next. */
export interface MessageTemplate {
  readonly bytes: Buffer;
  /** Of its transaction: in the branch. */
  readonly slotAt: number;
  readonly numbersAt: readonly number[];
  readonly recipientsAt: readonly number[];
}

/** Stand for the digits until their places are known. */
const slotMark = 'S'.repeat(slotDigits);
const numberMark = 'N'.repeat(numberDigits);
const recipientMark = 'R'.repeat(numberDigits);

const branchCookie = 'z9hG4bKload';
/** The branch of a request of ours: the slot, then the number. */
export const branchMark = Buffer.from(branchCookie, 'latin1');

/** The user part of the n-th recipient, before the digits. */
export const recipientPrefix = 'bench-';

/** A CPM Standalone Message in pager mode (OMA CPM 7.2.1.1) with a CPIM body (RFC 3862, RFC 5438). */
export function messageTemplate(facts: MessageFacts): MessageTemplate {
  const text = head(facts) + body(facts);
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length !== messageBytes) throw new Error(`the message has ${bytes.length} octets`);
  return {
    bytes,
    slotAt: text.indexOf(slotMark),
    numbersAt: placesOf(text, numberMark),
    recipientsAt: placesOf(text, recipientMark),
  };
}

function head({ transport, localPort, domain, run }: MessageFacts): string {
  const recipient = `<sip:${recipientPrefix}${recipientMark}@${domain}>`;
  const lines = [
    `MESSAGE sip:${recipientPrefix}${recipientMark}@${domain} SIP/2.0`,
    `Via: SIP/2.0/${transport.toUpperCase()} 127.0.0.1:${localPort};branch=${branchCookie}${slotMark}${numberMark}${run}`,
    'Max-Forwards: 70',
    `From: <sip:alice@${domain}>;tag=${run}`,
    `To: ${recipient}`,
    `Call-ID: ${numberMark}${run}`,
    'CSeq: 1 MESSAGE',
    `P-Asserted-Identity: <sip:alice@${domain}>`,
    'Accept-Contact: *;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"',
    'Content-Type: message/cpim',
    `Content-Length: ${bodyBytes}`,
  ];
  const agent = 'User-Agent: CPM-client/OMA1.0 ';
  const used = lines.join('\r\n').length + '\r\n'.length + agent.length + '\r\n\r\n'.length;
  const product = 'Example/1.0 '.padEnd(messageBytes - bodyBytes - used, 'x');
  return `${[...lines, agent + product].join('\r\n')}\r\n\r\n`;
}

function body({ domain, run }: MessageFacts): string {
  const text = [
    `From: <sip:alice@${domain}>`,
    `To: <sip:${recipientPrefix}${recipientMark}@${domain}>`,
    'NS: imdn <urn:ietf:params:imdn>',
    `imdn.Message-ID: ${run}${numberMark}`,
    'DateTime: 2026-03-01T09:20:02Z',
    'imdn.Disposition-Notification: negative-delivery',
    '',
    'Content-Type: text/plain;charset=UTF-8',
    '',
    'Lunch at noon? ',
  ].join('\r\n');
  return text.padEnd(bodyBytes, 'x');
}

function placesOf(text: string, mark: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) places.push(at);
  return places;
}

/** A copy of the template for one transaction at a time. */
export function messageFor(template: MessageTemplate, slot: number): Buffer {
  const bytes = Buffer.from(template.bytes);
  writeDigits(bytes, template.slotAt, slot, slotDigits);
  return bytes;
}

/** Makes the bytes the request with this number for this recipient. */
export function renumber(bytes: Buffer, template: MessageTemplate, number: number, recipient: number): void {
  for (const at of template.numbersAt) writeDigits(bytes, at, number, numberDigits);
  for (const at of template.recipientsAt) writeDigits(bytes, at, recipient, numberDigits);
}

function writeDigits(bytes: Buffer, at: number, value: number, digits: number): void {
  let rest = value;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    const next = Math.trunc(rest / 10);
    bytes[place] = 48 + rest - next * 10;
    rest = next;
  }
}

export function readDigits(bytes: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let place = at; place < at + digits; place += 1) value = value * 10 + (bytes[place] ?? 48) - 48;
  return value;
}

/** What a response says of the request that it answers; undefined where it is none of ours. */
export interface Answer {
  status: number;
  slot: number;
  number: number;
}

const statusAt = 'SIP/2.0 '.length;

/** Reads into `answer`, which is used again and again; false where the bytes answer nothing of ours. */
export function readAnswer(bytes: Buffer, start: number, answer: Answer): boolean {
  const branch = bytes.indexOf(branchMark, start);
  if (branch < 0) return false;
  const slotAt = branch + branchMark.length;
  answer.status = readDigits(bytes, start + statusAt, 3);
  answer.slot = readDigits(bytes, slotAt, slotDigits);
  answer.number = readDigits(bytes, slotAt + slotDigits, numberDigits);
  return true;
}
