const longestFault = 96;

/** One line of printable ASCII that fits into a reason phrase or a Warning text, whatever the peer put into it. */
export function faultText(text: string): string {
  const line = text.replaceAll(/[^\x20-\x7E]+/g, '?').trim();
  return line.length <= longestFault ? line : `${line.slice(0, longestFault - 3)}...`;
}
