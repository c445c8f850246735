import { MalformedMessage } from './malformed-message.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
type Instant = number;

const space = 0x20;
const colon = 0x3a;
const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const weekdays = 'Mon, Tue, Wed, Thu, Fri, Sat, Sun, ';
const months = ' Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ';

/** A SIP-date (RFC 3261 section 25.1): RFC 1123's form, in GMT only. Throws MalformedMessage. */
export function parseSipDate(text: string): Instant {
  // Sun, 01 Mar 2026 09:20:02 GMT
  const day = digits(text, 5, 7);
  const month = months.indexOf(text.slice(7, 12)) >> 2;
  const year = digits(text, 12, 16);
  const hour = digits(text, 17, 19);
  const minute = digits(text, 20, 22);
  const second = digits(text, 23, 25);
  const isInForm =
    text.length === 29 &&
    weekdays.indexOf(text.slice(0, 5)) % 5 === 0 &&
    text.charCodeAt(16) === space &&
    text.charCodeAt(19) === colon &&
    text.charCodeAt(22) === colon &&
    text.endsWith(' GMT');
  const exists = day > 0 && day <= daysOf(month, year) && hour < 24 && minute < 60 && second < 60;
  if (!isInForm || !exists) throw new MalformedMessage('Date: a date in GMT by RFC 1123 expected');
  return Date.UTC(year, month, day, hour, minute, second);
}

/** NaN where one is no digit. */
function digits(text: string, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return number;
}

/** How many days a month has, counted from 0; none where it is no month. */
function daysOf(month: number, year: number): number {
  if (month === 1) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return monthLengths[month] ?? 0;
}

/** Whole seconds; what is below is cut off. */
export function serializeSipDate(instant: Instant): string {
  return new Date(instant).toUTCString();
}
