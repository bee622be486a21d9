/**
 * What the rules thread said, kept where it is asked for: the rows, and what there is to say about each rule. The thread
 * may end meanwhile (200 MB), and who opens a rule need not wait for all rules to be loaded again.
 */
import { errorText, log } from '../core/index.ts';
import type {
  LoadedDetail,
  LoadedRow,
  LoadedRows,
  RuleId,
  RulesKind,
  RulesQuestions,
} from './rules-messages.ts';

/** Of larger sets only the rows are kept: a detail is some 2 kB, and making it takes a millisecond. */
const MAX_DETAILS = 5000;
/** Details that are asked for at once: other questions wait no longer than these take. */
const SLICE = 25;

export interface KeptRulesOptions {
  /** Of the rules that answers must be about. */
  readonly version: () => string;
  /** Resolves when nothing is under way that has a time limit: what nobody asked for yet can wait. */
  readonly quiet: () => Promise<void>;
  readonly ask: <Kind extends RulesKind>(
    kind: Kind,
    ask: RulesQuestions[Kind]['ask'],
  ) => Promise<RulesQuestions[Kind]['answer']>;
}

interface Kept {
  readonly version: string;
  readonly rows: Promise<LoadedRows>;
  readonly details: Map<string, LoadedDetail>;
}

export class KeptRules {
  readonly #options: KeptRulesOptions;
  #kept: Kept | undefined;

  constructor(options: KeptRulesOptions) {
    this.#options = options;
  }

  /** Rejects as the question does; the next time it is asked anew. */
  rows(): Promise<LoadedRows> {
    return this.#current().rows;
  }

  async detail(id: RuleId): Promise<LoadedDetail | undefined> {
    return this.#current().details.get(keyOf(id)) ?? (await this.#options.ask('detail', id));
  }

  #current(): Kept {
    const version = this.#options.version();
    if (this.#kept?.version === version) return this.#kept;
    const rows = this.#options.ask('rows', {});
    const kept: Kept = { version, rows, details: new Map() };
    this.#kept = kept;
    rows.then(
      ({ items }) => this.#keepDetails(kept, items),
      () => {
        if (this.#kept === kept) this.#kept = undefined;
      },
    );
    return kept;
  }

  async #keepDetails(kept: Kept, items: readonly LoadedRow[]): Promise<void> {
    if (items.length > MAX_DETAILS) return;
    try {
      for (let at = 0; at < items.length; at += SLICE) {
        await this.#options.quiet();
        // The thread has one version of the rules: those of before are loaded no more.
        if (this.#kept !== kept || this.#options.version() !== kept.version) return;
        const ids = items.slice(at, at + SLICE).map(({ gid, sid }) => ({ gid, sid }));
        const details = await this.#options.ask('details', ids);
        for (const detail of details) kept.details.set(keyOf(detail), detail);
      }
    } catch (error) {
      // The service closes, or too much is asked: what is not kept is asked for.
      log('debug', 'rules', `not all rules are kept: ${errorText(error)}`);
    }
  }
}

function keyOf({ gid, sid }: RuleId): string {
  return `${gid}:${sid}`;
}
