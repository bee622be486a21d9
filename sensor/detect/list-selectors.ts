/**
 * Rules that a value selects by being on a list, or by not being on one, without libhs. Runs for
 * every value of a buffer that some rule asks lists about.
 *
 * Most values come again and again and select nothing: that is remembered, for all fixed lists of a
 * buffer together, so such a value costs one probe however many lists there are. A few short lists
 * are asked at once: that costs no more than the probe. Lists that rules fill are asked each time, and so are sets
 * whose values are looked for inside a text: no text comes twice.
 */
import { BUFFERS } from '../core/index.ts';
import { ValueMemo } from '../rules/index.ts';
import { holdsValue, type ListQuery } from './dataset-match.ts';

/** Values of a buffer that are remembered. */
const MEMO_CELLS = 4096;
const SELECTS_NOTHING = 1;
/** So many fixed lists are worth a memo, or one of so many values: then its table is in no cache. */
const MANY_LISTS = 4;
const MANY_VALUES = 10_000;

/** A query of rules, and those rules. */
export interface ListSelector extends ListQuery {
  readonly rules: Int32Array;
}

export class BufferLists {
  readonly #fixed: readonly ListSelector[];
  readonly #eachTime: readonly ListSelector[];
  readonly #memo: ValueMemo | undefined;

  constructor(selectors: readonly ListSelector[]) {
    const isEachTime = ({ dataset }: ListSelector): boolean =>
      dataset.isLearned || dataset.places !== undefined;
    this.#fixed = selectors.filter((selector) => !isEachTime(selector));
    this.#eachTime = selectors.filter(isEachTime);
    const isLong = this.#fixed.some(({ dataset }) => dataset.size > MANY_VALUES);
    if (isLong || this.#fixed.length >= MANY_LISTS) this.#memo = new ValueMemo(MEMO_CELLS);
  }

  /** Calls back with the rules that `memory[start..end)` selects. */
  select(
    memory: Uint8Array,
    start: number,
    end: number,
    onRules: (rules: Int32Array) => void,
  ): void {
    if (this.#fixed.length > 0 && this.#memo?.get(memory, start, end) !== SELECTS_NOTHING) {
      const isSelecting = this.#ask(this.#fixed, memory, start, end, onRules);
      if (!isSelecting) this.#memo?.set(memory, start, end, SELECTS_NOTHING);
    }
    if (this.#eachTime.length > 0) this.#ask(this.#eachTime, memory, start, end, onRules);
  }

  #ask(
    selectors: readonly ListSelector[],
    memory: Uint8Array,
    start: number,
    end: number,
    onRules: (rules: Int32Array) => void,
  ): boolean {
    let isSelecting = false;
    for (let i = 0; i < selectors.length; i++) {
      const selector = selectors[i] as ListSelector;
      if (!holdsValue(selector, memory, start, end)) continue;
      isSelecting = true;
      onRules(selector.rules);
    }
    return isSelecting;
  }
}

/** Gathers the queries of rules that nothing better selects. */
export class ListSelectors {
  readonly #byBuffer = BUFFERS.map(() => new Map<string, ListQuery & { rules: number[] }>());

  /** Rule `index` can only fire where a value of `buffer` meets the query. */
  add(buffer: number, { dataset, query }: ListQuery, index: number): void {
    const { command, reputation } = query;
    const key = `${command} ${dataset.name} ${reputation?.operator ?? ''} ${reputation?.value ?? ''}`;
    const known = this.#byBuffer[buffer]?.get(key);
    if (known === undefined) this.#byBuffer[buffer]?.set(key, { dataset, query, rules: [index] });
    else known.rules.push(index);
  }

  /** By buffer id; undefined where no list selects. */
  finish(): (BufferLists | undefined)[] {
    return this.#byBuffer.map((byQuery) => {
      const selectors = [...byQuery.values()].map(({ dataset, query, rules }) => ({
        dataset,
        query,
        rules: Int32Array.from(rules),
      }));
      return selectors.length > 0 ? new BufferLists(selectors) : undefined;
    });
  }
}
