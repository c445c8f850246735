/** Ends what it was given, the last one first. Node 22 has no AsyncDisposableStack. */
export class Disposals implements AsyncDisposable {
  readonly #resources: AsyncDisposable[] = [];

  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#resources.push(resource);
    return resource;
  }

  async disposeAsync(): Promise<void> {
    for (let last = this.#resources.pop(); last !== undefined; last = this.#resources.pop())
      await last[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync();
  }
}
