/** Loads the WebAssembly side and names what it exports; see assembly/index.ts. */
import { readFileSync } from 'node:fs';

/** The part of the WebAssembly interface used here; the compiler's own lib has it only for browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** Callbacks of the WebAssembly side (assembly/host.ts). */
export interface Host {
  header(half: number, wasOpen: number, hadDeclaration: number): void;
  element(half: number): void;
  end(half: number): void;
  event(half: number, code: number, serial: number, offset: number): void;
  save(half: number, slot: number, bytes: number): number;
  restore(half: number, slot: number): number;
  forget(half: number): void;
}

export interface TokenizerWasm {
  readonly memory: { readonly buffer: ArrayBuffer };
  setSeed(low: number, high: number): void;
  layOut(
    stanzaBytes: number,
    depth: number,
    attributes: number,
    tokens: number,
    bindings: number,
    slots: number,
    halves: number,
    roots: number,
  ): number;
  addInterned(list: number, address: number, length: number, id: number): number;
  setWellKnown(which: number, id: number): void;
  watch(namespace: number): void;
  setUp(): void;
  reportAddress(): number;
  stagingAddress(): number;
  scratchAddress(): number;
  openHalf(midstream: number): number;
  closeHalf(half: number): void;
  feed(half: number, address: number, length: number, usec: number): number;
  recover(): void;
  stop(half: number): void;
  restart(half: number): void;
  gap(half: number): void;
  openElementBytes(half: number): number;
  bytesFed(half: number): number;
}

let compiled: object | undefined;

/** A fresh instance; the module is compiled once per process. */
export function loadTokenizer(host: Host): TokenizerWasm {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./tokenizer.wasm', import.meta.url)));
  const instance = new WebAssembly.Instance(compiled, { host: { ...host } });
  return instance.exports as TokenizerWasm;
}
