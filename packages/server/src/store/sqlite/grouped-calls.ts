import type { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '../../participating-function/ports.ts';
import type { EnqueueResult } from '../../participating-function/ports.ts';
import type { OperationName, Operations } from './operations.ts';
import { packMessages } from './thread-messages.ts';
import type { Call, FromWorker, NewMessage, Reply, ToWorker, WorkerSettings } from './thread-messages.ts';

type Answered = (reply: Reply) => void;

/** What goes to the worker together and comes back together. */
class Group {
  readonly messages: NewMessage[] = [];
  readonly calls: Call[] = [];
  readonly #answeredMessages: Answered[] = [];
  readonly #answeredCalls: Answered[] = [];

  get size(): number {
    return this.messages.length + this.calls.length;
  }

  /** After a call of another kind it is one call among them, so that all are performed in their order. */
  addMessage(message: NewMessage, answered: Answered): void {
    if (this.calls.length > 0) {
      const [row, body] = message;
      return this.addCall({ name: 'enqueue', parameters: [row, body.slice()] }, answered);
    }
    this.messages.push(message);
    this.#answeredMessages.push(answered);
    return undefined;
  }

  addCall(call: Call, answered: Answered): void {
    this.calls.push(call);
    this.#answeredCalls.push(answered);
  }

  post(worker: Worker): void {
    const { calls } = this;
    if (this.messages.length === 0) return post(worker, { kind: 'calls', messages: undefined, calls });
    const messages = packMessages(this.messages);
    post(worker, { kind: 'calls', messages, calls }, [messages.bodies.buffer]);
  }

  answer(replies: readonly Reply[]): void {
    let next = 0;
    for (const answered of this.#answeredMessages) answered(replies[next++] ?? noAnswer);
    for (const answered of this.#answeredCalls) answered(replies[next++] ?? noAnswer);
  }

  fail(fault: string): void {
    const reply = { fault };
    for (const answered of this.#answeredMessages) answered(reply);
    for (const answered of this.#answeredCalls) answered(reply);
  }
}

const noAnswer: Reply = { fault: 'the store gave no answer' };
const storeIsClosed: Reply = { fault: 'the store is closed' };

/** So many new messages are worth a commit of their own at once. */
const worthACommit = 16;
/** Commits of new messages alone begin at least so many milliseconds apart, unless there is enough for one before. */
const commitSpacing = 3;

// The worker runs as source and as built: its name ends as this file's does.
const storeWorkerUrl = import.meta.url.endsWith('.ts')
  ? new URL('./worker.ts', import.meta.url)
  : new URL('./worker.js', import.meta.url);

/**
 * Calls to the worker, in groups: those of one turn of the event loop make the first group, those that arrive while a
 * group is being committed make the next one. A commit costs about as much as thirty messages: new messages alone wait
 * a moment for others where the last commit was a moment ago; whatever else is asked takes them along at once.
 */
export class GroupedCalls {
  readonly #settings: WorkerSettings;
  readonly #workerUrl: URL;
  readonly #foreignChange: () => void;
  #worker: Worker | undefined;
  #next = new Group();
  #committing: Group | undefined;
  #scheduled = false;
  #gathering: NodeJS.Timeout | undefined;
  #lastCommit = 0;
  /** The worker has failed and holds the directory until it has ended. */
  #ending = false;
  #watching = false;
  #closed: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  /** The first call starts the worker. */
  constructor(settings: WorkerSettings, foreignChange: () => void, workerUrl: URL = storeWorkerUrl) {
    this.#settings = settings;
    this.#workerUrl = workerUrl;
    this.#foreignChange = foreignChange;
  }

  /** Resolves after the commit; rejects with StoreUnavailable where nothing took place. */
  call<Name extends OperationName>(
    name: Name,
    ...parameters: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> {
    return new Promise((resolve, reject) => {
      const answered = (reply: Reply) => {
        if (typeof reply === 'number') throw new TypeError(`${name} was answered with a number`);
        if ('fault' in reply) return reject(this.#unavailable(reply.fault));
        // The worker ran the operation of this name: this is what it returned.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        resolve(reply.value as ReturnType<Operations[Name]>);
      };
      if (this.#closed !== undefined) return answered(storeIsClosed);
      this.#next.addCall({ name, parameters }, answered);
      this.#schedule();
    });
  }

  /** The call of `enqueue`, by the short way. */
  enqueue(message: NewMessage): Promise<EnqueueResult> {
    return new Promise((resolve, reject) => {
      const answered = (reply: Reply) => {
        if (typeof reply === 'number') return resolve({ kind: 'stored', sequence: reply });
        if ('fault' in reply) return reject(this.#unavailable(reply.fault));
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        resolve(reply.value as EnqueueResult);
      };
      if (this.#closed !== undefined) return answered(storeIsClosed);
      this.#next.addMessage(message, answered);
      this.#schedule();
    });
  }

  watch(): void {
    this.#watching = true;
    if (this.#worker !== undefined) post(this.#worker, { kind: 'watch' });
  }

  /** Ends after what was called before. */
  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  #schedule(): void {
    if (this.#committing !== undefined) return;
    // At once, so that the worker begins while the rest of a burst is still being read.
    if (this.#next.messages.length >= worthACommit && this.#worker !== undefined) return this.#send();
    if (this.#scheduled) return;
    const wait = this.#wait();
    if (wait > 0) {
      this.#gathering ??= setTimeout(() => this.#send(), wait);
      return;
    }
    this.#scheduled = true;
    const send = (): void => {
      this.#scheduled = false;
      this.#send();
    };
    // To start the worker takes a while: whoever is waiting for an answer that needs no store has it before.
    setImmediate(this.#worker === undefined ? () => setImmediate(send) : send);
  }

  /** Milliseconds for which the next group may still grow. */
  #wait(): number {
    const { calls, messages } = this.#next;
    if (calls.length > 0 || messages.length >= worthACommit || this.#closed !== undefined) return 0;
    return this.#lastCommit + commitSpacing - performance.now();
  }

  #send(): void {
    if (this.#committing !== undefined || this.#ending) return;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#next.size === 0) {
      this.#idle?.();
      return;
    }
    const group = this.#next;
    this.#committing = group;
    this.#next = new Group();
    this.#worker ??= this.#adopt(startWorker(this.#workerUrl, this.#settings));
    this.#worker.ref();
    this.#lastCommit = performance.now();
    group.post(this.#worker);
  }

  #adopt(worker: Worker): Worker {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'replies') this.#answer(message.replies);
      else if (message.kind === 'foreign-change') this.#foreignChange();
      else if (message.kind === 'refused') this.#fail(message.reason);
    });
    worker.on('error', (error) => this.#fail(error.message));
    worker.on('exit', () => this.#lost());
    worker.unref();
    if (this.#watching) post(worker, { kind: 'watch' });
    return worker;
  }

  #answer(replies: readonly Reply[]): void {
    const answered = this.#committing;
    this.#goOn(); // The worker goes on while the answers are handled.
    answered?.answer(replies);
  }

  #fail(fault: string): void {
    this.#ending = true;
    const failed = this.#committing;
    this.#goOn();
    failed?.fail(fault);
  }

  #goOn(): void {
    this.#committing = undefined;
    this.#worker?.unref();
    if (this.#next.size > 0 && this.#wait() > 0) this.#schedule();
    else this.#send();
  }

  /** The worker has ended: what it was committing is unknown, so it is called failed. The next call opens a new one. */
  #lost(): void {
    this.#fail('it stopped and is being opened again');
    this.#worker = undefined;
    this.#ending = false;
    this.#send();
  }

  async #finish(): Promise<void> {
    if (this.#next.size > 0 || this.#committing !== undefined) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.ref();
    post(worker, { kind: 'close' });
    await exited;
  }

  #unavailable(fault: string): StoreUnavailable {
    return new StoreUnavailable(`The message store in ${this.#settings.directory}: ${fault}`);
  }
}

function startWorker(url: URL, settings: WorkerSettings): Worker {
  // Loaded here: a server that starts has answered by now.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  return new Worker(url, { workerData: settings, execArgv: ['--disable-warning=ExperimentalWarning'] });
}

function post(worker: Worker, message: ToWorker, transfer: ArrayBuffer[] = []): void {
  worker.postMessage(message, transfer);
}
