/** Parameters of a header field or a URI: names in lower case; values without quotes and escapes, `true` for none. */
export type Parameters = ReadonlyMap<string, string | true>;

/** Where there are none. */
export const noParameters: Parameters = new Map();
