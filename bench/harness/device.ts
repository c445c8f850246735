import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { recipientPrefix } from './load-message.ts';
import { inviteRequest, okFor, registerRequest, requestInDialog } from './device-messages.ts';
import type { Party } from './device-messages.ts';

const patienceMilliseconds = 30_000;

/** What waits for something to come. */
interface Waiting {
  readonly isMine: (text: string) => boolean;
  readonly resolve: (text: string) => void;
}

/** A CPM client on one UDP socket, for any user: answers each MESSAGE by 200 and counts those it was sent. */
export class Device {
  readonly #socket: Socket;
  readonly #server: number;
  readonly #waiting = new Set<Waiting>();
  /** Message-IDs that came, each with the transaction in which it came. */
  readonly #branches = new Map<string, string>();
  #duplicates = 0;
  #expected: { readonly count: number; readonly resolve: () => void } | undefined;
  #lastRequest = 0;

  private constructor(socket: Socket, server: number) {
    this.#socket = socket;
    this.#server = server;
    socket.on('message', (datagram, from) => this.#received(datagram.toString('latin1'), from));
  }

  static async open(server: number): Promise<Device> {
    const socket = createSocket({
      type: 'udp4',
      recvBufferSize: 4 * 1024 * 1024,
      lookup: (address, _options, done) => done(null, address, 4),
    });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new Device(socket, server);
  }

  /** Messages that came twice, in two transactions. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Milliseconds since the last request came. */
  get quietMilliseconds(): number {
    return performance.now() - this.#lastRequest;
  }

  /** Sends a REGISTER and resolves with its final answer. */
  register(recipient: number): Promise<string> {
    const callId = newCallId('register');
    const answered = this.#until(isFinal(callId, 'REGISTER'));
    this.#send(registerRequest(this.#party(recipient), callId));
    return answered;
  }

  /** One pull of everything: INVITE, ACK, BYE. Resolves when BYE was answered; rejects where INVITE was refused. */
  async pull(recipient: number, managementUri: string): Promise<void> {
    const party = this.#party(recipient);
    const callId = newCallId('pull');
    const invited = this.#until(isFinal(callId, 'INVITE'));
    this.#send(inviteRequest(party, managementUri, callId));
    const answer = await invited;
    if (!answer.startsWith('SIP/2.0 200')) throw new Error(`the pull was refused: ${answer}`);
    this.#send(requestInDialog('ACK', 1, party, answer));
    const ended = this.#until(isFinal(callId, 'BYE'));
    this.#send(requestInDialog('BYE', 2, party, answer));
    await ended;
  }

  /** Resolves when so many different messages have come and have been answered, counted from this call. */
  delivered(count: number): Promise<void> {
    this.#branches.clear();
    return inTime(
      new Promise((resolve) => (this.#expected = { count, resolve })),
      () => `${this.#branches.size} of ${count} messages came`,
    );
  }

  close(): void {
    this.#socket.close();
  }

  #party(recipient: number): Party {
    const user = recipientPrefix + String(recipient).padStart(10, '0');
    return { user, port: this.#socket.address().port };
  }

  #send(text: string): void {
    this.#socket.send(Buffer.from(text, 'latin1'), this.#server, '127.0.0.1');
  }

  #until(isMine: (text: string) => boolean): Promise<string> {
    return inTime(new Promise((resolve) => this.#waiting.add({ isMine, resolve })), () => 'no answer');
  }

  #received(text: string, { port, address }: RemoteInfo): void {
    if (text.startsWith('SIP/2.0 ')) return this.#answered(text);
    this.#lastRequest = performance.now();
    this.#socket.send(Buffer.from(okFor(text), 'latin1'), port, address);
    const id = /^imdn\.Message-ID: (\S+)/m.exec(text)?.[1];
    if (id !== undefined) this.#count(id, /branch=([^;\s]+)/.exec(text)?.[1] ?? '');
  }

  #answered(text: string): void {
    for (const waiting of this.#waiting) {
      if (!waiting.isMine(text)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(text);
      return;
    }
  }

  #count(id: string, branch: string): void {
    const known = this.#branches.get(id);
    if (known !== undefined && known !== branch) this.#duplicates += 1;
    this.#branches.set(id, branch);
    if (this.#branches.size === this.#expected?.count) this.#expected.resolve();
  }
}

function newCallId(purpose: string): string {
  return `${purpose}-${randomBytes(8).toString('hex')}`;
}

function isFinal(callId: string, method: string): (text: string) => boolean {
  return (text) =>
    !text.startsWith('SIP/2.0 1') &&
    text.includes(`Call-ID: ${callId}\r\n`) &&
    new RegExp(`^CSeq: \\d+ ${method}\\s`, 'm').test(text);
}

async function inTime<T>(awaited: Promise<T>, what: () => string): Promise<T> {
  const over = Promise.withResolvers<never>();
  const limit = setTimeout(() => over.reject(new Error(`${what()} in time`)), patienceMilliseconds);
  try {
    return await Promise.race([awaited, over.promise]);
  } finally {
    clearTimeout(limit);
  }
}
