/** A request as the constructors of sip.js and jssip want it: some fields by name, the others as lines. */
export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  readonly fromUri: string;
  readonly fromTag: string;
  readonly toUri: string;
  readonly callId: string;
  readonly sequence: number;
  readonly viaHost: string;
  readonly branch: string;
  readonly routes: readonly string[];
  readonly userAgent: string;
  readonly contentType: string;
  /** The rest. */
  readonly further: readonly string[];
}

/** What those libraries write by themselves. */
const own = /^(?:Via|Max-Forwards|Route|From|To|Call-ID|CSeq|Supported|User-Agent|Content-Type|Allow): /;

export function partsOf(startLine: string, lines: readonly string[]): RequestParts {
  const [method = '', uri = ''] = startLine.split(' ');
  const found = (pattern: RegExp): string => pattern.exec(lines.join('\n'))?.[1] ?? '';
  return {
    method,
    uri,
    fromUri: found(/^From: <([^>]*)/m),
    fromTag: found(/^From: .*;tag=(.*)/m),
    toUri: found(/^To: <([^>]*)/m),
    callId: found(/^Call-ID: (.*)/m),
    sequence: Number(found(/^CSeq: (\d+)/m)),
    viaHost: found(/^Via: \S+ ([^;]*)/m),
    branch: found(/^Via: .*?branch=([^;\n]*)/m),
    routes: found(/^Route: (.*)/m)
      .split(',')
      .filter((route) => route !== ''),
    userAgent: found(/^User-Agent: (.*)/m),
    contentType: found(/^Content-Type: (.*)/m),
    further: lines.filter((line) => !own.test(line)),
  };
}
