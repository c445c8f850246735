import { writeSize } from '../config/units.ts';

/** `12 s`, `5 min`, `3 h`, `2 d`: how long something took or is ago. */
export function roughly(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `1 message`, `3 messages`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export const sized: (octets: number) => string = writeSize;

/** `sip:bob@example.com` as people say it: `bob@example.com`; a telephone number without its scheme. */
export function addressText(uri: string): string {
  return uri.replace(/^(?:sips?|tel):/i, '').replace(/;.*$/, '');
}

/** Local date and time to the second: `2026-11-22 10:52:03`. */
export function localTime(instant: number): string {
  const date = new Date(instant);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
