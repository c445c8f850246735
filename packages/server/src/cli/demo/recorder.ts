import { setTimeout as pause } from 'node:timers/promises';
import { cseq, from, parseMessage, parseUri, to } from '@restante/sip';
import type { SipMessage, SipTrace } from '@restante/sip';
import type { Party } from '../ladder.ts';
import { MessageLabels } from './message-label.ts';
import type { MessageLabel } from './message-label.ts';

/** One SIP message between the server and one of the two, with the moment at which it crossed the server's socket. */
export interface Crossing extends MessageLabel {
  /** Milliseconds since the recorder was made. */
  readonly at: number;
  readonly from: Party;
  readonly to: Party;
  readonly bytes: number;
  readonly message: SipMessage;
}

const quietMilliseconds = 60;

/** The tap of the demo: keeps every message and passes it on to be drawn. */
export class Recorder implements SipTrace {
  readonly crossings: Crossing[] = [];
  readonly #began = performance.now();
  readonly #labels = new MessageLabels();
  readonly #parties: ReadonlyMap<string, Party>;
  readonly #crossed: (crossing: Crossing) => void;
  #recording = true;

  constructor(parties: ReadonlyMap<string, Party>, crossed: (crossing: Crossing) => void) {
    this.#parties = parties;
    this.#crossed = crossed;
  }

  get now(): number {
    return performance.now() - this.#began;
  }

  /** Resolves when nothing has crossed for a moment: every answer is there. */
  async quiet(): Promise<void> {
    do await pause(quietMilliseconds);
    while (this.now - (this.crossings.at(-1)?.at ?? 0) < quietMilliseconds);
  }

  stop(): void {
    this.#recording = false;
  }

  sent(bytes: Uint8Array): void {
    this.#record(bytes, 'sent');
  }

  received(bytes: Uint8Array): void {
    this.#record(bytes, 'received');
  }

  /** Where `wanted` crossed first at or after `since`. */
  first(wanted: (crossing: Crossing) => boolean, since = 0): Crossing | undefined {
    return this.crossings.find((crossing) => crossing.at >= since && wanted(crossing));
  }

  last(wanted: (crossing: Crossing) => boolean): Crossing | undefined {
    return this.crossings.findLast(wanted);
  }

  #record(bytes: Uint8Array, direction: 'sent' | 'received'): void {
    if (!this.#recording) return;
    const at = this.now;
    const message = parseMessage(bytes);
    const party = this.#peerOf(message, direction);
    if (party === undefined) return;
    const ends =
      direction === 'sent' ? { from: 'middle' as const, to: party } : { from: party, to: 'middle' as const };
    const crossing = { at, ...ends, bytes: bytes.length, message, ...this.#labels.of(message) };
    this.crossings.push(crossing);
    this.#crossed(crossing);
  }

  /** Whoever began the transaction stands in From; the peer is From or To by who that was. */
  #peerOf(message: SipMessage, direction: 'sent' | 'received'): Party | undefined {
    const peerBegan = (message.kind === 'request') === (direction === 'received');
    const uri = parseUri((peerBegan ? from(message) : to(message)).uri);
    return uri.kind === 'sip' ? this.#parties.get(uri.user ?? '') : undefined;
  }
}

export function isFinalFor(crossing: Crossing, method: string): boolean {
  const { message } = crossing;
  return message.kind === 'response' && message.status >= 200 && cseq(message).method === method;
}

export function isRequest({ message }: Crossing, method: string): boolean {
  return message.kind === 'request' && message.method === method;
}
