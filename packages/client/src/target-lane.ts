/** One MESSAGE at a time for each target (RFC 3428 section 8), in the order asked for. */
export class TargetLane {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Rejects with the signal's reason where it is aborted before its turn. */
  run<T>(target: string, send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = (this.#tails.get(target) ?? Promise.resolve()).then(() => {
      signal?.throwIfAborted();
      return send();
    });
    const tail = turn
      .catch(() => {})
      .then(() => {
        if (this.#tails.get(target) === tail) this.#tails.delete(target);
      });
    this.#tails.set(target, tail);
    return turn;
  }
}
