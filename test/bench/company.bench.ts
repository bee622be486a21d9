/**
 * What an operator's own data costs for ordinary chat: sets of numbers (which a look for digits keeps off nearly every
 * message), sets of names of three words (for which every run of words is hashed), fingerprints of a thousand documents.
 */
import { loadavg } from 'node:os';
import {
  FingerprintIndex,
  ShingleReader,
  type FingerprintedDocument,
} from '../../sensor/detect/index.ts';
import { HashedSet, ValueSealer, valueKey } from '../../sensor/rules/index.ts';

const encoder = new TextEncoder();
const WORDS =
  'the and you for are this have with not but that was what they will can when there how about just know would like get going think good time see today people really want make some work need well right after tomorrow meeting before could thanks maybe still should'.split(
    ' ',
  );
const MESSAGES = 20_000;
const DOCUMENTS = 1000;
const KEY = new Uint8Array(32).fill(1);

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Chat as it is: twelve words or so, a number in one of ten messages. */
function chat(): { readonly memory: Uint8Array; readonly ends: number[] } {
  const next = random(1);
  const ends: number[] = [];
  let text = '';
  for (let i = 0; i < MESSAGES; i++) {
    const words = Array.from({ length: 2 + Math.floor(next() * 20) }, () => pick(next));
    if (next() < 0.1) words.push(String(Math.floor(next() * 100_000)));
    text += words.join(' ');
    ends.push(text.length);
  }
  return { memory: encoder.encode(text), ends };
}

function pick(next: () => number): string {
  return WORDS[Math.floor(next() * WORDS.length)] ?? '';
}

function setOf(count: number, value: (i: number) => string): { set: HashedSet; loadMs: number } {
  const sealer = new ValueSealer(KEY);
  const lines = Array.from({ length: count }, (_, i) => {
    const key = valueKey(encoder.encode(value(i)));
    return encoder.encode(typeof key === 'string' ? '' : sealer.seal(key));
  });
  const start = performance.now();
  const set = new HashedSet('bench', { key: () => KEY });
  for (const line of lines) set.addBytes(line, 0, line.length);
  set.finish();
  return { set, loadMs: performance.now() - start };
}

/** A thousand documents of 2,000 words each. */
function library(): FingerprintedDocument[] {
  const reader = new ShingleReader(KEY);
  const next = random(3);
  return Array.from({ length: DOCUMENTS }, (_, i) => {
    const text = Array.from({ length: 2000 }, () => pick(next) + String(Math.floor(next() * 40)));
    const bytes = encoder.encode(text.join(' '));
    const { words, shingles } = reader.select(bytes, 0, bytes.length);
    const facts = { set: 'bench', name: `${i}`, added: '', words, isCommon: false, group: i };
    return { ...facts, shingles, boilerplate: new Uint32Array(0) };
  });
}

function benchFingerprints({ memory, ends }: ReturnType<typeof chat>): Result[] {
  const documents = library();
  const start = performance.now();
  const index = new FingerprintIndex(documents, KEY);
  const loaded = Math.round(performance.now() - start);
  const megabytes = Math.round(index.byteLength / 1e6);
  const messages = cpuMs(() => {
    let from = 0;
    for (const end of ends) {
      index.read(memory, from, end);
      from = end;
    }
  });
  const long = cpuMs(() => {
    index.read(memory, 0, memory.length);
  });
  return [
    resultOf(`fingerprints of ${DOCUMENTS} documents, messages`, memory, messages, MESSAGES, [
      `${megabytes} MB, built in ${loaded} ms`,
    ]),
    resultOf(`fingerprints of ${DOCUMENTS} documents, one text`, memory, long, 1, []),
  ];
}

interface Result {
  readonly name: string;
  readonly mbPerSec: number;
  readonly packetsPerSec?: number;
  readonly note?: string;
}

/** The best of five times. */
function cpuMs(act: () => void): number {
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

function resultOf(
  name: string,
  memory: Uint8Array,
  ms: number,
  messages: number,
  notes: readonly string[],
): Result {
  const each = `${Math.round((ms * 1e6) / messages)} ns a text of ${Math.round(memory.length / messages)} bytes`;
  return {
    name,
    mbPerSec: memory.length / ms / 1000,
    packetsPerSec: (messages / ms) * 1000,
    note: [each, ...notes, `load ${loadavg()[0]?.toFixed(1) ?? ''}`].join(', '),
  };
}

export function bench(): Promise<Result[]> {
  const text = chat();
  const { memory, ends } = text;
  const number = (i: number): string => String(10_000_000 + 37 * i);
  const next = random(2);
  const name = (): string =>
    [0, 1, 2]
      .map(
        () =>
          pick(next) +
          Math.floor(next() * 26 ** 3)
            .toString(26)
            .replaceAll(/\d/g, 'x'),
      )
      .join(' ');
  const results: Result[] = [];
  for (const [title, count, value] of [
    ['numbers', 100_000, number],
    ['numbers', 1_000_000, number],
    ['names', 100_000, name],
    ['names', 1_000_000, name],
  ] as const) {
    const { set, loadMs } = setOf(count, value);
    const ms = cpuMs(() => {
      let from = 0;
      for (const end of ends) {
        set.lookup(memory, from, end);
        from = end;
      }
    });
    const notes = [`${Math.round(set.byteLength / 1e6)} MB, loaded in ${Math.round(loadMs)} ms`];
    results.push(resultOf(`set of ${count} ${title}`, memory, ms, MESSAGES, notes));
  }
  return Promise.resolve([...results, ...benchFingerprints(text)]);
}
