/** How messages are told apart in what a server writes to files and in what it answers. */
export interface Marks {
  /** Its first group is the mark; global. */
  readonly written: RegExp;
  readonly answered: RegExp;
}

/** What a trace says about the order of commits and answers. */
export interface CommitOrder {
  /** 2xx that were sent, repetitions included. */
  readonly answers: number;
  readonly syncs: number;
  /** Marks that were answered by 2xx before a sync of what holds them had ended; none in a sound server. */
  readonly early: readonly string[];
}

/** One system call as strace shows it, in one line or in two (`<unfinished ...>`, `<... resumed>`). */
interface Call {
  readonly name: string;
  readonly descriptor: string;
  /** Its arguments, strings escaped. */
  readonly text: string;
  /** What is durable when it has ended, where it is a sync. */
  readonly covers: readonly string[];
}

const whole = /^(\d+) +(\w+)\((\d+)(.*)$/;
const resumed = /^(\d+) +<\.\.\. (\w+) resumed>(.*)$/;
const unfinished = /<unfinished \.\.\.>$/;
const failed = /= -1 [A-Z]/;

const syncs = new Set(['fdatasync', 'fsync']);
/** The status line of a 2xx at the beginning of a string, or after another response in the same piece. */
const success = /SIP\/2\.0 2\d\d [^]*?(?=SIP\/2\.0 \d\d\d |$)/g;

/** Reads what `strace -f -o` wrote: every call on a file or socket that matters, in the order of time. */
export function readCommitOrder(lines: Iterable<string>, marks: Marks): CommitOrder {
  const reader = new TraceReader(marks);
  for (const line of lines) reader.read(line);
  return reader.found();
}

class TraceReader {
  readonly #marks: Marks;
  readonly #open = new Map<string, Call>();
  /** Written and not yet about to be synced, by file descriptor. */
  readonly #unsynced = new Map<string, Set<string>>();
  readonly #durable = new Set<string>();
  readonly #early: string[] = [];
  #answers = 0;
  #syncs = 0;

  constructor(marks: Marks) {
    this.#marks = marks;
  }

  read(line: string): void {
    const started = whole.exec(line);
    if (started !== null) {
      const [, thread = '', name = '', descriptor = '', text = ''] = started;
      const call = this.#begin(name, descriptor, text);
      if (unfinished.test(text)) this.#open.set(thread, call);
      else this.#end(call, text);
      return;
    }
    const [, thread = '', , rest = ''] = resumed.exec(line) ?? [];
    const call = this.#open.get(thread);
    if (call === undefined) return;
    this.#open.delete(thread);
    this.#end(call, rest);
  }

  found(): CommitOrder {
    return { answers: this.#answers, syncs: this.#syncs, early: this.#early };
  }

  /** An answer counts from the moment at which its call begins, a sync covers what was written before it began. */
  #begin(name: string, descriptor: string, text: string): Call {
    if (!syncs.has(name)) {
      for (const [answer] of text.matchAll(success)) this.#answered(answer);
      return { name, descriptor, text, covers: [] };
    }
    const covers = [...(this.#unsynced.get(descriptor) ?? [])];
    return { name, descriptor, text, covers };
  }

  #end({ name, descriptor, text, covers }: Call, result: string): void {
    if (failed.test(result.slice(-200))) return;
    if (syncs.has(name)) {
      this.#syncs += 1;
      for (const mark of covers) {
        this.#durable.add(mark);
        this.#unsynced.get(descriptor)?.delete(mark);
      }
      return;
    }
    for (const [, mark = ''] of text.matchAll(this.#marks.written)) this.#written(descriptor, mark);
  }

  #written(descriptor: string, mark: string): void {
    if (this.#durable.has(mark)) return;
    const marks = this.#unsynced.get(descriptor) ?? new Set();
    this.#unsynced.set(descriptor, marks.add(mark));
  }

  #answered(answer: string): void {
    for (const [, mark = ''] of answer.matchAll(this.#marks.answered)) {
      this.#answers += 1;
      if (!this.#durable.has(mark)) this.#early.push(mark);
    }
  }
}
