/** Labelled texts for the leak detectors: real chat, collections of others, and texts made by rule from a fixed seed. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const ROOT = process.cwd();
const DATA = join(ROOT, '..', 'shared', 'data');

export interface LeakSet {
  readonly name: string;
  readonly texts: readonly string[];
  /** Another number of texts after every change of the project: bounds hold for it, no table shows it. */
  readonly isMoving?: boolean;
}

/** Texts in which a detector must find something. */
export interface LabelledSet extends LeakSet {
  readonly detection: string;
}

function bytesOf(...path: readonly string[]): Buffer {
  const bytes = readFileSync(join(DATA, ...path));
  return path.at(-1)?.endsWith('.gz') === true ? gunzipSync(bytes) : bytes;
}

function linesOf(...path: readonly string[]): string[] {
  return bytesOf(...path)
    .toString('utf8')
    .trim()
    .split('\n');
}

function rowsOf<T>(...path: readonly string[]): T[] {
  return linesOf(...path).map((line) => JSON.parse(line) as T);
}

/** Numbers that are the same in every run (mulberry32). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  chars(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet[this.below(alphabet.length)]).join('');
  }
}

const DIGITS = '0123456789';
const HEX = `${DIGITS}abcdef`;
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const ALNUM = `${DIGITS}${LOWER}${UPPER}`;
const BASE32 = `${UPPER}234567`;
const URL64 = `${ALNUM}_-`;
const BASE64 = `${ALNUM}+/`;

function times(count: number, make: (i: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

// --- what must stay silent ---

export function ordinaryChat(): LeakSet[] {
  return [
    {
      name: 'IRC',
      texts: rowsOf<{ text: string }>('text', 'irc-ham.jsonl.gz').map(({ text }) => text),
    },
    {
      name: 'text messages',
      texts: linesOf('text', 'sms-spam-uci.tsv')
        .map((line) => line.split('\t'))
        .filter(([kind]) => kind === 'ham')
        .map(([, text]) => text ?? ''),
    },
    { name: 'Telegram groups', texts: linesOf('text', 'telegram-ham.txt') },
  ];
}

/** A digit that makes the number pass Luhn. */
function withLuhn(number: string): string {
  const sum = Array.from(number)
    .toReversed()
    .reduce((total, char, i) => {
      const value = Number(char) * (i % 2 === 0 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return `${number}${(10 - (sum % 10)) % 10}`;
}

/** Texts that look like secrets and are none. */
export function harmlessSets(): LeakSet[] {
  const dice = new Dice(7);
  const hex = (length: number): string => dice.chars(HEX, length);
  const said = [
    (value: string) => value,
    (value: string) => `see ${value} please`,
    (value: string) => `id: ${value}`,
  ];
  const set = (name: string, count: number, make: () => string): LeakSet => ({
    name,
    texts: times(count, () => dice.of(said)(make())),
  });
  return [
    // No issuer begins with 1, 7 or 9 (ISO/IEC 7812: airlines, petroleum, national use).
    set('numbers with a Luhn digit, no issuer', 2000, () =>
      withLuhn(dice.of(['1', '7', '9']) + dice.chars(DIGITS, 14)),
    ),
    set('order numbers', 2000, () =>
      dice.of([
        `ORD-2026-${dice.chars(DIGITS, 7)}`,
        `#${dice.chars(DIGITS, 10)}`,
        `PO ${dice.chars(DIGITS, 8)}/${dice.chars(DIGITS, 2)}`,
        `${dice.chars(DIGITS, 3)}-${dice.chars(DIGITS, 7)}-${dice.chars(DIGITS, 7)}`,
      ]),
    ),
    set('telephone numbers', 2000, () =>
      dice.of([
        `+49 30 ${dice.chars(DIGITS, 4)} ${dice.chars(DIGITS, 4)}`,
        `(0${dice.chars(DIGITS, 2)}) ${dice.chars(DIGITS, 3)}-${dice.chars(DIGITS, 4)}`,
        `+1-${dice.chars(DIGITS, 3)}-555-${dice.chars(DIGITS, 4)}`,
        `8 (9${dice.chars(DIGITS, 2)}) ${dice.chars(DIGITS, 3)}-${dice.chars(DIGITS, 2)}-${dice.chars(DIGITS, 2)}`,
      ]),
    ),
    set('UUIDs', 2000, () => [8, 4, 4, 4, 12].map(hex).join('-')),
    set('hashes', 2000, () => hex(dice.of([32, 40, 64, 128]))),
    set('timestamps', 2000, () =>
      dice.of([
        `${1_700_000_000 + dice.below(1e8)}`,
        `${1_700_000_000_000 + dice.below(1e11)}`,
        `2026-${1 + dice.below(12)}-${1 + dice.below(28)}T10:${10 + dice.below(50)}:07.${dice.chars(DIGITS, 6)}Z`,
        `20261121${dice.chars(DIGITS, 6)}`,
      ]),
    ),
    {
      name: 'pictures as base64',
      texts: times(200, () => {
        const head = dice.of(['iVBORw0KGgoAAAANSUhEUgAA', '/9j/4AAQSkZJRgABAQAAAQABAAD/']);
        return `${dice.of(['', 'data:image/png;base64,'])}${head}${dice.chars(BASE64, 2000 + dice.below(4000))}`;
      }),
    },
    { name: 'source code of this project, 20 lines each', texts: sourceCode(), isMoving: true },
    {
      name: 'values that documentation shows',
      texts: rowsOf<{ label: string; rule: string; text: string }>(
        'leak',
        'gitleaks-tp-fp.jsonl.gz',
      )
        .filter(
          ({ label, text }) =>
            label === 'fp' && /EXAMPLE|xxxx|\*{4}|<[a-z_-]+>|\.{3}|\$\{/i.test(text),
        )
        .map(({ text }) => text),
    },
  ];
}

function sourceCode(): string[] {
  const folder = join(ROOT, 'sensor');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .flatMap((name) => {
      const lines = readFileSync(join(folder, name), 'utf8').split('\n');
      return times(Math.ceil(lines.length / 20), (i) =>
        lines.slice(20 * i, 20 * i + 20).join('\n'),
      );
    });
}

// --- what must be found ---

/** Shapes of threats.md section 10.3, one entry for each that a vendor has. */
const SHAPES: readonly (readonly [vendor: string, make: (dice: Dice) => string])[] = [
  ...['AKIA', 'ASIA', 'ABIA', 'ACCA', 'A3TX'].map(
    (front) => ['AWS', (d: Dice) => `${front}${d.chars(BASE32, 16)}`] as const,
  ),
  ['AWS', (d) => `aws_secret_access_key=${d.chars(BASE64, 40)}`],
  ['AWS', (d) => `ABSK${d.chars(BASE64, 109)}`],
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map(
    (front) => ['GitHub', (d: Dice) => `${front}${d.chars(ALNUM, 36)}`] as const,
  ),
  ['GitHub', (d) => `github_pat_${d.chars(ALNUM, 22)}_${d.chars(ALNUM, 59)}`],
  ...['glpat-', 'gldt-', 'glptt-', 'glrt-', 'glcbt-', 'glsoat-'].map(
    (front) => ['GitLab', (d: Dice) => `${front}${d.chars(URL64, 20)}`] as const,
  ),
  ['GitLab', (d) => `glagent-${d.chars(URL64, 50)}`],
  ['GitLab', (d) => `gloas-${d.chars(HEX, 64)}`],
  ['GitLab', (d) => `GR1348941${d.chars(URL64, 20)}`],
  ['Slack', (d) => `xoxb-${d.chars(DIGITS, 12)}-${d.chars(DIGITS, 12)}-${d.chars(ALNUM, 24)}`],
  [
    'Slack',
    (d) =>
      `xoxp-${d.chars(DIGITS, 12)}-${d.chars(DIGITS, 12)}-${d.chars(DIGITS, 12)}-${d.chars(HEX, 32)}`,
  ],
  ['Slack', (d) => `xoxe.xoxp-1-${d.chars(ALNUM, 160)}`],
  ['Slack', (d) => `xapp-1-A${d.chars(BASE32, 10)}-${d.chars(DIGITS, 13)}-${d.chars(HEX, 64)}`],
  [
    'Slack',
    (d) =>
      `https://hooks.slack.com/services/T${d.chars(UPPER, 8)}/B${d.chars(UPPER, 8)}/${d.chars(ALNUM, 24)}`,
  ],
  ['Google', (d) => `AIza${d.chars(URL64, 35)}`],
  ['Google', (d) => `"private_key_id": "${d.chars(HEX, 40)}"`],
  ['Google', (d) => `ya29.${d.chars(URL64, 68)}`],
  ['Microsoft', (d) => `${d.chars(ALNUM, 3)}8Q~${d.chars(ALNUM, 34)}`],
  [
    'Microsoft',
    (d) =>
      `https://corp.webhook.office.com/webhookb2/${d.chars(HEX, 8)}-1111-2222-3333-${d.chars(HEX, 12)}@${d.chars(HEX, 8)}-1111-2222-3333-${d.chars(HEX, 12)}/IncomingWebhook/${d.chars(HEX, 32)}/x`,
  ],
  [
    'Microsoft',
    (d) =>
      `https://a.blob.core.windows.net/c?sv=2022-11-02&se=2026-12-31&sr=c&sig=${d.chars(ALNUM, 43)}%3D`,
  ],
  ['AI services', (d) => `sk-proj-${d.chars(URL64, 74)}T3BlbkFJ${d.chars(URL64, 74)}`],
  ['AI services', (d) => `sk-${d.chars(ALNUM, 20)}T3BlbkFJ${d.chars(ALNUM, 20)}`],
  ['AI services', (d) => `sk-ant-api03-${d.chars(URL64, 93)}AA`],
  ['AI services', (d) => `sk-ant-admin01-${d.chars(URL64, 93)}AA`],
  ['AI services', (d) => `hf_${d.chars(LOWER + UPPER, 34)}`],
  ['AI services', (d) => `pplx-${d.chars(ALNUM, 48)}`],
  ...['sk_live_', 'rk_live_', 'sk_test_'].map(
    (front) => ['Payments', (d: Dice) => `${front}${d.chars(ALNUM, 24)}`] as const,
  ),
  ['Payments', (d) => `sq0atp-${d.chars(URL64, 22)}`],
  ['Payments', (d) => `EAAA${d.chars(URL64, 60)}`],
  ...['shpat_', 'shpca_', 'shppa_', 'shpss_'].map(
    (front) => ['Payments', (d: Dice) => `${front}${d.chars(HEX, 32)}`] as const,
  ),
  ['Messaging', (d) => `${d.chars('123456789', 9)}:A${d.chars(URL64, 34)}`],
  [
    'Messaging',
    (d) => `https://discord.com/api/webhooks/${d.chars('123456789', 18)}/${d.chars(URL64, 68)}`,
  ],
  ['Messaging', (d) => `SK${d.chars(HEX, 32)}`],
  ['Messaging', (d) => `SG.${d.chars(URL64, 22)}.${d.chars(URL64, 43)}`],
  ['Messaging', (d) => `key-${d.chars(HEX, 32)}`],
  ['Packages', (d) => `npm_${d.chars(ALNUM, 36)}`],
  ['Packages', (d) => `pypi-AgEIcHlwaS5vcmc${d.chars(URL64, 90)}`],
  ['Packages', (d) => `rubygems_${d.chars(HEX, 48)}`],
  ['Packages', (d) => `CLOJARS_${d.chars(LOWER + DIGITS, 60)}`],
  ['Infrastructure', (d) => `hvs.${d.chars(URL64, 90)}`],
  ['Infrastructure', (d) => `hvb.${d.chars(URL64, 138)}`],
  ['Infrastructure', (d) => `${d.chars(ALNUM, 14)}.atlasv1.${d.chars(URL64, 67)}`],
  ...['dop_v1_', 'doo_v1_', 'dor_v1_'].map(
    (front) => ['Infrastructure', (d: Dice) => `${front}${d.chars(HEX, 64)}`] as const,
  ),
  ['Infrastructure', (d) => `dapi${d.chars(HEX, 32)}`],
  ['Infrastructure', (d) => `dp.pt.${d.chars(ALNUM, 43)}`],
  ['Infrastructure', (d) => `pul-${d.chars(HEX, 40)}`],
  ['Infrastructure', (d) => `fo1_${d.chars(URL64, 43)}`],
  ['Infrastructure', (d) => `fm2_${d.chars(BASE64, 120)}`],
  ['Infrastructure', (d) => `sha256~${d.chars(URL64, 43)}`],
  ['Infrastructure', (d) => `HRKU-AA${d.chars(URL64, 58)}`],
  ['Infrastructure', (d) => `v1.0-${d.chars(HEX, 24)}-${d.chars(HEX, 146)}`],
  ['Software services', (d) => `ntn_${d.chars(DIGITS, 11)}${d.chars(ALNUM, 35)}`],
  ['Software services', (d) => `lin_api_${d.chars(ALNUM, 40)}`],
  ['Software services', (d) => `PMAK-${d.chars(HEX, 24)}-${d.chars(HEX, 34)}`],
  ['Software services', (d) => `glc_${d.chars(BASE64, 60)}`],
  ['Software services', (d) => `glsa_${d.chars(ALNUM, 32)}_${d.chars(HEX, 8)}`],
  ['Software services', (d) => `sntrys_eyJ${d.chars(URL64, 80)}`],
  ['Software services', (d) => `sntryu_${d.chars(HEX, 64)}`],
  ['Software services', (d) => `ops_eyJ${d.chars(BASE64, 250)}`],
  [
    'Software services',
    (d) =>
      `A3-${d.chars(BASE32, 6)}-${d.chars(BASE32, 11)}-${d.chars(BASE32, 5)}-${d.chars(BASE32, 5)}-${d.chars(BASE32, 5)}`,
  ],
  ['Software services', (d) => `dt0c01.${d.chars(BASE32, 24)}.${d.chars(BASE32, 64)}`],
  ['Software services', (d) => `API-${d.chars(UPPER + DIGITS, 26)}`],
];

/** Tokens of all shapes, ten of each, in a sentence. */
export function vendorTokens(): LabelledSet[] {
  const dice = new Dice(11);
  const vendors = [...new Set(SHAPES.map(([vendor]) => vendor))];
  return vendors.map((vendor) => ({
    name: `${vendor}, made by shape`,
    detection: 'dlp-dev-token',
    texts: SHAPES.filter(([of]) => of === vendor).flatMap(([, make]) =>
      times(10, (i) => (i % 2 === 0 ? make(dice) : `use ${make(dice)} for now`)),
    ),
  }));
}

const ISSUERS: readonly (readonly [front: string, length: number])[] = [
  ['4', 16],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['2720', 16],
  ['34', 15],
  ['37', 15],
  ['6011', 16],
  ['65', 16],
  ['3528', 16],
  ['62', 16],
  ['2200', 16],
  ['2204', 16],
];

function grouped(number: string, dice: Dice): string {
  const separator = dice.of(['', ' ', '-']);
  const groups = number.length === 15 ? [4, 6, 5] : [4, 4, 4, 4];
  let at = 0;
  return groups.map((length) => number.slice(at, (at += length))).join(separator);
}

/** Luhn-valid numbers of issuers, as people write them. */
export function cardTexts(): LabelledSet {
  const dice = new Dice(13);
  const texts = ISSUERS.flatMap(([front, length]) =>
    times(20, (i) => {
      const number = grouped(withLuhn(front + dice.chars(DIGITS, length - front.length - 1)), dice);
      return [
        number,
        `my card is ${number}`,
        `visa ${number} exp 10/28`,
        `pay with ${number}, thanks`,
      ][i % 4] as string;
    }),
  );
  return { name: 'cards of all issuers, made by rule', detection: 'dlp-pan', texts };
}

const MARKINGS = [
  'TOP SECRET//SI//NOFORN',
  'SECRET//NOFORN',
  'SECRET//REL TO USA, FVEY',
  'CONFIDENTIAL//NF',
  '(S//NF) the convoy leaves at nine',
  '(TS//SI) intercept of yesterday',
  'TLP:RED',
  'TLP:AMBER+STRICT do not share',
  'VS-NfD Entwurf',
  'VS-NUR FÜR DEN DIENSTGEBRAUCH',
  'NATO RESTRICTED',
  'NATO SECRET',
  'COSMIC TOP SECRET',
  'RESTREINT UE/EU RESTRICTED',
  'SECRET UE/EU SECRET',
  'OFFICIAL-SENSITIVE',
  'Для служебного пользования',
  'ДСП',
  'СОВЕРШЕННО СЕКРЕТНО',
  'COMPANY CONFIDENTIAL',
  '** STRICTLY CONFIDENTIAL **',
  '[RESTRICTED]',
  'GEHEIM',
] as const;

/** Talk that names the words of markings. */
const MARKING_TALK = [
  'my top secret recipe',
  'it is a secret',
  'keep it confidential please',
  'restricted area ahead',
  'this is no secret, we all know',
  'I am confident',
  'TOP SECRET recipe from grandma',
  'secret santa is on friday',
  'the secretary called',
  'streng geheim? nein',
  'confidential to whom?',
  'official and sensitive',
  'RESTRICTED to members of the club',
  'nato summit today',
  'SECRET SANTA LIST',
  'ДСП плита 16 мм',
] as const;

export function markingTexts(): { readonly marked: LabelledSet; readonly talk: LeakSet } {
  const dice = new Dice(17);
  return {
    marked: {
      name: 'banners, portion marks, handling marks',
      detection: 'dlp-marking',
      texts: MARKINGS.flatMap((mark) => [
        mark,
        `${mark}\nnext line of the draft`,
        `draft attached\n${mark}`,
      ]),
    },
    talk: {
      name: 'talk that names such words',
      texts: times(500, () => dice.of(MARKING_TALK)),
    },
  };
}

interface Gitleaks {
  readonly rule: string;
  readonly label: string;
  readonly text: string;
}

interface Presidio {
  readonly recognizer: string;
  readonly text: string;
  readonly expected: number;
}

/** Collections of others. `negatives`: what they label as harmless, by the detection that could be wrong about it. */
export function collections(): {
  readonly found: LabelledSet[];
  readonly negatives: LabelledSet[];
} {
  const gitleaks = rowsOf<Gitleaks>('leak', 'gitleaks-tp-fp.jsonl.gz');
  const leaked = (name: string, detection: string, rules: RegExp): LabelledSet => ({
    name,
    detection,
    texts: gitleaks
      .filter(({ rule, label }) => label === 'tp' && rules.test(rule))
      .map(({ text }) => text),
  });
  const presidio = rowsOf<Presidio>('leak', 'presidio-recognizer-cases.jsonl.gz');
  const cases = (detection: string, recognizer: string, wanted: boolean): LabelledSet => ({
    name: 'Presidio, cases of its recognisers',
    detection,
    texts: presidio
      .filter((row) => row.recognizer === recognizer && row.expected > 0 === wanted)
      .map(({ text }) => text),
  });
  const validators = rowsOf<{ validator: string; label: string; text: string }>(
    'leak',
    'validatorjs-valid-invalid.jsonl.gz',
  );
  const checked = (detection: string, validator: string): LabelledSet => ({
    // What it calls invalid is often valid for others: its tests ask for one issuer or country.
    name: 'validator.js',
    detection,
    texts: validators
      .filter((row) => row.validator === validator && row.label === 'valid')
      .map(({ text }) => text),
  });
  const secretlint = rowsOf<{ rule: string; case: string; text: string }>(
    'leak',
    'secretlint-snapshots.jsonl.gz',
  );
  const synthetic = JSON.parse(
    bytesOf('leak', 'presidio-research-synth_dataset_v2.json.gz').toString('utf8'),
  ) as { full_text: string; spans: { entity_type: string }[] }[];
  const made = (detection: string, kind: string, wanted: boolean): LabelledSet => ({
    name: 'Presidio, synthetic texts',
    detection,
    texts: synthetic
      .filter(({ spans }) => spans.some(({ entity_type: type }) => type === kind) === wanted)
      .map(({ full_text: text }) => text),
  });
  return {
    found: [
      cases('dlp-pan', 'credit_card_recognizer', true),
      made('dlp-pan', 'CREDIT_CARD', true),
      checked('dlp-pan', 'isCreditCard'),
      cases('dlp-iban', 'iban_recognizer', true),
      made('dlp-iban', 'IBAN_CODE', true),
      checked('dlp-iban', 'isIBAN'),
      leaked('Gitleaks', 'dlp-privkey', /^private-key$/),
      {
        name: 'Secretlint',
        detection: 'dlp-privkey',
        texts: secretlint
          .filter(
            ({ rule, case: name }) =>
              rule === 'secretlint-rule-privatekey' && !name.startsWith('placeholder'),
          )
          .map(({ text }) => text),
      },
      leaked(
        'Gitleaks, vendors of the table',
        'dlp-dev-token',
        /^(?:1password|anthropic|aws-amazon|azure-ad|databricks|flyio|gcp|github|gitlab|grafana|hashicorp-tf|heroku-api-key-v2|huggingface|mailchimp|notion|octopus|openshift|sentry|slack|sourcegraph|square|stripe|vault)/,
      ),
      leaked('Gitleaks', 'dlp-jwt', /^jwt$/),
      leaked(
        'Gitleaks, links and command lines',
        'dlp-password',
        /^(?:sidekiq-sensitive-url|curl-auth-user)$/,
      ),
    ],
    negatives: [
      cases('dlp-pan', 'credit_card_recognizer', false),
      made('dlp-pan', 'CREDIT_CARD', false),
      cases('dlp-iban', 'iban_recognizer', false),
      made('dlp-iban', 'IBAN_CODE', false),
    ],
  };
}

/** IRC as it was said: lines of one person within a minute belong together. */
export function conversations(): {
  readonly room: string;
  readonly nick: string;
  readonly minute: number;
  readonly text: string;
}[] {
  return rowsOf<{ log: string; nick: string; time: string; text: string }>(
    'text',
    'irc-ham.jsonl.gz',
  ).map(({ log, nick, time, text }) => ({
    room: log,
    nick,
    minute: 60 * Number(time.slice(0, 2)) + Number(time.slice(3)),
    text,
  }));
}
