/** Changes to a text that keep the way back: which place of the original does a place stand for? */

export interface TextEdit {
  /** Offsets in the original: [start, end) is replaced by `text`. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Edits that do not overlap, applied. */
export class EditedText {
  readonly text: string;
  /** Ascending: from this offset of the result on ... */
  readonly #from: number[] = [0];
  /** ... offsets differ from the original's by this much; what was put in stands for one place. */
  readonly #original: { readonly at: number; readonly isFixed: boolean }[] = [
    { at: 0, isFixed: false },
  ];

  constructor(original: string, edits: readonly TextEdit[]) {
    let text = '';
    let at = 0;
    for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
      text += original.slice(at, edit.start);
      this.#mark(text.length, edit.start, true);
      text += edit.text;
      this.#mark(text.length, edit.end, false);
      at = edit.end;
    }
    this.text = text + original.slice(at);
  }

  #mark(from: number, at: number, isFixed: boolean): void {
    this.#from.push(from);
    this.#original.push({ at, isFixed });
  }

  /** Offset in the original of offset `at` in the result. */
  originalOffset(at: number): number {
    const index = this.#from.findLastIndex((from) => from <= at);
    const origin = this.#original[index] ?? { at: 0, isFixed: false };
    return origin.isFixed ? origin.at : origin.at + at - (this.#from[index] ?? 0);
  }
}
