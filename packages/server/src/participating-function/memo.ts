import { detach } from '@restante/sip';

/** Remembers answers that depend on nothing but their question, for texts that many requests have in common. */
export class Memo<Answer> {
  readonly #answers = new Map<string, Answer>();
  readonly #most: number;

  /** @param most answers kept; anybody may make up questions, so that then it starts anew */
  constructor(most = 1000) {
    this.#most = most;
  }

  /** `answer` is asked where the question is new. An answer of undefined is not remembered. */
  of(question: string, answer: (question: string) => Answer): Answer {
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const found = answer(question);
    if (this.#answers.size >= this.#most) this.#answers.clear();
    this.#answers.set(detach(question), found);
    return found;
  }
}
