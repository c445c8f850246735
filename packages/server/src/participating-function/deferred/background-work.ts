/** Work that goes on in the background, a bounded number of pieces at a time. */
export class BackgroundWork {
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();
  #freed: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** `work` is under way and never rejects. */
  add(work: Promise<void>): void {
    this.#running.add(work);
    void work.then(() => {
      this.#running.delete(work);
      this.#freed?.();
    });
  }

  /** Resolves as soon as there is room for one more piece; asked by one caller at a time. */
  async room(): Promise<void> {
    while (this.#running.size >= this.#most) {
      await new Promise<void>((resolve) => {
        this.#freed = resolve;
      });
    }
  }

  /** Resolves when all of it has ended. */
  async end(): Promise<void> {
    await Promise.all(this.#running);
  }
}
