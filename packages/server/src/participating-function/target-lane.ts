/** More requests wait for one target than anybody will ever see answered in time. */
export class LaneFull extends Error {
  override readonly name = 'LaneFull';

  constructor(target: string, longest: number) {
    super(`${longest} requests already wait for ${target}`);
  }
}

interface Lane {
  tail: Promise<unknown>;
  waiting: number;
}

/** One request at a time for each target (RFC 3428 section 8), oldest first. */
export class TargetLane {
  readonly #lanes = new Map<string, Lane>();
  readonly #longest: number;

  constructor({ longest = 1000 }: { readonly longest?: number } = {}) {
    this.#longest = longest;
  }

  /** Rejects with LaneFull at once, else settles as `send` does when its turn has come. */
  run<T>(target: string, send: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(target) ?? { tail: Promise.resolve(), waiting: 0 };
    if (lane.waiting >= this.#longest) return Promise.reject(new LaneFull(target, this.#longest));
    this.#lanes.set(target, lane);
    lane.waiting += 1;
    const turn = lane.tail.then(send);
    const leave = () => this.#leave(target, lane);
    lane.tail = turn.then(leave, leave);
    return turn;
  }

  /** How many targets have a request under way. */
  get size(): number {
    return this.#lanes.size;
  }

  #leave(target: string, lane: Lane): void {
    lane.waiting -= 1;
    if (lane.waiting === 0) this.#lanes.delete(target);
  }
}
