/**
 * Records that malware writes about what it took: lines or cells of `label: value`. One login passed
 * on by a colleague has labels too; a record also tells of the machine, or comes in numbers.
 */
import { isAlphanumeric, isWhiteSpace, lowerCase } from './bytes.ts';

/** How far before and behind the match cells are looked at. */
const WINDOW_BYTES = 600;
const MAX_LABEL_BYTES = 40;
const MAX_WORD_BYTES = 16;

const GROUP = { login: 1, password: 2, origin: 4, program: 8, system: 16, network: 32 } as const;

const WORDS: Readonly<Record<keyof typeof GROUP, string>> = {
  login: 'user username login email e-mail логин',
  password: 'password passwd pass pwd пароль',
  origin: 'url host hostname site domain origin website сайт',
  program: 'application app browser soft software storage profile',
  system: 'hwid uuid guid os windows system pc computer machine av antivirus cpu ram botid build',
  network: 'ip country geo location city isp страна',
};

const GROUP_OF: ReadonlyMap<string, number> = new Map(
  (Object.keys(GROUP) as (keyof typeof GROUP)[]).flatMap((name) =>
    WORDS[name].split(' ').map((word): [string, number] => [word, GROUP[name]]),
  ),
);

const NEWLINE = 0x0a;
/** Line ends, bars, commas and semicolons part the cells. */
const CELL_ENDS = [NEWLINE, 0x0d, 0x7c, 0x2c, 0x3b];
const COLON = 0x3a;
const EQUALS = 0x3d;

const decoder = new TextDecoder();

/** Argument of `validate:loot-record KIND;`. */
export const LOOT_RECORDS = ['logins', 'victim'] as const;

/** What the cells around a match tell. Reused. */
const found = { groups: 0, logins: 0, facts: 0 };

/**
 * `validate:loot-record logins;` : around the match stand login, password and where they belong, with
 * facts about the machine, or twice. `validate:loot-record victim;` : three facts about a machine and its
 * network.
 */
export function lootRecord(text: Uint8Array, start: number, end: number, kind: string): boolean {
  readCells(text, Math.max(0, start - WINDOW_BYTES), Math.min(text.length, end + WINDOW_BYTES));
  const { groups, logins, facts } = found;
  const machine = GROUP.program | GROUP.system | GROUP.network;
  if (kind === 'victim') {
    return facts >= 3 && (groups & GROUP.network) !== 0 && (groups & GROUP.system) !== 0;
  }
  const login = GROUP.login | GROUP.password | GROUP.origin;
  return (groups & login) === login && ((groups & machine) !== 0 || logins >= 2);
}

function readCells(text: Uint8Array, from: number, to: number): void {
  found.groups = 0;
  found.logins = 0;
  found.facts = 0;
  for (let at = from; at < to;) {
    let stop = at;
    while (stop < to && !CELL_ENDS.includes(text[stop] as number)) stop++;
    readCell(text, at, stop);
    at = stop + 1;
  }
}

function readCell(text: Uint8Array, from: number, to: number): void {
  let colon = from;
  const limit = Math.min(to, from + MAX_LABEL_BYTES);
  while (colon < limit && text[colon] !== COLON && text[colon] !== EQUALS) colon++;
  if (colon === limit) return;
  let value = colon + 1;
  while (value < to && isWhiteSpace(text[value])) value++;
  if (value === to) return;
  let group = 0;
  for (let at = from; at < colon;) {
    let stop = at;
    while (stop < colon && isWordByte(text[stop] as number)) stop++;
    if (stop > at && stop - at <= MAX_WORD_BYTES) group |= groupOf(text, at, stop);
    at = stop + 1;
  }
  if ((group & GROUP.password) !== 0) found.logins++;
  if ((group & (GROUP.system | GROUP.network)) !== 0) found.facts++;
  found.groups |= group;
}

function groupOf(text: Uint8Array, from: number, to: number): number {
  return GROUP_OF.get(decoder.decode(text.subarray(from, to)).toLowerCase()) ?? 0;
}

function isWordByte(byte: number): boolean {
  return isAlphanumeric(lowerCase(byte)) || byte >= 0x80 || byte === 0x2d;
}
