const places = 64;
/** A longer text is not worth the memory. */
const longestKept = 200;

/**
 * What was read last from short texts that come again and again: the URIs of one message, the media types of all.
 * Each text has one place that it can be in and takes from whatever was there; the values have to be immutable.
 */
export class Recent<T> {
  readonly #texts: string[] = Array.from({ length: places }, () => '');
  readonly #values: (T | undefined)[] = Array.from({ length: places }, () => undefined);

  get(text: string): T | undefined {
    const place = placeOf(text);
    return this.#texts[place] === text ? this.#values[place] : undefined;
  }

  keep(text: string, value: T): void {
    if (text.length > longestKept) return;
    const place = placeOf(text);
    this.#texts[place] = text;
    this.#values[place] = value;
  }
}

/** By the length and letters of the beginning, the middle and the end; NaN, where there is none, counts as 0. */
function placeOf(text: string): number {
  const { length } = text;
  const letters =
    text.charCodeAt(9) * 3 + text.charCodeAt(length >> 1) * 5 + text.charCodeAt(length >> 2) * 11;
  return (length * 7 + (letters | 0)) & (places - 1);
}
