/**
 * What lists cost: the whole pipeline without sinks, with six lists that are nearly empty and with the same
 * lists of 100,000 values each, alternating in one process; loading them; one look-up of a value that
 * is on no list, known and new. CPU time.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCapture } from '../../sensor/capture/index.ts';
import { loadConfig } from '../../sensor/config/index.ts';
import { BufferLists } from '../../sensor/detect/list-selectors.ts';
import { createPipeline } from '../../sensor/pipeline.ts';
import { ListDataset, loadRules, type RuleSet } from '../../sensor/rules/index.ts';
import type { BenchRow } from './main.ts';

const ROUNDS = 8;
const VALUES = 100_000;
const LOOKUPS = 2_000_000;

/** Rule options, and the lines of their list. */
const LISTS: readonly (readonly [options: string, type: string, line: (i: number) => string])[] = [
  ['xmpp.from', 'jid', (i) => `user${i}@feed${i % 997}.example`],
  ['xmpp.to', 'jid', (i) => `account${i}@feed${i % 991}.example`],
  ['xmpp.from_domain', 'domain', (i) => `host${i}.feed${i % 997}.example`],
  ['xmpp.to_domain', 'domain', (i) => `server${i}.example`],
  ['xmpp.url', 'domain', (i) => `site${i}.example`],
  ['xmpp.url', 'url', (i) => `https://site${i % 100}.example/page/${i}?x=1`],
];

function load(folder: string, values: number): { ruleSet: RuleSet; milliseconds: number } {
  const rules = LISTS.map(([buffer, type, line], list) => {
    const lines = Array.from({ length: values }, (_, i) => `${line(i)}\n`);
    writeFileSync(join(folder, `list${list}.txt`), lines.join(''));
    const dataset = `dataset:isset,list${list},type ${type},load list${list}.txt`;
    return `alert xmpp any any -> any any (msg:"list"; ${buffer}; ${dataset}; sid:${list + 1};)\n`;
  });
  writeFileSync(join(folder, 'lists.rules'), rules.join(''));
  const start = cpuMs();
  const ruleSet = loadRules([join(folder, 'lists.rules')]);
  return { ruleSet, milliseconds: cpuMs() - start };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function replayMs(capturePath: string, ruleSet: RuleSet): Promise<number> {
  const overrides = ['output.sqlite.enabled=false', 'output.eve.file="-"'];
  const config = loadConfig({ file: undefined, overrides });
  const pipeline = createPipeline({ config, ruleSet, emit: () => undefined });
  const start = cpuMs();
  await readCapture(capturePath, pipeline.packets);
  pipeline.shutdown();
  return cpuMs() - start;
}

/** Nanoseconds to learn that a value is on none of three lists; a known value comes again and again. */
function lookupNs(isKnown: boolean): number {
  const lists = Array.from({ length: 3 }, (_, list) => {
    const dataset = new ListDataset(`list${list}`, 'jid');
    for (let i = 0; i < VALUES; i++) dataset.add(`user${i}@feed${list}-${i % 997}.example`);
    const query = { command: 'isset', dataset: dataset.name, reputation: undefined } as const;
    return { dataset, query, rules: Int32Array.of(list) };
  });
  const buffer = new BufferLists(lists);
  const values = Array.from({ length: isKnown ? 500 : 60_000 }, (_, i) =>
    Buffer.from(`juliet${i}@capulet.example/balcony-${i % 7}`),
  );
  const memory = new Uint8Array(Buffer.concat(values));
  const ends = values.map(
    (
      (end) => (value: Buffer) =>
        (end += value.length)
    )(0),
  );
  let found = 0;
  const onRules = (): void => {
    found++;
  };
  const pass = (): void => {
    for (let i = 0; i < LOOKUPS; i++) {
      const k = i % ends.length;
      buffer.select(memory, ends[k - 1] ?? 0, ends[k] as number, onRules);
    }
  };
  pass();
  const start = cpuMs();
  pass();
  if (found > 0) throw new Error('a value was found that is on no list');
  return ((cpuMs() - start) / LOOKUPS) * 1e6;
}

export async function bench({
  smallCapturePath,
}: {
  smallCapturePath: string;
}): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-lists-'));
  try {
    const few = load(folder, 1).ruleSet;
    const { ruleSet: many, milliseconds } = load(folder, VALUES);
    const bytes = [...many.datasets.values()].reduce(
      (sum, list) => sum + (list instanceof ListDataset ? list.byteLength : 0),
      0,
    );
    const best = { few: Infinity, many: Infinity };
    for (let round = 0; round < ROUNDS; round++) {
      best.few = Math.min(best.few, await replayMs(smallCapturePath, few));
      best.many = Math.min(best.many, await replayMs(smallCapturePath, many));
    }
    const megabytes = statSync(smallCapturePath).size / 1e6;
    const values = VALUES * LISTS.length;
    return [
      { name: 'pipeline, six lists of one value', mbPerSec: megabytes / (best.few / 1000) },
      {
        name: 'pipeline, six lists of 100,000 values',
        mbPerSec: megabytes / (best.many / 1000),
        note: `${(best.few / best.many).toFixed(3)} of the row above; ${Math.round(bytes / values)} bytes a value, loaded in ${Math.round(milliseconds / LISTS.length)} ms a list`,
      },
      ...[true, false].map((isKnown) => {
        const ns = lookupNs(isKnown);
        return {
          name: `look-up in three lists, ${isKnown ? 'value seen before' : 'new value'}`,
          mbPerSec: (33 / ns) * 1000,
          note: `${ns.toFixed(0)} ns`,
        };
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
