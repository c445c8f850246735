/** One benchmark: `npm run bench NAME`. Each file `bench/NAME.ts` exports one as `benchmark`. */
export interface Benchmark {
  readonly name: string;
  /** One line for the list of benchmarks. */
  readonly summary: string;
  /** Debian packages that have to be installed; a missing one is named, and the benchmark is not run. */
  readonly packages: readonly string[];
  run(context: BenchContext): Promise<BenchResult>;
}

export interface BenchContext {
  /** Rounds of product and peer in turn; 5 unless `--rounds` says otherwise. */
  readonly rounds: number;
  /** Factor on every count of messages: 1, or less for a short look with `--scale`. */
  readonly scale: number;
  /** An empty folder of this run, removed at its end. */
  readonly folder: string;
  /** A line for whoever watches. */
  say(line: string): void;
}

/** What one benchmark found. */
export interface BenchResult {
  readonly measures: readonly Measure[];
  /** What else was checked and seen: strace's verdict, stored and acknowledged counts, versions of the peers. */
  readonly notes: readonly string[];
}

/** One row of the table: a figure of the product beside that of a peer or limit, from the same rounds. */
export interface Measure {
  /** `durable deferrals, UDP, 32 outstanding`. */
  readonly name: string;
  readonly unit: string;
  readonly product: Sample;
  readonly peer: Sample;
  /** `Kamailio msilo + PostgreSQL`. */
  readonly peerName: string;
  /** Product divided by peer, the median of the rounds' own quotients. */
  readonly ratio: number;
  /** What the ratio is to reach; absent for a figure without a goal. */
  readonly goal?: { readonly at: 'least' | 'most'; readonly ratio: number };
}

/** The figures of the rounds in their order, and their median. */
export interface Sample {
  readonly rounds: readonly number[];
  readonly median: number;
}

/** The median of the rounds; the mean of the middle two where their number is even. */
export function sampleOf(rounds: readonly number[]): Sample {
  const sorted = rounds.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle] ?? Number.NaN;
  return { rounds, median: (upper + lower) / 2 };
}

/** A row from the rounds of both, paired one by one. */
export function measureOf(
  about: Pick<Measure, 'name' | 'unit' | 'peerName' | 'goal'>,
  product: readonly number[],
  peer: readonly number[],
): Measure {
  const quotients = product.map((figure, index) => figure / (peer[index] ?? Number.NaN));
  return {
    ...about,
    product: sampleOf(product),
    peer: sampleOf(peer),
    ratio: sampleOf(quotients).median,
  };
}
