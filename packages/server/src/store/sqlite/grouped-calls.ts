import { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '../../participating-function/ports.ts';
import type { OperationName, Operations } from './operations.ts';
import type { Call, FromWorker, Reply, ToWorker, WorkerSettings } from './thread-messages.ts';

interface PendingCall {
  readonly call: Call;
  readonly answered: (reply: Reply) => void;
}

// The worker runs as source and as built: its name ends as this file's does.
const storeWorkerUrl = import.meta.url.endsWith('.ts')
  ? new URL('./worker.ts', import.meta.url)
  : new URL('./worker.js', import.meta.url);

/**
 * Calls to the worker, in groups: those of one turn of the event loop make the first group,
 * those that arrive while a group is being committed make the next one.
 */
export class GroupedCalls {
  readonly #settings: WorkerSettings;
  readonly #workerUrl: URL;
  readonly #foreignChange: () => void;
  #worker: Worker | undefined;
  #next: PendingCall[] = [];
  #committing: readonly PendingCall[] = [];
  #scheduled = false;
  /** The worker has failed and holds the directory until it has ended. */
  #ending = false;
  #watching = false;
  #closed: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  private constructor(settings: WorkerSettings, worker: Worker, foreignChange: () => void, workerUrl: URL) {
    this.#settings = settings;
    this.#workerUrl = workerUrl;
    this.#foreignChange = foreignChange;
    this.#worker = this.#adopt(worker);
  }

  /** Rejects with the reason for which the worker refuses to start. */
  static async open(
    settings: WorkerSettings,
    foreignChange: () => void,
    workerUrl: URL = storeWorkerUrl,
  ): Promise<GroupedCalls> {
    const worker = startWorker(workerUrl, settings);
    await started(worker);
    return new GroupedCalls(settings, worker, foreignChange, workerUrl);
  }

  /** Resolves after the commit; rejects with StoreUnavailable where nothing took place. */
  call<Name extends OperationName>(
    name: Name,
    ...parameters: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> {
    return new Promise((resolve, reject) => {
      const answered = (reply: Reply) => {
        if ('fault' in reply) return reject(this.#unavailable(reply.fault));
        // The worker ran the operation of this name: this is what it returned.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        resolve(reply.value as ReturnType<Operations[Name]>);
      };
      const pending = { call: { name, parameters }, answered };
      if (this.#closed === undefined) this.#add(pending);
      else answered({ fault: 'the store is closed' });
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

  #add(pending: PendingCall): void {
    this.#next.push(pending);
    if (this.#scheduled || this.#committing.length > 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#committing.length > 0 || this.#ending) return;
    if (this.#next.length === 0) {
      this.#idle?.();
      return;
    }
    this.#committing = this.#next;
    this.#next = [];
    this.#worker ??= this.#adopt(startWorker(this.#workerUrl, this.#settings));
    this.#worker.ref();
    const { message, buffer } = packed(this.#committing);
    post(this.#worker, message, [buffer]);
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
    this.#committing = [];
    this.#worker?.unref();
    this.#send(); // The worker goes on while the answers are handled.
    for (const [index, { answered: tell }] of answered.entries()) {
      tell(replies[index] ?? { fault: 'the store gave no answer' });
    }
  }

  #fail(fault: string): void {
    this.#ending = true;
    this.#answer(this.#committing.map(() => ({ fault })));
  }

  /** The worker has ended: what it was committing is unknown, so it is called failed. The next call opens a new one. */
  #lost(): void {
    this.#fail('it stopped and is being opened again');
    this.#worker = undefined;
    this.#ending = false;
    this.#send();
  }

  async #finish(): Promise<void> {
    if (this.#next.length > 0 || this.#committing.length > 0) {
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
  return new Worker(url, { workerData: settings, execArgv: ['--disable-warning=ExperimentalWarning'] });
}

function post(worker: Worker, message: ToWorker, transfer: ArrayBuffer[] = []): void {
  worker.postMessage(message, transfer);
}

function started(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (message: FromWorker) => {
      if (message.kind === 'refused') return reject(new Error(message.reason));
      worker.removeAllListeners('error');
      resolve();
    });
  });
}

/** The bodies of a group travel in one buffer that is handed over; the callers keep theirs. */
function packed(group: readonly PendingCall[]): { message: ToWorker; buffer: ArrayBuffer } {
  let length = 0;
  for (const { call } of group) length += bodyOf(call)?.length ?? 0;
  const buffer = new ArrayBuffer(length);
  let offset = 0;
  const calls = group.map(({ call }) => {
    const body = bodyOf(call);
    if (body === undefined) return call;
    const moved = new Uint8Array(buffer, offset, body.length);
    moved.set(body);
    offset += body.length;
    return { name: call.name, parameters: [call.parameters[0], moved] };
  });
  return { message: { kind: 'calls', calls }, buffer };
}

/** The second parameter of the operations that carry content. */
function bodyOf({ parameters }: Call): Uint8Array | undefined {
  const body = parameters[1];
  return body instanceof Uint8Array ? body : undefined;
}
