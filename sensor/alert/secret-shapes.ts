/**
 * What secrets look like, for masking. Wider than the rules on purpose: a rule must not cry wolf, a
 * mask may hide a word too many. So nothing here asks for strength, issuer or context.
 *
 * The expressions run on text an attacker chose. Every repeat is bounded or cannot be entered twice
 * at the same place, so none of them can take more than linear time (times a constant).
 */
import {
  cardDigits,
  ibanLength,
  issuedCard,
  jumbledLength,
  randomLength,
  tokenLength,
} from './secret-measures.ts';
import { TRAIT } from './text-traits.ts';

/** A stretch of a text that must not be shown. Offsets are UTF-16 units. */
export interface SecretShape {
  readonly start: number;
  readonly end: number;
  /** Nothing of it may be shown; otherwise its ends may, where it is long enough. */
  readonly isWhole: boolean;
}

interface Shape {
  /** Without these traits no text matches (text-traits.ts). */
  readonly needs: number;
  /** With flag d: the indices of the captures are wanted. */
  readonly pattern: RegExp;
  /** Which capture is the secret; 0 is all of the match. */
  readonly group: 0 | 1;
  readonly isWhole: boolean;
  /** How much of the captured text is secret, from its start; 0 for none of it. */
  readonly measure?: (text: string) => number;
  /** Rests on chance alone (random characters, one check digit), or on how a word begins: ids and names have that, too. */
  readonly isGuess?: boolean;
}

const PASSWORD_WORDS =
  'pass(?:word|wort|wd|phrase|code)?|pwd|pw|pin|kennwort|mot\\s?de\\s?passe|contrase(?:ñ|n)a|has(?:ł|l)o|' +
  'senha|parola|wachtwoord|l(?:ö|o)senord|salasana|пароль|пасс|пин|secret|client[_-]?secret|' +
  'api[_-]?(?:key|secret|token)|access[_-]?(?:key|token)|secret[_-]?(?:access[_-]?)?key|private[_-]?key|' +
  '[a-z0-9][_-](?:key|token|secret|uuid)|auth[_-]?token|refresh[_-]?token|id[_-]?token|token|credentials?|cvv2?|cvc2?|' +
  'jsessionid|phpsessid|sessionid|session[_-]?(?:id|key|token)|csrftoken|xsrf[_-]?token';

/** The quotation marks people and programs put around values. */
const QUOTES = '"\'`“”„«»';

/** `:`, `=`, `=>`, `:=` with a little white space, or a verb between two words. */
const SEPARATOR = `["'\`]{0,2}[ \\t]{0,4}(?:(?::=|=>|==|[:=])\\s{0,4}|(?:is|ist|es|est|to|это|was|equals)[ \\t]{1,4})`;

/** `password="`, `the wifi pass = `, `parolă: `: a label, and nothing of what it labels. Other words have a space behind. */
export const PASSWORD_LABEL = new RegExp(
  `^[^\\p{L}\\p{N}]{0,8}(?:(?:[\\p{L}_-]{1,24}[ _.-]){0,3}(?:${PASSWORD_WORDS})${SEPARATOR}|[\\p{L} _-]{1,40}[:=][ \\t]{1,4})[${QUOTES}]{0,2}`,
  'iu',
);

/** Prefixes of keys and tokens (threats.md 10.3); what follows is masked with them. */
const TOKEN_PREFIXES = [
  ...['A3T[A-Z0-9]', 'AKIA', 'ASIA', 'ABIA', 'ACCA', 'ABSK', 'gh[pousr]_', 'github_pat_'],
  ...['gl[a-z]{2,10}-', 'GR1348941', 'xox[a-z][-.]', 'xapp-', 'AIza', 'ya29\\.', 'GOCSPX-', 'sk-'],
  ...['[srp]k_(?:live|test|prod)_', 'hf_', 'api_org_', 'pplx-', 'gsk_', 'sq0[a-z]{3}-', 'EAAA'],
  ...[
    'shp[a-z]{2}_',
    'npm_',
    'pypi-',
    'rubygems_',
    'CLOJARS_',
    'hv[sbr]\\.',
    'do[por]_v1_',
    'dapi',
  ],
  ...['dp\\.[a-z]{2,5}\\.', 'pul-', 'fo1_', 'fm[12][a-z]?_', 'sha256~', 'HRKU-', 'v1\\.0-', 'ntn_'],
  ...[
    'lin_api_',
    'PMAK-',
    'gl(?:c|sa)_',
    'sntry[su]_',
    'ops_',
    'A3-',
    'dt0c01\\.',
    'API-',
    'SG\\.',
  ],
  ...['key-', 'SK(?=[0-9a-f])', 'tskey-', 'AGE-SECRET-KEY-1', 'dckr_pat_', 'figd_', 'cf[ua]t_'],
  ...['vc[a-z]_', 'atlasv1\\.', 'xai-', 'r8_', 'sgp_', 'ATATT3', 'NRAK-', 'phc_', 'whsec_'],
].join('|');

const SHAPES: readonly Shape[] = [
  // Elements that carry credentials: SASL, XEP-0078, XEP-0077, XEP-0114, bookmarks, invitations.
  whole(
    TRAIT.lessThan,
    /<(?:[\w.-]{1,64}:)?(?:password|passwd|digest|auth|response|challenge|success|initial-response|additional-data|handshake|secret|token)(?:\s[^<>]{0,1024})?>([^<]{1,65536})/dgi,
  ),
  // Fields of forms (XEP-0004) that are typed unseen, or whose name says what they hold.
  whole(
    TRAIT.lessThan | TRAIT.equals,
    /<field\s(?=[^<>]{0,512}(?:text-private|password|passwd|secret|token))[^<>]{0,1024}>\s{0,64}(?:<(?!value)[^<>]{0,64}>[^<>]{0,256}<\/[^<>]{0,64}>\s{0,64}){0,2}<value[^<>]{0,64}>([^<]{1,65536})/dgi,
  ),
  // Attributes and pairs: password='x', "pwd": "x", PIN is 1234.
  whole(
    TRAIT.separator | TRAIT.quote,
    new RegExp(`(?:${PASSWORD_WORDS})${SEPARATOR}[${QUOTES}]([^${QUOTES}\\r\\n<]{1,256})`, 'dgi'),
  ),
  whole(
    TRAIT.separator,
    new RegExp(`(?:${PASSWORD_WORDS})${SEPARATOR}([^\\s${QUOTES}<>]{1,256})`, 'dgi'),
  ),
  // Credentials in an URL, on a command line, in headers.
  whole(
    TRAIT.colon | TRAIT.slash | TRAIT.at,
    /[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/<>"']{0,128}:([^\s@<>"']{1,256})@/dgi,
  ),
  whole(
    TRAIT.dash | TRAIT.colon,
    /(?:-u|--user|--proxy-user)[ =]{1,4}["']?[^\s:"']{0,64}["']?:["']?([^\s"']{1,256})/dg,
  ),
  whole(TRAIT.colon, /\b(?:set-)?cookie2?:[ \t]{0,4}([^\r\n<]{1,4096})/dgi),
  whole(
    TRAIT.colon,
    /\b(?:proxy-)?authorization["']?:[ \t"']{0,4}(?:[a-z]{3,12} )?([^\r\n<"']{1,4096})/dgi,
  ),
  token(TRAIT.space | TRAIT.run8, /\b(?:bearer|basic) ([\w+/=.~-]{8,4096})/dgi, 1),
  // Key blocks. Where the BEGIN line is out of sight, addKeyTails() finds the end of one.
  whole(
    TRAIT.dash | TRAIT.space,
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----([^-]{1,65536})/dg,
  ),
  whole(TRAIT.dash | TRAIT.colon, /Private-Lines: \d{1,4}\s{1,2}([A-Za-z0-9+/=\s]{16,65536})/dg),
  // Tokens with a known beginning; signed ones; those of webhooks and signed links.
  guess(TRAIT.run8, new RegExp(`(?:${TOKEN_PREFIXES})[\\w+/=.~-]{8,4096}`, 'dg')),
  // Keys of AWS: capitals and few digits, which does not look like chance, but no name has that form either.
  token(
    TRAIT.run8,
    /(?<![A-Za-z0-9])A(?:3T[A-Z0-9]|KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])/dg,
    0,
  ),
  token(
    TRAIT.run8 | TRAIT.dot,
    /\b(?=(e[yw][\w-]{8,1024}))\1\.[\w-]{4,65536}(?:\.[\w-]{0,4096}){0,3}/dg,
    0,
  ),
  token(TRAIT.colon | TRAIT.run20, /\b\d{5,16}:A[\w-]{30,40}/dg, 0),
  token(TRAIT.tilde | TRAIT.run32, /[\w~.-]{3}\dQ~[\w~.-]{31,34}/dg, 0),
  token(TRAIT.slash, /hooks\.slack\.com\/[a-z]{1,16}\/([\w/+-]{8,256})/dgi, 1),
  token(
    TRAIT.slash,
    /(?:\/api\/webhooks|webhook\.office\.com\/webhookb2)\/([\w/@.-]{8,512})/dgi,
    1,
  ),
  token(TRAIT.equals, /[?&](?:sig|signature|x-amz-signature|key|code)=([\w%+/=.-]{8,512})/dgi, 1),
  token(TRAIT.dollar, /\$(?:2[abxy]|[156y]|argon2(?:id|i|d)|scrypt|pbkdf2)[\w./=,$+-]{8,512}/dg, 0),
  whole(
    TRAIT.run32,
    /(?:key|token|secret)["')\]]{0,2}[\s:=?,("']{1,8}([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/dgi,
  ),
  // Numbers with a check digit. A run of digit groups is masked as a whole: two cards in a row are
  // one run, and where one ends and the other begins nobody knows.
  {
    needs: TRAIT.digits13,
    pattern: /\d(?:[ .\u00a0-]?\d){12,511}/dg,
    group: 0,
    isWhole: false,
    measure: cardDigits,
    isGuess: true,
  },
  {
    needs: TRAIT.account,
    pattern: /\b(?=([A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]){11,30}))/dgi,
    group: 1,
    isWhole: false,
    measure: ibanLength,
  },
  // Anything else that is long and looks random: keys that no list knows.
  guess(TRAIT.run32, /[0-9a-f]{32,65536}/dgi),
  guess(TRAIT.run32, /[\w+/-]{40,65536}={0,2}(?:\r?\n[A-Za-z0-9+/]{1,76}={0,2}(?=\r?\n|$|-))*/dg),
  {
    needs: TRAIT.run20 | TRAIT.mixed,
    pattern: /[\w+-]{20,39}/dg,
    group: 0,
    isWhole: false,
    measure: randomLength,
    isGuess: true,
  },
];

/** In names and ids a card number is one only as long as groups of digits make it, and of an issuer there is. */
const CARD_IN_NAME: Shape = {
  needs: TRAIT.digits13,
  pattern: /\d(?:[ .\u00a0-]?\d){12,511}/dg,
  group: 0,
  isWhole: false,
  measure: issuedCard,
};

/** `risk-assessment-2026.pdf` and `npm_install.log` begin like tokens; what is behind the prefix of one is random. */
const TOKEN_IN_NAME: Shape = {
  needs: TRAIT.run8,
  pattern: new RegExp(`(?<![A-Za-z0-9])(?:${TOKEN_PREFIXES})[\\w+/=.~-]{16,4096}`, 'dg'),
  group: 0,
  isWhole: false,
  measure: tokenLength,
};

/** `Screenshot_20260131-101500_Chrome` is a name, `x7Kd92mQpL4vT8zWn3Rb` is none. */
const JUMBLE: Shape = {
  needs: TRAIT.run20 | TRAIT.mixed,
  pattern: /[\w+/-]{40,1024}|[\w+-]{20,39}/dg,
  group: 0,
  isWhole: false,
  measure: jumbledLength,
};

/** What is looked for in which kind of text. */
const SHAPES_IN = {
  /** What somebody wrote. */
  text: SHAPES,
  /** Ids, resources, programs: random by nature, so only what is known to be a secret. */
  identifier: [...SHAPES.filter(({ isGuess }) => isGuess !== true), TOKEN_IN_NAME, CARD_IN_NAME],
  /** Names that people or programs gave to files: full of dates and numbers. */
  name: [...SHAPES.filter(({ isGuess }) => isGuess !== true), TOKEN_IN_NAME, CARD_IN_NAME, JUMBLE],
} as const satisfies Readonly<Record<string, readonly Shape[]>>;

export type TextKind = keyof typeof SHAPES_IN;

/** A secret of which nothing may be shown: capture 1. */
function whole(needs: number, pattern: RegExp): Shape {
  return { needs, pattern, group: 1, isWhole: true };
}

/** A secret whose ends may be shown. */
function token(needs: number, pattern: RegExp, group: 0 | 1): Shape {
  return { needs, pattern, group, isWhole: false };
}

/** What is long and looks random: its ends may be shown. */
function guess(needs: number, pattern: RegExp): Shape {
  return { ...token(needs, pattern, 0), isGuess: true };
}

/**
 * Every stretch of `text` that looks like a secret; they may overlap and are in no order. `traits`: of the text;
 * shapes that need others are not looked for.
 */
export function findSecrets(text: string, traits: number, kind: TextKind = 'text'): SecretShape[] {
  const found: SecretShape[] = [];
  if ((traits & KEY_TAIL_NEEDS) === KEY_TAIL_NEEDS) addKeyTails(text, found);
  for (const shape of SHAPES_IN[kind]) {
    if ((traits & shape.needs) === shape.needs) addMatches(text, shape, found);
  }
  return found;
}

/** One expression object is used again and again: matchAll() would clone it for every text. */
function addMatches(text: string, shape: Shape, found: SecretShape[]): void {
  const { pattern, group, isWhole, measure } = shape;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match[0] === '') pattern.lastIndex++;
    const secret = match[group];
    const indices = match.indices?.[group];
    if (secret === undefined || indices === undefined) continue;
    const length = measure === undefined ? secret.length : measure(secret);
    if (length === 0) continue;
    found.push({ start: indices[0], end: indices[0] + length, isWhole });
  }
}

const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY/g;
const KEY_MATERIAL = /^[A-Za-z0-9+/=\s\\]$/;

const KEY_TAIL_NEEDS = TRAIT.dash | TRAIT.space;

/** Key material before an END line, back to what is no material. */
function addKeyTails(text: string, found: SecretShape[]): void {
  let lowest = 0;
  KEY_END.lastIndex = 0;
  for (let match = KEY_END.exec(text); match !== null; match = KEY_END.exec(text)) {
    const end = match.index;
    let start = end;
    while (start > lowest && KEY_MATERIAL.test(text[start - 1] ?? '')) start--;
    if (start < end) found.push({ start, end, isWhole: true });
    lowest = end + match[0].length;
  }
}
