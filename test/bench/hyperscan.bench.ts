/**
 * Matching: libhs through the binding, over real chat text cut into regions as a stanza has them
 * (60 to 300 bytes, four to a call). The pattern sets are the 50 rules the peers are measured with
 * (40 contents, 10 expressions), once as literals only, and a lexicon of 500.
 */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Database, FLAG, Scanner, type Expression } from 'hyperscan-js';
import type { BenchRow } from './main.ts';

interface Context {
  readonly capturePath: string;
  readonly smallCapturePath: string;
}

const LITERALS = [
  ...['cmd.exe', 'powershell -enc', '/etc/passwd', '/etc/shadow', 'union select', "' or '1'='1"],
  ...['${jndi:', '../../..', 'base64 -d', 'wget http://198.51.100.', '<script', 'onerror='],
  ...['javascript:', 'eval(', 'document.cookie', 'xp_cmdshell', 'bin/bash -i', 'nc -e /bin/sh'],
  ...['/dev/tcp/', 'certutil -urlcache', '<!DOCTYPE', '<!ENTITY', 'SYSTEM "file:'],
  ...["xmlns='urn:xmpp:spim", '<xi:include', "mechanism='ANONYMOUS'", "mechanism='DIGEST-MD5'"],
  ...['jabber:iq:auth', "jabber:iq:register'><username", 'vcard-temp:x:malware'],
  ...['AAAAAAAAAAAAAAAAAAAA', 'bitcoin wallet', 'seed phrase', 'verify your account'],
  ...['click here to claim', 'free-nitro', 'TVqQAAMAAAAEAAAA', 'UEsDBBQAAAAI', '%c0%ae%c0%ae'],
  'phish.example',
];

/** The literal that pre-selects each expression, and the expression. */
const EXPRESSIONS: readonly (readonly [string, string])[] = [
  ['password', 'password\\s*[:=]\\s*\\S{6,}'],
  ['http://', 'http:\\/\\/\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}[:\\/]'],
  ['.exe', 'https?:\\/\\/[^\\s<]{4,120}\\.exe\\b'],
  ['<body>2000', '<body>2000[^<]{200,}'],
  ['select', 'select\\s+.{1,60}\\s+from\\s+\\w+'],
  ['-----BEGIN', '-----BEGIN [A-Z ]*PRIVATE KEY-----'],
  ['AKIA', 'AKIA[0-9A-Z]{16}'],
  ['card number', 'card number\\W{0,3}\\b4\\d{3}[ -]\\d{4}[ -]\\d{4}[ -]\\d{4}\\b'],
  ['%00%00', "%00%00[^']{56,}'"],
  ['.onion', '[a-z2-7]{16,56}\\.onion'],
];

const LEXICON_VERBS = [
  ...[
    'claim',
    'verify',
    'confirm',
    'unlock',
    'double',
    'withdraw',
    'recover',
    'restore',
    'activate',
  ],
  ...['upgrade', 'renew', 'validate', 'secure', 'update', 'receive'],
];
const LEXICON_NOUNS = [
  ...['prize', 'account', 'wallet', 'password', 'reward', 'deposit', 'payment', 'parcel', 'refund'],
  ...[
    'bonus',
    'profit',
    'coupon',
    'licence',
    'mailbox',
    'bank card',
    'invoice',
    'identity',
    'seed',
  ],
  ...[
    'tokens',
    'coins',
    'gift',
    'voucher',
    'loan',
    'visa',
    'ticket',
    'phone',
    'storage',
    'profile',
  ],
  ...['membership', 'subscription'],
];

const FLAGS = FLAG.caseless | FLAG.singlematch;

function literal(text: string): string {
  return text.replace(/[^0-9A-Za-z]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

function numbered(expressions: readonly string[]): Expression[] {
  return expressions.map((expression, id) => ({ expression, id, flags: FLAGS }));
}

function patternSets(): { readonly name: string; readonly expressions: Expression[] }[] {
  const contents = LITERALS.map(literal);
  const regexes = EXPRESSIONS.map(([, expression]) => expression);
  const lexicon = LEXICON_VERBS.flatMap((verb) =>
    LEXICON_NOUNS.map((noun) => literal(`${verb} your ${noun}`)),
  );
  return [
    {
      name: '50 literals',
      expressions: numbered([...contents, ...EXPRESSIONS.map(([text]) => literal(text))]),
    },
    { name: '40 literals, 10 regexes', expressions: numbered([...contents, ...regexes]) },
    { name: '500 patterns', expressions: numbered([...contents, ...regexes, ...lexicon]) },
  ];
}

/** Lines of 60 to 300 bytes, as they were written by people; from the capture where there are none. */
function chatText(context: Context): { readonly lines: Buffer[]; readonly origin: string } {
  const folder = new URL('../../../../shared/data/text/', import.meta.url);
  const texts: string[] = [];
  for (const name of ['telegram-ham.txt', 'telegram-spam.txt', 'sms-spam-uci.tsv']) {
    const file = new URL(name, folder);
    if (existsSync(file)) texts.push(...readFileSync(file, 'utf8').split('\n'));
  }
  const irc = new URL('irc-ham.jsonl.gz', folder);
  if (existsSync(irc)) {
    for (const line of gunzipSync(readFileSync(irc)).toString().trim().split('\n')) {
      texts.push((JSON.parse(line) as { text: string }).text);
    }
  }
  const origin = texts.length > 0 ? 'chat corpora' : 'message bodies of the capture';
  if (texts.length === 0) {
    const bytes = readFileSync(context.smallCapturePath).toString('latin1');
    for (const match of bytes.matchAll(/<body>([^<]{60,300})<\/body>/g)) texts.push(match[1] ?? '');
  }
  const lines = texts
    .map((text) => Buffer.from(text))
    .filter((line) => line.length >= 60 && line.length <= 300);
  return { lines, origin };
}

/** Nanoseconds of the fastest of `rounds` runs. */
function fastest(rounds: number, run: () => void): number {
  let best = Infinity;
  for (let i = 0; i < rounds; i++) {
    const start = process.hrtime.bigint();
    run();
    best = Math.min(best, Number(process.hrtime.bigint() - start));
  }
  return best;
}

const REGIONS_PER_CALL = 4;
const ROUNDS = 12;

export async function bench(context: Context): Promise<BenchRow[]> {
  await Promise.resolve();
  const { lines, origin } = chatText(context);
  const memory = Buffer.concat(lines);
  const places = new Uint32Array(2 * lines.length);
  let total = 0;
  for (const [i, line] of lines.entries()) {
    places.set([total, line.length], 2 * i);
    total += line.length;
  }
  const regions = new Uint32Array(3 * REGIONS_PER_CALL);
  const out = new Uint32Array(4 * 1024);
  const rows: BenchRow[] = [];

  for (const { name, expressions } of patternSets()) {
    const started = process.hrtime.bigint();
    const database = Database.compile(expressions);
    const compileMs = Number(process.hrtime.bigint() - started) / 1e6;
    const scanner = new Scanner([database]);
    let matches = 0;
    const scanAll = (): void => {
      matches = 0;
      for (let i = 0; i + REGIONS_PER_CALL <= lines.length; i += REGIONS_PER_CALL) {
        for (let j = 0; j < REGIONS_PER_CALL; j++) {
          regions[3 * j + 1] = places[2 * (i + j)] as number;
          regions[3 * j + 2] = places[2 * (i + j) + 1] as number;
        }
        matches += scanner.scanRegions(memory, regions, REGIONS_PER_CALL, out);
      }
    };
    const nanoseconds = fastest(ROUNDS, scanAll);
    rows.push({
      name: rows.length === 0 ? 'matching' : `matching, ${name}`,
      mbPerSec: (total / nanoseconds) * 1e3,
      note: [
        name,
        `${lines.length} regions of ${origin}, mean ${Math.round(total / lines.length)} bytes`,
        `${(nanoseconds / lines.length).toFixed(0)} ns a region`,
        `${matches} matches`,
        `compiled in ${compileMs.toFixed(0)} ms to ${database.info.bytes} bytes`,
      ].join('; '),
    });
    scanner.close();
    database.close();
  }
  rows.push(overhead());
  return rows;
}

/** What a call and a region cost when there is next to nothing to scan. */
function overhead(): BenchRow {
  const sets = patternSets();
  const database = Database.compile(sets[0]?.expressions ?? []);
  const scanner = new Scanner([database, null]);
  const memory = new Uint8Array(64);
  const out = new Uint32Array(64);
  const regions = new Uint32Array(3 * 64);
  const calls = 100_000;
  const perCall = (count: number): number =>
    fastest(ROUNDS, () => {
      for (let i = 0; i < calls; i++) scanner.scanRegions(memory, regions, count, out);
    }) / calls;
  const fill = (database: number, length: number): void => {
    for (let i = 0; i < 64; i++) regions.set([database, 0, length], 3 * i);
  };
  const empty = perCall(0);
  fill(0, 16);
  const scanned = (perCall(64) - empty) / 64;
  fill(1, 16);
  const skipped = (perCall(64) - empty) / 64;
  scanner.close();
  database.close();
  return {
    name: 'matching, overhead',
    mbPerSec: 0,
    note: `${empty.toFixed(1)} ns a call, ${scanned.toFixed(1)} ns a region of 16 bytes, ${skipped.toFixed(1)} ns a region without database`,
  };
}
