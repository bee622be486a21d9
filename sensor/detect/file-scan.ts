/**
 * Which rules a file is worth a closer look for: its bytes against one database in one call, its text against the
 * other in windows, so that a rule is verified where something speaks for it and not on megabytes.
 *
 * Windows overlap by twice OWN_MARGIN. Each place of the text belongs to one window, in which at least OWN_MARGIN bytes
 * before and behind it are seen (or the end of the text): so a match of up to that length is never lost, is counted
 * once, and `^`, `$` and `\b` at the edge of a window decide about nothing.
 */
import type { Database } from 'hyperscan-js';
import { MATCH_WORDS, Scanner } from 'hyperscan-js';
import type { Dataset } from '../rules/index.ts';
import { FILE_FAMILY, TEXT_BIT, setOf, type FilePlan } from './file-plan.ts';
import { FILE_FOLDED } from './file-regions.ts';
import type { CompiledRule } from './plan.ts';
import { MAX_WINDOW_BYTES, WindowReader } from './window-reader.ts';

const REGION_WORDS = 3;
const WINDOW_BYTES = MAX_WINDOW_BYTES;
/** Longest match in the text of a file that is never lost, from the first byte of its rule to the last. */
const OWN_MARGIN = 8 * 1024;
const STEP_BYTES = WINDOW_BYTES - 2 * OWN_MARGIN;
/** Windows of one native call. */
const BATCH = 16;

const NO_BYTES = new Uint8Array(0);

/** A stretch of text, and the places in it that are counted here: [ownStart, ownEnd). */
export interface TextWindow {
  readonly start: number;
  readonly length: number;
  readonly ownStart: number;
  readonly ownEnd: number;
}

export class FileScan {
  readonly #plan: FilePlan;
  readonly #scanner: Scanner;
  readonly #reader: WindowReader;
  readonly #database: { readonly data: number; readonly text: number };
  readonly #table = new Uint32Array(REGION_WORDS * BATCH);
  readonly #out: Uint32Array<ArrayBuffer>;
  readonly #sets: readonly {
    readonly rule: number;
    readonly bit: number;
    readonly dataset: Dataset;
  }[];

  /** `databases`: one for each family that has expressions. */
  constructor(plan: FilePlan, databases: readonly Database[]) {
    this.#plan = plan;
    this.#scanner = new Scanner(databases);
    this.#reader = new WindowReader(plan.forms.map(({ form }) => form));
    const [data, text] = [FILE_FAMILY.data, FILE_FAMILY.text].map(
      (family) => plan.families[family]?.expressions.length ?? 0,
    ) as [number, number];
    this.#sets = plan.sets.flatMap((rule) => {
      const set = setOf(plan.rules[rule] as CompiledRule);
      if (set === undefined) return [];
      const bit = set.buffer === FILE_FOLDED ? TEXT_BIT.folded : TEXT_BIT.plain;
      return [{ rule, bit, dataset: set.dataset }];
    });
    const hasData = data > 0;
    this.#database = { data: hasData ? 0 : -1, text: text > 0 ? Number(hasData) : -1 };
    // Every expression is told once a region: nothing is ever cut.
    this.#out = new Uint32Array(MATCH_WORDS * Math.max(1, data, text * BATCH));
  }

  /**
   * Rules (places in the plan) that something in the bytes speaks for; a rule may come twice. One call for all bytes:
   * expressions on bytes count places from the start and may match at any length, so nothing may be cut.
   */
  selectInBytes(bytes: Uint8Array, onRule: (rule: number) => void): void {
    if (this.#database.data < 0) return;
    this.#table[0] = this.#database.data;
    this.#table[1] = 0;
    this.#table[2] = bytes.length;
    const matches = this.#scanner.scanRegions(bytes, this.#table, 1, this.#out);
    for (let at = 0; at < matches * MATCH_WORDS; at += MATCH_WORDS) {
      this.#tell(this.#out[at + 1] as number, onRule);
    }
  }

  /**
   * Rules that something in a window of the text speaks for. `bits`: TEXT_BIT of what the text is. A rule may come
   * twice for a window. Yields after some windows.
   */
  *selectInText(
    text: Uint8Array,
    bits: number,
    onRule: (rule: number, window: TextWindow) => void,
  ): Generator<undefined, void> {
    const windows = windowsOf(text.length);
    for (let first = 0; first < windows.length; first += BATCH) {
      const batch = windows.slice(first, first + BATCH);
      for (const window of batch) this.#selectByForms(text, bits, window, onRule);
      if (this.#database.text < 0) {
        yield;
        continue;
      }
      batch.forEach(({ start, length }, i) => {
        this.#table[REGION_WORDS * i] = this.#database.text;
        this.#table[REGION_WORDS * i + 1] = start;
        this.#table[REGION_WORDS * i + 2] = length;
      });
      const matches = this.#scanner.scanRegions(text, this.#table, batch.length, this.#out);
      for (let at = 0; at < matches * MATCH_WORDS; at += MATCH_WORDS) {
        const id = this.#out[at + 1] as number;
        const window = batch[this.#out[at] as number];
        if (window === undefined || ((this.#plan.textBit[id] as number) & bits) === 0) continue;
        this.#tell(id, (rule) => {
          onRule(rule, window);
        });
      }
      yield;
    }
  }

  #selectByForms(
    text: Uint8Array,
    bits: number,
    window: TextWindow,
    onRule: (rule: number, window: TextWindow) => void,
  ): void {
    const { forms } = this.#plan;
    if (forms.length === 0) return;
    this.#reader.read(text, window.start, window.length);
    const standing = this.#reader.forms();
    for (const [i, { textBit, rules }] of forms.entries()) {
      if ((standing & (1 << i)) === 0 || (textBit & bits) === 0) continue;
      for (const rule of rules) onRule(rule, window);
    }
  }

  /** The same for rules that sets of values select. Yields after each set that a window was asked for. */
  *selectInSets(
    text: Uint8Array,
    bits: number,
    onRule: (rule: number, window: TextWindow) => void,
  ): Generator<undefined, void> {
    if (this.#sets.length === 0) return;
    for (const window of windowsOf(text.length)) {
      for (const { rule, bit, dataset } of this.#sets) {
        if ((bit & bits) === 0) continue;
        if (dataset.hasBytes(text, window.start, window.start + window.length)) {
          onRule(rule, window);
        }
        yield;
      }
    }
  }

  /** Keep no memory alive that was scanned. */
  letGo(): void {
    this.#scanner.scanRegions(NO_BYTES, this.#table, 0, this.#out);
  }

  close(): void {
    this.#scanner.close();
  }

  #tell(expression: number, onRule: (rule: number) => void): void {
    const { ruleStart, ruleList } = this.#plan;
    const end = ruleStart[expression + 1] as number;
    for (let i = ruleStart[expression] as number; i < end; i++) onRule(ruleList[i] as number);
  }
}

function windowsOf(length: number): TextWindow[] {
  const windows: TextWindow[] = [];
  for (let start = 0; ; start += STEP_BYTES) {
    const isLast = start + WINDOW_BYTES >= length;
    windows.push({
      start,
      length: Math.min(WINDOW_BYTES, length - start),
      ownStart: start === 0 ? 0 : start + OWN_MARGIN,
      ownEnd: isLast ? length : start + STEP_BYTES + OWN_MARGIN,
    });
    if (isLast) return windows;
  }
}
