/**
 * `nuisance-flood`, errors that answer errors: RFC 6120 section 8.3.1 forbids the first of them, since two programs
 * that do so never end. Told between two accounts, by the id that goes back and forth.
 */
import { eventId } from '../../core/index.ts';
import { nameId } from '../../xml/index.ts';
import { accountOf } from '../accounts.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { RecentTimes } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const ERRORS = eventId('service.error_loop');
const ID = nameId('id');
const ID_BYTES = 1024;

export function watchErrorLoops(options: WatchOptions): Watch {
  return new ErrorLoopWatch(options);
}

class ErrorLoopWatch implements Watch {
  readonly name = 'error-loop';
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq;
  readonly types = 1 << TYPE.error;
  readonly hops = ~(1 << HOP.serverless);
  readonly #thresholds;
  /** By sender, addressee and id: errors that could be answered. */
  readonly #errors: LruTable;
  /** By pair, whoever wrote. */
  readonly #loops: LruTable;
  readonly #answers: RecentTimes;
  readonly #key = new Key();
  readonly #id = new Key();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    const capacity = limits.correlationNuisanceEntries;
    this.#errors = new LruTable(memory, 'errors', capacity / 2, thresholds.errorSeconds);
    this.#loops = new LruTable(memory, 'error_loops', capacity / 8, thresholds.errorSeconds);
    this.#answers = new RecentTimes(this.#loops, thresholds.errorAnswers);
  }

  stanza(scene: Scene): void {
    const { from, to, nowUsec, view, tree } = scene;
    const id = tree.attr(0, ID);
    if (id < 0 || !from.isKnown || !to.isKnown || from.bare.equals(to.bare)) return;
    if (scene.isRepeat) return;
    const length = Math.min(tree.valueLength(id), ID_BYTES);
    this.#id.ofBytes(view.memory, tree.valueOffset(id), length);
    const asked = this.#key.ofPair(this.#key.ofPair(to.bare, from.bare), this.#id);
    const isAnswer = this.#errors.find(asked.high, asked.low, nowUsec) >= 0;
    const own = this.#key.ofPair(this.#key.ofPair(from.bare, to.bare), this.#id);
    this.#errors.claim(own.high, own.low, nowUsec);
    if (isAnswer) this.#judge(scene);
  }

  #judge(scene: Scene): void {
    const { from, to, nowUsec, view } = scene;
    const { high, low } = this.#key.ofEither(from.bare, to.bare);
    const slot = this.#loops.claim(high, low, nowUsec);
    this.#answers.add(slot, nowUsec);
    const { errorAnswers, errorSeconds } = this.#thresholds;
    const answers = this.#answers.within(slot, nowUsec, errorSeconds);
    if (answers < errorAnswers) return;
    const people = [accountOf(view.from), accountOf(view.to)].sort();
    const [one = '', other = ''] = people.map(shown);
    scene.raise(
      ERRORS,
      { key: people.join(' '), contributors: [one, other] },
      {
        summary: `${one} and ${other} answered errors by errors ${counted(answers, 'time')} or more within ${span(errorSeconds)}`,
        answers,
      },
    );
  }
}
