/**
 * Which answer belongs to which login attempt. Clients may send several attempts before the first answer comes, and
 * the halves of a session are read independently, so that an answer may be read before its question. Both are
 * numbered by the turns of their side (`clientSteps`, `serverSteps` of a session): answer n belongs to the last
 * attempt begun at or before turn n.
 */
import type { LoginKind } from './types.ts';
import type { SecretKey } from './secret-key.ts';

/** Attempts and answers that wait for each other, per session; the oldest goes when there are more. */
const MAX_WAITING = 16;

export interface Attempt {
  readonly kind: LoginKind;
  /** Turn of the client it began with. */
  readonly step: number;
  readonly mechanism: string;
  user: string;
  passwordKey: SecretKey | undefined;
  nonceKey: SecretKey | undefined;
  exchangeKey: SecretKey | undefined;
}

export interface Answer {
  readonly step: number;
  readonly succeeded: boolean;
  /** Why not (RFC 6120 section 6.5), '' when it succeeded. */
  readonly condition: string;
}

export class Attempts {
  readonly #open: Attempt[] = [];
  readonly #answers: Answer[] = [];

  begin(kind: LoginKind, step: number, mechanism: string, user = ''): Attempt {
    const keys = { passwordKey: undefined, nonceKey: undefined, exchangeKey: undefined };
    const attempt = { kind, step, mechanism, user, ...keys };
    if (this.#open.length >= MAX_WAITING) this.#open.shift();
    this.#open.push(attempt);
    return attempt;
  }

  /** The one begun last, while it has no answer. */
  get latest(): Attempt | undefined {
    return this.#open.at(-1);
  }

  answer(answer: Answer): void {
    if (this.#answers.length >= MAX_WAITING) this.#answers.shift();
    this.#answers.push(answer);
  }

  /**
   * Calls back with each answer and its attempt. Those of turns the client has not been seen to take wait, unless
   * bytes were lost and nothing more can be known (`isFinal`).
   */
  settle(
    clientSteps: number,
    isFinal: boolean,
    told: (attempt: Attempt | undefined, answer: Answer) => void,
  ): void {
    for (let answer = this.#answers[0]; answer !== undefined; answer = this.#answers[0]) {
      if (answer.step > clientSteps && !isFinal) return;
      this.#answers.shift();
      let asked = -1;
      while (asked + 1 < this.#open.length && this.#stepOf(asked + 1) <= answer.step) asked++;
      const attempt = this.#open[asked];
      this.#open.splice(0, asked + 1);
      told(attempt, answer);
    }
  }

  /** Those without an answer; they are forgotten here. */
  takeOpen(): Attempt[] {
    this.#answers.length = 0;
    return this.#open.splice(0);
  }

  #stepOf(index: number): number {
    return this.#open[index]?.step ?? 0;
  }
}
