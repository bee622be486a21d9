/** What the tests of the binding share. */
import { spawnSync } from 'node:child_process';
import { Database, Scanner, type CompileOptions, type Expression } from 'hyperscan-js';

/** [region, id, from, to] */
export type Match = readonly [number, number, number, number];

/** The first `count` matches of `out`, sorted, since libhs promises little about their order. */
export function matchesIn(out: Uint32Array, count: number): Match[] {
  const matches: Match[] = [];
  for (let i = 0; i < count; i++) {
    const [region = 0, id = 0, from = 0, to = 0] = out.subarray(4 * i, 4 * i + 4);
    matches.push([region, id, from, to]);
  }
  return matches.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[3] - b[3] || a[2] - b[2]);
}

export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Compile, run, free. */
export function withScanner<T>(
  expressions: readonly Expression[],
  options: CompileOptions,
  run: (scanner: Scanner) => T,
): T {
  const database = Database.compile(expressions, options);
  const scanner = new Scanner([database]);
  try {
    return run(scanner);
  } finally {
    scanner.close();
    database.close();
  }
}

/** [id, from, to] of one block, sorted. */
export function scanBlock(
  expressions: readonly Expression[],
  data: Uint8Array,
  options: CompileOptions = {},
): number[][] {
  const out = new Uint32Array(1 << 16);
  return withScanner(expressions, options, (scanner) =>
    matchesIn(out, scanner.scan(0, data, out)).map(([, id, from, to]) => [id, from, to]),
  );
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** A WebAssembly memory: 64 KiB pages, and an unmapped page behind the last. */
export function wasmMemory(pages: number, shared = false): WasmMemory {
  // The types of Node 20 leave WebAssembly out.
  const { Memory } = Reflect.get(globalThis, 'WebAssembly') as {
    Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  };
  return new Memory({ initial: pages, maximum: 100, shared });
}

/** A fresh Node process for what must not happen in this one. The project's root is its folder. */
export function runNode(code: string, args: readonly string[] = []): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [...args, '--input-type=module', '--eval', code], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}
