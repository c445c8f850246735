import { settle } from '../../../test/support/hand-wound-clock.ts';
import type { MsrpPath } from '../src/index.ts';
import type { MemoryConnection, MemoryNetwork } from './memory-transport.ts';
import type { Framed } from './protocol/recorder.ts';
import { latin1, Recorder } from './protocol/recorder.ts';
import { MsrpFramer } from '../src/index.ts';

/** One chunk as the script wants it. */
export interface ScriptedChunk {
  readonly id?: string;
  readonly method?: string;
  readonly messageId?: string;
  readonly range?: string;
  readonly body?: string;
  readonly flag?: string;
  readonly toPath?: string;
  readonly fromPath?: string;
  readonly more?: string;
  readonly type?: string;
}

/** A peer that writes whatever octets the test gives it, and notes what it is answered. */
export class ScriptedPeer {
  readonly connection: MemoryConnection;
  readonly recorder = new Recorder();
  readonly own: string;
  isClosed = false;
  readonly #to: string;
  #ids = 0;

  constructor(network: MemoryNetwork, port: number, remote: MsrpPath, own = 'msrp://192.0.2.77:9/peer;tcp') {
    this.connection = network.connect(port);
    this.own = own;
    this.#to = remote.at(-1)?.text ?? '';
    const framer = new MsrpFramer(this.recorder, { maxHeadBytes: 10_000 });
    this.connection.start({
      received: (octets) => framer.push(octets),
      drained: () => {},
      closed: () => (this.isClosed = true),
    });
  }

  write(text: string): void {
    this.connection.write([latin1(text)]);
  }

  /** Sends a request and returns its transaction identifier. */
  send(chunk: ScriptedChunk): string {
    this.#ids += 1;
    const {
      id = `tid${this.#ids}`,
      method = 'SEND',
      messageId = 'm1',
      range,
      body,
      flag = '$',
      more = '',
    } = chunk;
    const { toPath = this.#to, fromPath = this.own, type = 'text/plain' } = chunk;
    const fields = `To-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\nMessage-ID: ${messageId}\r\n`;
    const bytes = range === undefined ? '' : `Byte-Range: ${range}\r\n`;
    const content = body === undefined ? '' : `Content-Type: ${type}\r\n\r\n${body}\r\n`;
    this.write(`MSRP ${id} ${method}\r\n${fields}${bytes}${more}${content}-------${id}${flag}\r\n`);
    return id;
  }

  /** Sends a request; the status of its response, or undefined when there is none. */
  async ask(chunk: ScriptedChunk): Promise<number | undefined> {
    const id = this.send(chunk);
    await quiet();
    return this.statusOf(id);
  }

  statusOf(id: string): number | undefined {
    const head = this.recorder.messages
      .map((message) => message.head)
      .find(({ transactionId }) => transactionId === id);
    return head?.kind === 'response' ? head.status : undefined;
  }

  /** Requests that it got. */
  requests(method: string): readonly Framed[] {
    return this.recorder.messages.filter(({ head }) => head.kind === 'request' && head.method === method);
  }
}

/** Long enough for everything in memory to be there. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await settle();
}
