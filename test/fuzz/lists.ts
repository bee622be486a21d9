/**
 * List files and files of intelligence of any bytes. Reading never throws what is no mistake of the
 * operator, every problem points into its file, what one import wrote the loader takes whole, and a
 * list answers any value.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  INTEL_FORMATS,
  IntelFormatError,
  ListDataset,
  loadRuleSources,
  mergeList,
  readIntel,
  type ListType,
  type IntelOptions,
  type IntelReading,
} from '../../sensor/rules/index.ts';

export const name = 'lists';

const TYPES: readonly ListType[] = [
  ...(['string', 'text', 'domain', 'jid', 'url', 'rtbl'] as const),
  ...(['md5', 'sha256', 'ip', 'ipv4', 'ipv6'] as const),
];

/** Lines that are sound for some type, and what files of intelligence are made of. */
const PIECES: readonly string[] = [
  ...['evil.example', 'ПРИМЕР.рф', 'xn--bcher-kva.example', '*.x.example', 'a@evil.example/R'],
  ...[
    'http://evil.example/p?q#f',
    'hxxp://e[.]example',
    '192.0.2.7',
    '2001:db8::/32',
    '10.0.0.0/8',
  ],
  ...['d41d8cd98f00b204e9800998ecf8427e', 'a'.repeat(64), 'YWJj', '/w==', '# note', '#: expires='],
  ...[
    '#: source=f expires=2020-01-01',
    '#: expires=2099-12-31',
    ',70',
    ',65536',
    '\r',
    '\0',
    '\u200b',
  ],
  ...['{"Event":{"Attribute":[', ']}}', '{"type":"domain","value":"', '","to_ids":true}', '{', '}'],
  ...['{"type":"bundle","objects":[', '{"type":"indicator","pattern":"', "[domain-name:value = '"],
  ...["' OR ", "']", ' AND ', '"}', ']}', '"valid_until":"2099-01-01T00:00:00Z",', '[', ']', '"'],
  ...[
    'type,value,expires',
    'jid;x',
    '"a ""b"""',
    "<item id='",
    "'/>",
    '<items>',
    '0.0.0.0 x.example',
  ],
  ...['\n', '\n', '\n', ' ', ',', ';', '\t', '\ufeff', 'x'.repeat(5000), '\ud800'],
];

const VALUES: readonly string[] = [
  ...[
    '',
    'evil.example',
    'A@EVIL.example/r',
    'https://evil.example/p?q',
    '192.0.2.7',
    '[2001:db8::1]',
  ],
  ...['::', '/', '@', '.', '..', '@/', 'a@', '1.2.3.', 'https://[', '\u0000', 'ы', 'a'.repeat(64)],
];

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function anyText(random: () => number): string {
  const length = Math.floor(random() * 30);
  return Array.from({ length }, () =>
    random() < 0.1 ? String.fromCharCode(Math.floor(random() * 0x400)) : pick(random, PIECES),
  ).join(random() < 0.5 ? '\n' : '');
}

function checkAnswers(list: ListDataset): void {
  const memory = new Uint8Array(512);
  for (const value of VALUES) {
    const { written } = new TextEncoder().encodeInto(value, memory.subarray(7));
    const found = list.lookup(memory, 7, 7 + written);
    if (found < -1 || found > 0xffff) throw new Error(`answer ${found} for ${value}`);
    if (found >= 0 !== list.has(value)) throw new Error(`two answers for ${value}`);
    const isHere = found >= 0 && list.type !== 'jid';
    if (list.isNew(memory, 7, 7 + written) && isHere) throw new Error(`${value} is not new`);
  }
}

function loadList(
  folder: string,
  type: ListType,
  bytes: string | Uint8Array,
  isRep: boolean,
): void {
  writeFileSync(join(folder, 'list.txt'), bytes);
  const keyword = isRep ? 'datarep:x,>,5' : 'dataset:isset,x';
  const text = `alert xmpp any any -> any any (msg:"m"; xmpp.from; ${keyword},type ${type},load list.txt; sid:1;)`;
  const { datasets, problems, failed } = loadRuleSources([{ file: join(folder, 'x.rules'), text }]);
  const lines = Buffer.from(bytes).toString('latin1').split('\n').length;
  for (const { file, line, severity } of problems) {
    if (file.endsWith('.txt') && line > lines)
      throw new Error(`problem at line ${line} of ${lines}`);
    if (severity === 'error' && failed === 0) throw new Error('error without failure');
  }
  const list = datasets.get('x');
  if (list instanceof ListDataset) checkAnswers(list);
}

function read(text: string, options: IntelOptions): IntelReading | undefined {
  try {
    return readIntel(text, options);
  } catch (error) {
    if (error instanceof IntelFormatError) return undefined;
    throw error;
  }
}

/** What an import writes is a sound list with every value in it, and importing it again changes nothing. */
function checkImport(random: () => number, text: string, nowMs: number): void {
  const reading = read(text, {
    format: random() < 0.4 ? 'auto' : pick(random, INTEL_FORMATS),
    purpose: random() < 0.5 ? undefined : 'c2',
    expiresMs: undefined,
    nowMs,
    isForced: random() < 0.8,
    maxItems: 500,
  });
  for (const [list, { type, values }] of reading?.lists ?? []) {
    const options = { source: 'f', licence: '', nowMs, replaces: false, title: '# t' };
    const before = random() < 0.5 ? '' : anyText(random).replaceAll('\0', '');
    const merged = mergeList(before, values, options);
    const again = mergeList(merged.text, values, options);
    if (again.text !== merged.text) throw new Error(`importing twice changes ${list}`);
    const dataset = new ListDataset(list, type);
    for (const value of values.keys()) {
      if (!dataset.add(value)) throw new Error(`${value} is no value of ${type}`);
      // A list of hashes holds hashes, traffic shows JIDs; a block stands for its addresses.
      const shown = type === 'ip' ? (value.split('/')[0] ?? '') : value;
      if (type !== 'rtbl' && !dataset.has(shown))
        throw new Error(`${value} is not found in ${list}`);
    }
  }
}

export function fuzz(random: () => number, deadlineMs: () => boolean): { runs: number } {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-lists-'));
  const nowMs = Date.parse('2026-11-21T00:00:00Z');
  let runs = 0;
  try {
    for (; !deadlineMs(); runs++) {
      const text = anyText(random);
      const bytes =
        random() < 0.2 ? Uint8Array.from({ length: 300 }, () => Math.floor(random() * 256)) : text;
      loadList(folder, pick(random, TYPES), bytes, random() < 0.2);
      checkImport(random, text, nowMs);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { runs };
}
