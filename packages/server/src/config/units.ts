/** A value that cannot be read; `message` says what may be written instead. */
export class UnreadableValue extends Error {
  override readonly name = 'UnreadableValue';
}

const secondsIn: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};
const bytesIn: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  kib: 1024,
  mb: 1_000_000,
  mib: 1_048_576,
  gib: 1_073_741_824,
};

const durationHint = 'write 7d, 1h30m, 2s, 500ms or plain seconds';
const sizeHint = 'write 64KiB, 1MiB, 1500 B or plain octets';

/** Seconds, maybe a fraction. */
export function readDuration(value: string | number): number {
  if (typeof value === 'number') return atLeastZero(value, durationHint);
  const text = value.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const parts = text.match(/\d+(?:\.\d+)?\s*[a-z]+/g) ?? [];
  if (parts.length === 0 || parts.join('').length !== text.replaceAll(/(?<=[a-z])\s+/g, '').length) {
    throw new UnreadableValue(`'${value}' is not a duration; ${durationHint}`);
  }
  let seconds = 0;
  for (const part of parts)
    seconds += scaled(part, secondsIn, `'${value}' is not a duration; ${durationHint}`);
  // 0.1 + 0.2: what people write has no more than milliseconds.
  return Math.round(seconds * 1000) / 1000;
}

/** Octets. */
export function readSize(value: string | number): number {
  if (typeof value === 'number') return Math.floor(atLeastZero(value, sizeHint));
  const text = value.trim().toLowerCase();
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^\d+(\.\d+)?\s*[a-z]+$/.test(text))
    throw new UnreadableValue(`'${value}' is not a size; ${sizeHint}`);
  return Math.floor(scaled(text, bytesIn, `'${value}' is not a size; ${sizeHint}`));
}

/** The shortest exact way to write a duration: 604800 is `7d`, 5400 is `1h30m`. */
export function writeDuration(seconds: number): string {
  if (seconds === 0) return '0s';
  let rest = Math.round(seconds * 1000);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's']) {
    const milliseconds = (secondsIn[unit] ?? 1) * 1000;
    const count = Math.floor(rest / milliseconds);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * milliseconds;
  }
  return rest > 0 ? `${text}${rest}ms` : text;
}

/** `64 KiB`, `1.5 MiB`, `812 B`. */
export function writeSize(octets: number): string {
  if (octets < 1024) return `${octets} B`;
  const inKibi = octets / 1024;
  if (inKibi < 1024) return `${trimmed(inKibi)} KiB`;
  return `${trimmed(inKibi / 1024)} MiB`;
}

function scaled(part: string, units: Readonly<Record<string, number>>, complaint: string): number {
  const [, digits = '', unit = ''] = /^([\d.]+)\s*([a-z]+)$/.exec(part) ?? [];
  const factor = units[unit];
  if (factor === undefined) throw new UnreadableValue(complaint);
  return Number(digits) * factor;
}

function atLeastZero(value: number, hint: string): number {
  if (!Number.isFinite(value) || value < 0) throw new UnreadableValue(`${value} is out of range; ${hint}`);
  return value;
}

function trimmed(value: number): string {
  return value >= 100 || Number.isInteger(value)
    ? String(Math.round(value))
    : value.toFixed(1).replace(/\.0$/, '');
}
