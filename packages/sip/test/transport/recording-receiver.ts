import type { Flow, TransportReceiver } from '../../src/ports.ts';

/** One call of a receiver, as a value. */
export type Report =
  | { readonly kind: 'received'; readonly text: string; readonly flow: Flow }
  | { readonly kind: 'oversized'; readonly text: string; readonly flow: Flow }
  | { readonly kind: 'dropped'; readonly text: string; readonly flow: Flow }
  | { readonly kind: 'closed'; readonly text: string; readonly flow: Flow };

/** Keeps what a transport tells, for `await receiver.next()`. */
export class RecordingReceiver implements TransportReceiver {
  readonly #reports: Report[] = [];
  readonly #waiting: ((report: Report) => void)[] = [];

  received(bytes: Uint8Array, flow: Flow): void {
    this.#tell({ kind: 'received', text: new TextDecoder().decode(bytes), flow });
  }

  oversized(head: Uint8Array, flow: Flow): void {
    this.#tell({ kind: 'oversized', text: new TextDecoder().decode(head), flow });
  }

  dropped(reason: string, flow: Flow): void {
    this.#tell({ kind: 'dropped', text: reason, flow });
  }

  closed(flow: Flow, error: Error | undefined): void {
    this.#tell({ kind: 'closed', text: error?.message ?? '', flow });
  }

  /** The oldest report not yet taken. */
  next(): Promise<Report> {
    const report = this.#reports.shift();
    if (report) return Promise.resolve(report);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tell(report: Report): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(report);
    else this.#reports.push(report);
  }
}

/** A complete message; `body` makes it distinguishable. */
export function aMessage(body = ''): string {
  return `OPTIONS sip:a SIP/2.0\r\nContent-Length: ${new TextEncoder().encode(body).length}\r\n\r\n${body}`;
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
