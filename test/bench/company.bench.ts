/**
 * What sets of an operator's own values cost for ordinary chat: numbers (which a look for digits keeps off nearly every
 * message) and names of three words (for which every run of words is hashed).
 */
import { loadavg } from 'node:os';
import { HashedSet, ValueSealer, valueKey } from '../../sensor/rules/index.ts';

const encoder = new TextEncoder();
const WORDS =
  'the and you for are this have with not but that was what they will can when there how about just know would like get going think good time see today people really want make some work need well right after tomorrow meeting before could thanks maybe still should'.split(
    ' ',
  );
const MESSAGES = 20_000;

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
  const sealer = new ValueSealer(new Uint8Array(32).fill(1));
  const lines = Array.from({ length: count }, (_, i) => {
    const key = valueKey(encoder.encode(value(i)));
    return encoder.encode(typeof key === 'string' ? '' : sealer.seal(key));
  });
  const start = performance.now();
  const set = new HashedSet('bench', { key: () => new Uint8Array(32).fill(1) });
  for (const line of lines) set.addBytes(line, 0, line.length);
  set.finish();
  return { set, loadMs: performance.now() - start };
}

export function bench(): Promise<
  { name: string; mbPerSec: number; packetsPerSec?: number; note?: string }[]
> {
  const { memory, ends } = chat();
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
  const results = [];
  for (const [title, count, value] of [
    ['numbers', 100_000, number],
    ['numbers', 1_000_000, number],
    ['names', 100_000, name],
    ['names', 1_000_000, name],
  ] as const) {
    const { set, loadMs } = setOf(count, value);
    let hits = 0;
    let bestMs = Infinity;
    for (let round = 0; round < 5; round++) {
      const start = process.cpuUsage();
      let from = 0;
      for (const end of ends) {
        if (set.lookup(memory, from, end) >= 0) hits++;
        from = end;
      }
      const { user, system } = process.cpuUsage(start);
      bestMs = Math.min(bestMs, (user + system) / 1000);
    }
    const ns = Math.round((bestMs * 1e6) / MESSAGES);
    results.push({
      name: `set of ${count} ${title}`,
      mbPerSec: memory.length / bestMs / 1000,
      packetsPerSec: (MESSAGES / bestMs) * 1000,
      note: `${ns} ns a message of ${Math.round(memory.length / MESSAGES)} bytes, ${hits} hits, ${Math.round(set.byteLength / 1e6)} MB, loaded in ${Math.round(loadMs)} ms, load ${loadavg()[0]?.toFixed(1)}`,
    });
  }
  return Promise.resolve(results);
}
