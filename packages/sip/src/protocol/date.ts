import { MalformedMessage } from './malformed-message.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
type Instant = number;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const form = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;

/** A SIP-date (RFC 3261 section 25.1): RFC 1123's form, in GMT only. Throws MalformedMessage. */
export function parseSipDate(text: string): Instant {
  const [, day = '', month = '', year, hour = '', minute = '', second = ''] = form.exec(text) ?? [];
  const monthIndex = months.indexOf(month);
  const instant = Date.UTC(
    Number(year),
    monthIndex,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  // A day that does not exist would become one of the next month.
  const exists = monthIndex >= 0 && hour < '24' && minute < '60' && second < '60';
  if (!exists || new Date(instant).getUTCDate() !== Number(day))
    throw new MalformedMessage('Date: a date in GMT by RFC 1123 expected');
  return instant;
}

/** Whole seconds; what is below is cut off. */
export function serializeSipDate(instant: Instant): string {
  return new Date(instant).toUTCString();
}
