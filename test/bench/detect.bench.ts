/**
 * Matching alone: ready stanzas through the engine. They are shaped like those of the generated
 * capture (chat with 15 percent non-ASCII, chat states, receipts, pings, presence, rosters), with the
 * buffers xmpp/ fills. Rules: the 50 the peers are measured with, and the shipped pack with its
 * detectors. The note gives stanzas per second and heap bytes per stanza; seconds are those of the processor.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Counters, bufferId, type BufferName } from '../../sensor/core/index.ts';
import {
  VALIDATORS,
  createDetectEngine,
  createLexiconDetector,
  createObfuscationDetector,
  parseLexicon,
  type DetectOptions,
} from '../../sensor/detect/index.ts';
import { loadRuleSources, loadRules, type RuleSet } from '../../sensor/rules/index.ts';
import { foldText, type StanzaView } from '../../sensor/xmpp/index.ts';
import { makeFile } from '../support/file-view.ts';
import { makeStanza } from '../support/stanza-view.ts';
import type { BenchRow } from './main.ts';

const STANZAS = 1024;
const MEASURE_MS = 700;

const CONTENTS = [
  ...['cmd.exe', 'powershell -enc', '/etc/passwd', '/etc/shadow', 'union select', "' or '1'='1"],
  ...['${jndi|3a|', '../../..', 'base64 -d', 'wget http|3a|//198.51.100.', '<script', 'onerror='],
  ...['javascript|3a|', 'eval(', 'document.cookie', 'xp_cmdshell', 'bin/bash -i', 'nc -e /bin/sh'],
  ...['/dev/tcp/', 'certutil -urlcache', '<!DOCTYPE', '<!ENTITY', 'SYSTEM |22|file|3a|'],
  ...["xmlns='urn|3a|xmpp|3a|spim", '<xi|3a|include', "mechanism='ANONYMOUS'"],
  ...["mechanism='DIGEST-MD5'", 'jabber|3a|iq|3a|auth', "jabber|3a|iq|3a|register'><username"],
  ...['vcard-temp|3a|x|3a|malware', 'AAAAAAAAAAAAAAAAAAAA', 'bitcoin wallet', 'seed phrase'],
  ...['verify your account', 'click here to claim', 'free-nitro', 'TVqQAAMAAAAEAAAA'],
  ...['UEsDBBQAAAAI', '%c0%ae%c0%ae', 'phish.example'],
];

const EXPRESSIONS: readonly (readonly [string, string])[] = [
  ['password', 'password\\s*[:=]\\s*\\S{6,}'],
  ['http|3a|//', 'http:\\/\\/\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}[:\\/]'],
  ['.exe', 'https?:\\/\\/[^\\s<]{4,120}\\.exe\\b'],
  ['<body>2000', '<body>2000[^<]{200,}'],
  ['select', 'select\\s+.{1,60}\\s+from\\s+\\w+'],
  ['-----BEGIN', '-----BEGIN [A-Z ]*PRIVATE KEY-----'],
  ['AKIA', 'AKIA[0-9A-Z]{16}'],
  ['card number', 'card number\\W{0,3}\\b4\\d{3}[ -]\\d{4}[ -]\\d{4}[ -]\\d{4}\\b'],
  ['%00%00', "%00%00[^']{56,}'"],
  ['.onion', '[a-z2-7]{16,56}\\.onion'],
];

/** The peers' 50 rules on one of our buffers. */
function fiftyRules(buffer: BufferName): RuleSet {
  const contents = CONTENTS.map((content) => `content:"${content}"; nocase;`);
  const pcres = EXPRESSIONS.map(
    ([content, pcre]) => `content:"${content}"; nocase; pcre:"/${pcre}/i";`,
  );
  const text = [...contents, ...pcres]
    .map(
      (terms, i) =>
        `alert xmpp any any -> any any (msg:"bench"; ${buffer}; ${terms} sid:${i + 1};)`,
    )
    .join('\n');
  return loadRuleSources([{ file: 'bench.rules', text }]);
}

const WORDS = (
  'the of and to in is you that it he was for on are as with his they I at be this have from or ' +
  'one had by word but not what all were we when your can said there use an each which she do how ' +
  'their if will up other about out many then them these so some her would make like him into time ' +
  'has look two more write go see number no way could people my than first water been call who oil ' +
  'its now find long down day did get come made may part meeting deploy server ticket lunch tomorrow release branch review merge coffee ' +
  "invoice customer password account report quarterly budget https://example.org/a/b?c=d&e=f don't " +
  'http://wiki.corp.example/page/42 <3 :-) ok thanks pls asap'
).split(' ');
const OTHER_WORDS =
  'привет как дела сегодня вечером 你好 世界 明天 会议 café naïve Größe señor año 😀 🚀'.split(' ');

/** Deterministic numbers below `n`. */
function makeRandom(): (n: number) => number {
  let state = 12345;
  return (n) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

type Texts = [BufferName, string][];

function addressed(from: string, to: string, kind: string, type: string, id: string): Texts {
  return [
    ['xmpp.kind', kind],
    ['xmpp.type', type],
    ['xmpp.id', id],
    ['xmpp.to', to],
    ['xmpp.to_domain', 'corp.example'],
    ['xmpp.from', from],
    ['xmpp.from_domain', 'chat.example.org'],
    ['xmpp.resource', 'Gajim.4P0ZXE'],
  ];
}

function makeStanzas(chatWords: readonly string[]): StanzaView[] {
  const random = makeRandom();
  const pick = (list: readonly string[]): string => list[random(list.length)] ?? '';
  return Array.from({ length: STANZAS }, () => {
    const from = `u${random(100000)}@chat.example.org/Gajim.4P0ZXE`;
    const to = `u${random(100000)}@corp.example`;
    const id = `${random(1e9)}-${random(1e9)}-${random(1e9)}`;
    const kind = random(100);
    if (kind < 55) {
      const words = Array.from({ length: 5 + random(50) }, () => pick(chatWords));
      if (random(100) < 15) words.push(...Array.from({ length: 8 }, () => pick(OTHER_WORDS)));
      const body = words.join(' ');
      const raw = `<message from='${from}' to='${to}' type='chat' id='${id}'><body>${body}</body><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/></message>`;
      const isAscii = Buffer.byteLength(body) === body.length;
      return makeStanza([
        ['xmpp.stanza', raw],
        ...addressed(from, to, 'message', 'chat', id),
        ['xmpp.body', body],
        ['xmpp.text', body],
        ['xmpp.ns', 'http://jabber.org/protocol/chatstates'],
        ['xmpp.ns', 'urn:xmpp:receipts'],
        ['xmpp.text_folded', isAscii ? body : foldText(body)],
        ['xmpp.path', '/message@from@to@type@id\n/message/body\n/message/active\n/message/request'],
      ]);
    }
    const [name, child, ns] = [
      ['message', 'received', 'urn:xmpp:receipts'],
      ['iq', 'ping', 'urn:xmpp:ping'],
      ['presence', 'c', 'http://jabber.org/protocol/caps'],
    ][random(3)] as [string, string, string];
    const status = name === 'presence' ? pick(WORDS) : '';
    const raw = `<${name} from='${from}' to='${to}' id='${id}'><${child} xmlns='${ns}'/>${status}</${name}>`;
    return makeStanza([
      ['xmpp.stanza', raw],
      ...addressed(from, to, name, 'get', id),
      ['xmpp.ns', ns],
      ...(status === ''
        ? []
        : ([
            ['xmpp.status', status],
            ['xmpp.text', status],
            ['xmpp.text_folded', status],
          ] satisfies Texts)),
      ['xmpp.path', `/${name}@from@to@id\n/${name}/${child}`],
    ]);
  });
}

/** The same stanzas in one memory, as the tokenizer's arena holds them; only wanted buffers. */
function pack(views: readonly StanzaView[], wanted: ReadonlySet<number>): StanzaView[] {
  const optional = new Set([bufferId('xmpp.path'), bufferId('xmpp.text_folded')]);
  const memory = new Uint8Array(16 * 1024 * 1024);
  let at = 0;
  return views.map((view) => {
    memory.set(view.memory, at);
    const regions: number[] = [];
    for (let i = 0; i < view.regionCount; i++) {
      const [buffer = 0, offset = 0, length = 0] = view.regions.subarray(3 * i, 3 * i + 3);
      if (!optional.has(buffer) || wanted.has(buffer)) regions.push(buffer, at + offset, length);
    }
    at += view.memory.length;
    return { ...view, memory, regions: Uint32Array.from(regions), regionCount: regions.length / 3 };
  });
}

function measure(
  name: string,
  views: readonly StanzaView[],
  options: Pick<DetectOptions, 'ruleSet' | 'detectors'>,
): BenchRow {
  const counters = new Counters();
  const engine = createDetectEngine({
    counters,
    validators: VALIDATORS,
    handler: { onFinding: () => undefined },
    ...options,
  });
  const stanzas = pack(views, engine.buffers);
  const bytes = stanzas.reduce((sum, { regions }) => sum + (regions[2] ?? 0), 0);
  const round = (): void => {
    for (const view of stanzas) engine.onStanza(view);
  };
  for (let i = 0; i < 20; i++) round();
  // A measure of allocation only while no collection runs in between: one round.
  const heapBefore = getHeapStatistics().used_heap_size;
  round();
  const heap = (getHeapStatistics().used_heap_size - heapBefore) / STANZAS;
  const findings = counters.get('findings');
  const started = performance.now();
  const cpuStarted = process.cpuUsage();
  let rounds = 0;
  while (performance.now() - started < MEASURE_MS) {
    round();
    rounds++;
  }
  // Processor time: the same on a busy machine, and there is nothing here to wait for.
  const { user, system } = process.cpuUsage(cpuStarted);
  const seconds = (user + system) / 1e6;
  const perSecond = (rounds * STANZAS) / seconds;
  const perRound = (counters.get('findings') - findings) / rounds;
  engine.close();
  return {
    name,
    mbPerSec: (rounds * bytes) / seconds / 1e6,
    note: `${(perSecond / 1000).toFixed(0)} k stanzas/s, ${heap.toFixed(0)} heap bytes and ${(perRound / STANZAS).toFixed(3)} findings a stanza`,
  };
}

/** Files of the largest size that is kept, one after the other. */
function measureFiles(
  name: string,
  ruleSet: RuleSet,
  data: Uint8Array,
  text: Uint8Array,
): BenchRow {
  const counters = new Counters();
  const handler = { onFinding: () => undefined };
  const engine = createDetectEngine({ ruleSet, counters, handler, validators: VALIDATORS });
  const view = makeFile([{ data, text }]);
  const judge = (): void => {
    engine.onFile(view);
  };
  judge();
  const before = process.memoryUsage();
  const cpuStarted = process.cpuUsage();
  const started = performance.now();
  let rounds = 0;
  while (performance.now() - started < MEASURE_MS) {
    judge();
    rounds++;
  }
  const { user, system } = process.cpuUsage(cpuStarted);
  const after = process.memoryUsage();
  engine.close();
  const seconds = (user + system) / 1e6;
  const kib = Math.max(0, after.heapUsed - before.heapUsed) / rounds / 1024;
  const outside = Math.max(0, after.arrayBuffers - before.arrayBuffers) / rounds / 1024;
  return {
    name,
    mbPerSec: (rounds * data.length) / seconds / 1e6,
    note: `${((1000 * seconds) / rounds).toFixed(1)} ms a file, ${kib.toFixed(0)} KiB heap and ${outside.toFixed(0)} KiB of buffers left by each; ${counters.get('findings')} findings`,
  };
}

function fileRows(ruleSet: RuleSet): BenchRow[] {
  const random = makeRandom();
  const size = 8 * 1024 * 1024;
  const prose = (words: readonly string[]): Uint8Array => {
    const lines: string[] = [];
    for (let length = 0; length < size; length += 40) {
      lines.push(Array.from({ length: 11 }, () => words[random(words.length)] ?? '').join(' '));
    }
    return Buffer.from(lines.join('\n')).subarray(0, size);
  };
  const talk = WORDS.filter((word) => !word.includes(':'));
  const plain = prose(talk.filter((word) => word !== 'password'));
  const tempting = prose(talk);
  const table: string[] = [];
  for (let length = 0; length < size; length += 40) {
    table.push(`${random(1e6)};${random(1e9)}${random(1e7)};${random(1e4)}.${random(100)};x`);
  }
  const numbers = Buffer.from(table.join('\n')).subarray(0, size);
  const noise = Buffer.from(Uint8Array.from({ length: size }, () => random(256)));
  const nothing = new Uint8Array(0);
  return [
    measureFiles('detect: files of 8 MiB, prose', ruleSet, plain, plain),
    measureFiles('detect: files of 8 MiB, prose about passwords', ruleSet, tempting, tempting),
    measureFiles('detect: files of 8 MiB, a table of numbers', ruleSet, numbers, numbers),
    measureFiles('detect: files of 8 MiB, random bytes', ruleSet, noise, nothing),
  ];
}

export async function bench(): Promise<BenchRow[]> {
  const views = makeStanzas(WORDS);
  const plainViews = makeStanzas(WORDS.filter((word) => !word.includes('://')));
  const packed = loadRules(['signatures']);
  const lexicon = parseLexicon('lexicon.tsv', readFileSync('signatures/lexicon.tsv', 'utf8'));
  const detectors = [
    createLexiconDetector({ terms: lexicon, score: 100, fold: foldText }),
    createObfuscationDetector(),
  ];
  const rows = [
    measure('detect: 50 rules of the peers on raw stanzas', views, {
      ruleSet: fiftyRules('xmpp.stanza'),
    }),
    measure('detect: the same on decoded text', views, { ruleSet: fiftyRules('xmpp.text') }),
    measure(`detect: shipped pack, ${packed.rules.length} rules`, views, { ruleSet: packed }),
    measure('detect: shipped pack with detectors', views, { ruleSet: packed, detectors }),
    measure('detect: the same on stanzas without links', plainViews, {
      ruleSet: packed,
      detectors,
    }),
    ...fileRows(packed),
  ];
  return Promise.resolve(rows);
}
