import { Worker } from 'node:worker_threads';

/** Operations after which the log is worth moving: some megabytes of pages. */
const operationsBetween = 4000;

const workerUrl = import.meta.url.endsWith('.ts')
  ? new URL('./checkpoint-worker.ts', import.meta.url)
  : new URL('./checkpoint-worker.js', import.meta.url);

/**
 * Moves committed pages from the log into the database on a thread of its own, so that no commit waits for it. Under load
 * the log has grown by the time it is done: the writer moves the little that is left, and begins the log anew.
 * The thread is started when there is enough to move.
 */
export class BackgroundCheckpoint {
  readonly #path: string;
  readonly #moved: () => void;
  #worker: Worker | undefined;
  #operations = 0;
  #running = false;

  /** @param moved called by the writer's thread when all that was there at the beginning has been moved */
  constructor(path: string, moved: () => void) {
    this.#path = path;
    this.#moved = moved;
  }

  /** So many operations were committed. */
  committed(operations: number): void {
    this.#operations += operations;
    if (this.#running || this.#operations < operationsBetween) return;
    this.#operations = 0;
    this.#running = true;
    this.#worker ??= this.#start();
    this.#worker.postMessage('checkpoint', []);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage('close', []);
    await exited;
  }

  #start(): Worker {
    const worker = new Worker(workerUrl, {
      workerData: this.#path,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    worker.on('message', () => {
      this.#running = false;
      this.#moved();
    });
    worker.on('error', () => {});
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#running = false;
    });
    worker.unref();
    return worker;
  }
}
