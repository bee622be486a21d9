/**
 * Reads a window of text 16 bytes at a time (assembly/): which forms stand in it, and its long numbers. The text is
 * copied, so nothing it is asked about is borrowed.
 */
import { readFileSync } from 'node:fs';
import { mayLackDigits, type ByteForm } from './byte-forms.ts';

/** Longest text: one window of a file. */
export const MAX_WINDOW_BYTES = 128 * 1024;
/** Forms that are looked for; a bit for each. */
export const MAX_FORMS = 32;
/** Runs of digits and single separators that are shorter are left out of `numbers`. */
export const LEAST_RUN = 9;

const FORM_BYTES = 32;

/** The part of the WebAssembly interface used here; the compiler's own lib has it only for browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  textAddress(): number;
  formsAddress(): number;
  edgesAddress(): number;
  close(length: number): void;
  formsIn(length: number, count: number, digitless: number): number;
  numbers(length: number): number;
}

let compiled: object | undefined;

export class WindowReader {
  /** The text that was read last; zeros behind it. */
  readonly text: Uint8Array;
  /** Group i of the digits that `numbers` found is [edges[2 * i], edges[2 * i + 1]), offsets in the text. */
  readonly edges: Uint32Array;
  readonly #wasm: Exports;
  readonly #forms: number;
  /** A bit for each form that may stand where no digit is. */
  readonly #digitless: number;
  #length = 0;

  /** `forms`: MAX_FORMS at most. */
  constructor(forms: readonly ByteForm[] = []) {
    compiled ??= new WebAssembly.Module(
      readFileSync(new URL('./window-reader.wasm', import.meta.url)),
    );
    const wasm = new WebAssembly.Instance(compiled).exports as Exports;
    const { buffer } = wasm.memory;
    this.#wasm = wasm;
    this.#forms = forms.length;
    this.#digitless = forms.reduce((bits, form, i) => bits | (Number(mayLackDigits(form)) << i), 0);
    this.text = new Uint8Array(buffer, wasm.textAddress(), MAX_WINDOW_BYTES);
    this.edges = new Uint32Array(buffer, wasm.edgesAddress());
    forms.forEach(({ beginsWord, places }, i) => {
      const row = [Number(beginsWord), places.length, ...places];
      new Uint8Array(buffer, wasm.formsAddress() + FORM_BYTES * i, FORM_BYTES).set(row);
    });
  }

  /** The text that is asked about from now on. */
  read(memory: Uint8Array, offset: number, length: number): void {
    this.text.set(memory.subarray(offset, offset + length));
    this.#length = length;
    this.#wasm.close(length);
  }

  /** Bits of the forms that stand in the text. */
  forms(): number {
    return this.#wasm.formsIn(this.#length, this.#forms, this.#digitless);
  }

  /** Groups of digits of all numbers of at least LEAST_RUN bytes, to `edges`; returns how many. */
  numbers(): number {
    return this.#wasm.numbers(this.#length);
  }
}
