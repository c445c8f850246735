import type { HeaderFields } from './header-fields.ts';
import type { KnownName } from './header-names.ts';
import type { ValuePlace } from './header-block.ts';
import { Cursor, readValues } from './syntax.ts';

function cursorIn({ text, start, end, codes }: ValuePlace, field: string): Cursor {
  return new Cursor(text, field, start, end, codes);
}

/** Over the first row's value; undefined where there is none. */
export function cursorOf(headers: HeaderFields, field: KnownName): Cursor | undefined {
  const at = headers.find(field);
  return at < 0 ? undefined : cursorIn(headers.place(at), field.name);
}

/** The values of all rows, split at commas, each read by `read`. */
export function readRows<T>(
  headers: HeaderFields,
  field: KnownName,
  read: (cursor: Cursor) => T,
): readonly T[] {
  const values: T[] = [];
  for (let at = headers.find(field); at >= 0; at = headers.find(field, at + 1))
    readValues(cursorIn(headers.place(at), field.name), read, values);
  return values;
}
