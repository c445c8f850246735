import type { PullAction } from '@restante/cpm';

/** A request of the server that a client has read; `taken`: it was answered 2xx. */
export interface Answer {
  /** Which life of the server sent it. */
  readonly life: number;
  readonly at: number;
  readonly taken: boolean;
  readonly transport: 'UDP' | 'TCP';
}

export interface Report extends Answer {
  readonly kind: string;
  readonly imdnMessageId: string;
}

/** A pull that named a message. */
export interface Naming {
  readonly action: PullAction;
  /** Nothing else was named: the answer is about this message. */
  readonly alone: boolean;
  readonly askedAt: number;
  /** The final answer; undefined where none came. */
  status: number | undefined;
  answeredAt: number | undefined;
}

/** One message under one imdn.Message-ID, in however many copies it was sent. */
export interface SentMessage {
  readonly id: string;
  /** When the first copy left. */
  readonly sentAt: number;
  /** What its Expires says; undefined: days. */
  readonly expiresMilliseconds: number | undefined;
  /** A report of a failure was asked for. */
  readonly wanted: boolean;
  /** Final answers to its copies. */
  readonly answers: { readonly status: number; readonly at: number }[];
  readonly arrivals: Answer[];
  readonly namings: Naming[];
  readonly reports: Report[];
  /** Its user's device has sent a report of its own, under this imdn.Message-ID. */
  ownReport: { readonly imdnMessageId: string; answered: boolean } | undefined;
  /** The last life that listed it as waiting, and its message-URI-ID. */
  listed: { readonly life: number; readonly uri: string } | undefined;
}

/** One run of the server, from spawn to its end. */
export interface Life {
  readonly number: number;
  /** It was killed, or told to stop; undefined while it runs. */
  endedAt: number | undefined;
  /** When the last message left, over UDP, whose commit this life has confirmed: what it had read before is committed too. */
  confirmedAfter: number;
}

/** What the clients saw, in the order in which they saw it. */
export class Journal {
  readonly faults: string[] = [];
  readonly messages = new Map<string, SentMessage>();
  readonly lives: Life[] = [];
  /** Grows with everything that a client reads. */
  received = 0;
  pulls = 0;
  notifications = 0;

  /** The life that is, or the last one that was: what arrives is its work. */
  get life(): Life {
    const life = this.lives.at(-1);
    if (life === undefined) throw new Error('no server was started');
    return life;
  }

  born(): void {
    this.lives.push({ number: this.lives.length, endedAt: undefined, confirmedAfter: 0 });
  }

  ended(): void {
    this.life.endedAt ??= Date.now();
  }

  sending(message: Pick<SentMessage, 'id' | 'expiresMilliseconds' | 'wanted'>): SentMessage {
    const sent: SentMessage = {
      ...message,
      sentAt: Date.now(),
      answers: [],
      arrivals: [],
      namings: [],
      reports: [],
      ownReport: undefined,
      listed: undefined,
    };
    this.messages.set(message.id, sent);
    return sent;
  }

  /** `text` is the imdn.Message-ID that the text was sent under, `id` the one it arrived under. */
  arrived(id: string, text: string, answer: Pick<Answer, 'taken' | 'transport'>): void {
    if (id !== text) this.faults.push(`the text sent under ${text} arrived under ${id}`);
    const message = this.messages.get(text);
    if (message === undefined) this.faults.push(`${text} arrived and was never sent`);
    message?.arrivals.push(this.#now(answer));
  }

  listed(id: string, uri: string): void {
    const message = this.messages.get(id);
    if (message === undefined) this.faults.push(`${id} was listed and never sent`);
    else message.listed = { life: this.life.number, uri };
  }

  reported(about: string, report: Pick<Report, 'kind' | 'imdnMessageId' | 'taken' | 'transport'>): void {
    const { kind, imdnMessageId } = report;
    const message = this.messages.get(about);
    if (message === undefined) this.faults.push(`a report came about ${about}, which was never sent`);
    message?.reports.push({ ...this.#now(report), kind, imdnMessageId });
  }

  #now({ taken, transport }: Pick<Answer, 'taken' | 'transport'>): Answer {
    return { life: this.life.number, at: Date.now(), taken, transport };
  }
}
