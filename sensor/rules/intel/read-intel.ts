/**
 * A file of threat intelligence to values sorted into lists: what kind of file it is, what it holds,
 * what must not be taken, and which list each value belongs to. No I/O.
 */
import type { ListType } from '../list-dataset.ts';
import { isCsv, parseCsv } from './csv.ts';
import { IntelFormatError, IntelItems, type BadItem, type IntelKind } from './items.ts';
import { isMisp, parseMisp } from './misp.ts';
import { parseJabberSpam, parsePlain } from './plain.ts';
import { parseRtbl } from './rtbl.ts';
import { refusal } from './safety.ts';
import { isStix, parseStix } from './stix.ts';
import { canonicalValue } from './values.ts';

export const INTEL_FORMATS = ['misp', 'stix', 'csv', 'plain', 'jabberspam', 'rtbl'] as const;
export type IntelFormat = (typeof INTEL_FORMATS)[number];

/** What the values are about: it decides which rules read them. */
export const INTEL_PURPOSES = ['spim', 'c2'] as const;
export type IntelPurpose = (typeof INTEL_PURPOSES)[number];

export interface IntelOptions {
  readonly format: IntelFormat | 'auto';
  /** Undefined: spam for lists of spammers, malware for events and bundles. */
  readonly purpose: IntelPurpose | undefined;
  /** For values without a date of their own; undefined: never. */
  readonly expiresMs: number | undefined;
  readonly nowMs: number;
  /** Take what is refused for safety. */
  readonly isForced: boolean;
  readonly maxItems: number;
}

export interface IntelList {
  readonly type: ListType;
  /** Canonical value -> when it expires. */
  readonly values: Map<string, number | undefined>;
}

export interface RefusedItem {
  readonly place: string;
  readonly value: string;
  readonly reason: string;
}

export interface IntelReading {
  readonly format: IntelFormat;
  readonly purpose: IntelPurpose;
  /** By the name of the list. */
  readonly lists: ReadonlyMap<string, IntelList>;
  readonly refused: readonly RefusedItem[];
  /** Reason -> how many. */
  readonly skipped: ReadonlyMap<string, number>;
  readonly bad: readonly BadItem[];
  /** The file holds more than may be taken. */
  readonly isCut: boolean;
}

const TYPES: Readonly<Record<string, ListType>> = {
  'spim-domains': 'domain',
  'spim-servers': 'domain',
  'spim-jids': 'jid',
  'spim-urls': 'url',
  'spim-rtbl': 'rtbl',
  'c2-domains': 'domain',
  'c2-jids': 'jid',
  'c2-urls': 'url',
  'c2-ips': 'ip',
  'malware-md5': 'md5',
  'malware-sha256': 'sha256',
};

/** Names of all lists an import fills. */
export const INTEL_LISTS: readonly string[] = Object.keys(TYPES);

/** Hashes are those of malware, addresses those of its servers, whoever lists them. */
const COMMON = { ip: 'c2-ips', md5: 'malware-md5', sha256: 'malware-sha256', rtbl: 'spim-rtbl' };
const LISTS: Readonly<Record<IntelPurpose, Readonly<Record<IntelKind, string>>>> = {
  spim: {
    ...COMMON,
    domain: 'spim-domains',
    server: 'spim-servers',
    jid: 'spim-jids',
    url: 'spim-urls',
  },
  c2: { ...COMMON, domain: 'c2-domains', server: 'c2-domains', jid: 'c2-jids', url: 'c2-urls' },
};

const ABOUT: Readonly<Record<IntelFormat, IntelPurpose>> = {
  misp: 'c2',
  stix: 'c2',
  csv: 'spim',
  plain: 'spim',
  jabberspam: 'spim',
  rtbl: 'spim',
};

/** Reads a file's text. Throws IntelFormatError when it is not of its format, or of none. */
export function readIntel(text: string, options: IntelOptions): IntelReading {
  const source = text.replace(/^\ufeff/, '');
  const json = readJson(source, options.format);
  const format = options.format === 'auto' ? detectFormat(source, json) : options.format;
  const items = new IntelItems(options.maxItems);
  switch (format) {
    case 'misp':
      parseMisp(json, items);
      break;
    case 'stix':
      parseStix(json, items);
      break;
    case 'csv':
      parseCsv(source, items);
      break;
    case 'plain':
      parsePlain(source, items);
      break;
    case 'jabberspam':
      parseJabberSpam(source, items);
      break;
    case 'rtbl':
      parseRtbl(source, items);
      break;
  }
  return sortItems(items, format, options);
}

/** The parsed text of a JSON format; undefined when it may be another one. */
function readJson(text: string, format: IntelOptions['format']): unknown {
  const isJson = format === 'misp' || format === 'stix';
  if (!isJson && (format !== 'auto' || !/^\s*[[{]/.test(text))) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    throw new IntelFormatError(`Not JSON: ${reason.slice(0, 200)}`);
  }
}

function detectFormat(text: string, json: unknown): IntelFormat {
  if (json !== undefined) {
    if (isStix(json)) return 'stix';
    if (isMisp(json)) return 'misp';
    throw new IntelFormatError(
      'JSON that is neither a MISP event nor a STIX bundle',
      'export as MISP JSON or STIX 2.1; or make a CSV with a row of column names',
    );
  }
  if (/^\s*</.test(text)) {
    if (/<item\s/.test(text)) return 'rtbl';
    throw new IntelFormatError(
      'XML that holds no items of a pubsub node',
      'save the node of the block list, or give one value a line',
    );
  }
  if (isCsv(text)) return 'csv';
  const values = text.split('\n', 1000).filter((line) => !/^\s*(?:$|#)/.test(line));
  if (values.length > 0 && values.every((line) => /^\s*[0-9a-f]{64}\b/i.test(line))) {
    throw new IntelFormatError(
      'SHA-256 of files or of addresses: nothing in the file tells which',
      'say --format rtbl for hashes of JIDs, --format plain for hashes of files',
    );
  }
  return 'plain';
}

function sortItems(items: IntelItems, format: IntelFormat, options: IntelOptions): IntelReading {
  const purpose = options.purpose ?? ABOUT[format];
  const lists = new Map<string, IntelList>();
  const refused: RefusedItem[] = [];
  for (const { kind, text, place, expiresMs = options.expiresMs } of items.items) {
    const value = canonicalValue(kind, text);
    if (value === undefined) {
      items.bad.push({ place, problem: `"${text.slice(0, 80)}" is no value of kind ${kind}` });
      continue;
    }
    if ((expiresMs ?? Infinity) <= options.nowMs) {
      items.skip('expired');
      continue;
    }
    const reason = options.isForced ? undefined : refusal(kind, value);
    if (reason !== undefined) {
      refused.push({ place, value, reason });
      continue;
    }
    // A JID without an account is a server.
    const listKind = kind === 'jid' && !value.includes('@') ? 'server' : kind;
    put(lists, LISTS[purpose][listKind], value, expiresMs);
  }
  const { skipped, bad, isFull } = items;
  bad.sort((a, b) => lineOf(a) - lineOf(b));
  return { format, purpose, lists, refused, skipped, bad, isCut: isFull };
}

/** Line of a place; places in JSON keep their order. */
function lineOf({ place }: BadItem): number {
  return Number(/^line (\d+)$/.exec(place)?.[1] ?? 0);
}

function put(
  lists: Map<string, IntelList>,
  name: string,
  value: string,
  expiresMs: number | undefined,
): void {
  let list = lists.get(name);
  if (list === undefined) {
    list = { type: TYPES[name] ?? 'text', values: new Map() };
    lists.set(name, list);
  }
  const before = list.values.get(value);
  // Said twice, the longer life counts.
  const isLonger =
    !list.values.has(value) || (before !== undefined && (expiresMs ?? Infinity) > before);
  if (isLonger) list.values.set(value, expiresMs);
}
