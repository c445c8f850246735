import type { BrokenHead, ContinuationFlag, FramedParts, MsrpHead } from '../../src/index.ts';
import { MsrpFramer } from '../../src/index.ts';

/** One message as it was framed. */
export interface Framed {
  readonly head: MsrpHead | BrokenHead;
  body: number[];
  pieces: number;
  flag: ContinuationFlag | undefined;
}

/** Writes down what a framer tells. */
export class Recorder implements FramedParts {
  readonly messages: Framed[] = [];
  lostBy: string | undefined;

  head(head: MsrpHead | BrokenHead): void {
    this.messages.push({ head, body: [], pieces: 0, flag: undefined });
  }

  body(octets: Uint8Array): void {
    const last = this.messages.at(-1);
    if (last === undefined) throw new Error('a body without a head');
    last.body.push(...octets);
    last.pieces += 1;
  }

  end(flag: ContinuationFlag): void {
    const last = this.messages.at(-1);
    if (last === undefined || last.flag !== undefined) throw new Error('an end without a message');
    last.flag = flag;
  }

  lost(reason: string): void {
    this.lostBy = reason;
  }
}

/** Frames the octets, cut at the given sizes in turn; the rest in one. */
export function frame(octets: Uint8Array, cuts: readonly number[] = [], maxHeadBytes = 8192): Recorder {
  const recorder = new Recorder();
  const framer = new MsrpFramer(recorder, { maxHeadBytes });
  let at = 0;
  for (const cut of cuts) {
    framer.push(octets.slice(at, at + cut));
    at += cut;
  }
  if (at < octets.length) framer.push(octets.slice(at));
  return recorder;
}

export const latin1 = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));
export const textOf = (octets: Iterable<number>): string => String.fromCharCode(...octets);
