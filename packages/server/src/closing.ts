/** Runs `act` and closes the resource whatever happens. Sources run as they stand on Node 22, which knows no `await using`. */
export async function closing<Resource extends AsyncDisposable, Result>(
  resource: Resource,
  act: (resource: Resource) => Promise<Result>,
): Promise<Result> {
  try {
    return await act(resource);
  } finally {
    await resource[Symbol.asyncDispose]();
  }
}

/** What has been opened, closed in reverse order. */
export class Opened implements AsyncDisposable {
  readonly #closers: (() => unknown)[] = [];
  #closed: Promise<void> | undefined;

  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#closers.push(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Closes everything, also where one of them fails; rejects with the first failure. The second call waits for the first. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers.toReversed()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
