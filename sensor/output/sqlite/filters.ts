/**
 * Filters of queries (INTERFACE.md section 2) as SQL conditions; those of alerts are in alert-filter.ts. Values are
 * always bound, never pasted: text of a filter comes from operators and from analysts' browsers.
 */
import { OperatorError, parseAddress } from '../../core/index.ts';
import { bareJid } from '../../alert/index.ts';
import { textCell, type Cell } from './record-rows.ts';

/** A filter with the place where the page before ended. */
export type Paged<Filter> = Filter & { readonly cursor?: string | undefined };

/** Of every list of what was seen: between which times, and how many rows. */
interface ListedFilter {
  readonly sinceUsec?: number | undefined;
  readonly untilUsec?: number | undefined;
  readonly limit?: number | undefined;
}

export interface SessionFilter extends ListedFilter {
  readonly jid?: string | undefined;
  readonly ip?: string | undefined;
  readonly text?: string | undefined;
}

/** For `identities` and `exposures`: seen between the times, and the rest. */
export interface PeopleFilter extends ListedFilter {
  /** Account, or server; a resource does not matter. */
  readonly jid?: string | undefined;
  /** Of the client or the server. */
  readonly ip?: string | undefined;
  readonly domain?: string | undefined;
}

export interface ExposureFilter extends PeopleFilter {
  readonly exposed?: string | undefined;
}

export interface AuditFilter extends ListedFilter {
  /** Part of the name; ASCII letters in either case, as in the others. */
  readonly actor?: string | undefined;
  /** Part of it; a blank is as good as an underscore. */
  readonly action?: string | undefined;
  /** Part of what it was done to, or of the details. */
  readonly object?: string | undefined;
}

export type CampaignFilter = ListedFilter;

/** For `files`: the last byte came between the times, and the rest. */
export interface FileFilter extends ListedFilter {
  /** Bare JID (any resource), full JID, or domain, of sender or receiver. */
  readonly jid?: string | undefined;
  /** Of either end of the connection. */
  readonly ip?: string | undefined;
  /** Domain of sender or receiver. */
  readonly domain?: string | undefined;
  /** Words in its name; ASCII letters in either case. */
  readonly name?: string | undefined;
  /** SHA-256 or MD5 in hex, or how it begins. */
  readonly hash?: string | undefined;
  /** 'ibb', 'socks5', 'bob', 'http' or 'inline'. */
  readonly road?: string | undefined;
  /** Detection, or a beginning with `*`; `*` is anything that was found. */
  readonly found?: string | undefined;
  /** Only those that were not seen whole. */
  readonly isIncomplete?: boolean | undefined;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000_000;
const MAX_TEXT_CHARS = 1000;

/** Conditions and the values bound to them, gathered in step. */
export class Conditions {
  readonly #parts: string[] = [];
  readonly #values: Cell[] = [];

  /** `id`: the row number; every thousandth row the time a question may take is looked at. */
  constructor(id?: string) {
    if (id !== undefined) this.add(`(${id} & 1023 <> 0 OR within_time())`);
  }

  add(sql: string, ...values: readonly Cell[]): this {
    this.#parts.push(sql);
    this.#values.push(...values);
    return this;
  }

  /** ` WHERE ...`, or '' when there is no condition. */
  get where(): string {
    return this.#parts.length === 0 ? '' : ` WHERE ${this.#parts.join(' AND ')}`;
  }

  get values(): readonly Cell[] {
    return this.#values;
  }
}

/** Conditions on `sessions AS s`. */
export function sessionConditions(filter: SessionFilter): Conditions {
  const { jid, ip, text } = filter;
  const conditions = new Conditions('s.id');
  addSince(conditions, filter.sinceUsec, 's.time', 's.ts_us');
  addUntil(conditions, filter.untilUsec, 's.time', 's.ts_us');
  if (jid !== undefined) {
    const bare = bareJid(jid);
    if (jid.includes('@')) conditions.add('s.bare = ?', bare);
    else conditions.add('(lower(s.domain) = ? OR lower(s.peer_domain) = ?)', bare, bare);
  }
  if (ip !== undefined) addAddress(conditions, ip, 's.client_ip', 's.server_ip');
  if (text !== undefined) addText(conditions, text, ['s.jid', 's.user', 's.domain', 's.client']);
  return conditions;
}

/** Conditions on `identities`. */
export function identityConditions(filter: PeopleFilter): Conditions {
  const conditions = seenBetween(filter, new Conditions('id'));
  if (filter.ip !== undefined) addAddress(conditions, filter.ip, 'ip', 'server_ip');
  return conditions;
}

/** Conditions on `exposures`. */
export function exposureConditions(filter: ExposureFilter): Conditions {
  const conditions = seenBetween(filter, new Conditions('id'));
  const { ip, exposed } = filter;
  if (ip !== undefined) addAddress(conditions, ip, 'client_ip', 'server_ip');
  if (exposed !== undefined) conditions.add('exposed = ?', exposed);
  return conditions;
}

/** Conditions on `files AS f`. */
export function fileConditions(filter: FileFilter): Conditions {
  const { jid, ip, domain, name, hash, road, found, isIncomplete } = filter;
  const conditions = new Conditions('f.id');
  addSince(conditions, filter.sinceUsec, 'f.time', 'f.ts_us');
  addUntil(conditions, filter.untilUsec, 'f.time', 'f.ts_us');
  addEnds(conditions, jid, ip);
  if (domain !== undefined) {
    const lower = domain.toLowerCase();
    conditions.add('(f.from_domain = ? OR f.to_domain = ?)', lower, lower);
  }
  if (name !== undefined) addText(conditions, name, ['f.filename']);
  if (hash !== undefined) addHash(conditions, hash);
  if (road !== undefined) conditions.add('f.transport = ?', road);
  if (found !== undefined) addFound(conditions, found);
  if (isIncomplete === true) conditions.add('f.complete = 0');
  return conditions;
}

/** Conditions on `audit`. */
export function auditConditions(filter: AuditFilter): Conditions {
  const { actor, action, object } = filter;
  const conditions = new Conditions('id');
  addSince(conditions, filter.sinceUsec, 'time', 'ts_us');
  addUntil(conditions, filter.untilUsec, 'time', 'ts_us');
  if (actor !== undefined) addText(conditions, actor, ['actor']);
  if (action !== undefined) addText(conditions, action.replaceAll(' ', '_'), ['action']);
  if (object !== undefined) addText(conditions, object, ['object', 'detail']);
  return conditions;
}

/** Conditions on `campaigns`. */
export function campaignConditions(filter: CampaignFilter): Conditions {
  const conditions = new Conditions('id');
  addSince(conditions, filter.sinceUsec, 'time', 'ts_us');
  addUntil(conditions, filter.untilUsec, 'first_time', 'first_ts_us');
  return conditions;
}

function seenBetween(filter: PeopleFilter, conditions: Conditions): Conditions {
  const { jid, domain } = filter;
  addSince(conditions, filter.sinceUsec, 'time', 'ts_us');
  addUntil(conditions, filter.untilUsec, 'first_time', 'first_ts_us');
  if (jid !== undefined) conditions.add('jid = ?', bareJid(jid));
  if (domain !== undefined) conditions.add('domain = ?', domain.toLowerCase());
  return conditions;
}

export function limitOf(filter: { readonly limit?: number | undefined }): number {
  const { limit = DEFAULT_LIMIT } = filter;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new OperatorError(
    'USAGE',
    `A limit is a whole number from 1 to ${MAX_LIMIT}, not ${limit}`,
  );
}

/** The index is on seconds; microseconds decide at the edges. */
function addSince(
  conditions: Conditions,
  sinceUsec: number | undefined,
  seconds: string,
  usec: string,
): void {
  if (sinceUsec === undefined) return;
  conditions.add(`${seconds} >= ? AND ${usec} >= ?`, Math.floor(sinceUsec / 1e6), sinceUsec);
}

function addUntil(
  conditions: Conditions,
  untilUsec: number | undefined,
  seconds: string,
  usec: string,
): void {
  if (untilUsec === undefined) return;
  conditions.add(`${seconds} <= ? AND ${usec} < ?`, Math.floor(untilUsec / 1e6), untilUsec);
}

/** Who, and where: either end of a file. */
function addEnds(conditions: Conditions, jid?: string, ip?: string): void {
  const either = (from: string, to: string, value: string): void => {
    conditions.add(`(f.${from} = ? OR f.${to} = ?)`, value, value);
  };
  if (jid !== undefined) {
    if (jid.includes('/')) either('from_jid', 'to_jid', jid);
    else if (jid.includes('@')) either('from_bare', 'to_bare', bareJid(jid));
    else either('from_domain', 'to_domain', bareJid(jid));
  }
  if (ip !== undefined) addAddress(conditions, ip, 'f.src_ip', 'f.dest_ip');
}

/** Of either end, as it is stored. Throws USAGE for what is no address. */
function addAddress(conditions: Conditions, text: string, one: string, other: string): void {
  const address = parseAddress(text);
  conditions.add(`(${one} = ? OR ${other} = ?)`, address, address);
}

/** Hex digits: what follows them all in the order of ASCII is `g`. */
function addHash(conditions: Conditions, hash: string): void {
  const digits = hash.toLowerCase();
  if (!/^[0-9a-f]{4,64}$/.test(digits)) {
    throw new OperatorError(
      'USAGE',
      'A hash is at least four hexadecimal digits of SHA-256 or MD5',
    );
  }
  conditions.add(
    '(f.sha256 >= ? AND f.sha256 < ? OR f.md5 >= ? AND f.md5 < ?)',
    ...[digits, `${digits}g`, digits, `${digits}g`],
  );
}

function addFound(conditions: Conditions, found: string): void {
  if (found === '*') conditions.add("f.found <> '{}'");
  else if (found.endsWith('*')) {
    const prefix = found.slice(0, -1);
    conditions.add(
      'EXISTS (SELECT 1 FROM json_each(f.found) WHERE key >= ? AND key < ?)',
      ...[prefix, `${prefix}\uffff`],
    );
  } else conditions.add('EXISTS (SELECT 1 FROM json_each(f.found) WHERE key = ?)', found);
}

function addText(conditions: Conditions, text: string, columns: readonly string[]): void {
  const pattern = likePattern(text);
  const parts = columns.map((column) => `${column} LIKE ? ESCAPE '\\'`);
  conditions.add(`(${parts.join(' OR ')})`, ...columns.map(() => pattern));
}

/**
 * The text anywhere, its wildcards taken literally, for `LIKE ? ESCAPE '\'`. A NUL, at which LIKE stops reading, is what
 * the store keeps for one. Throws USAGE for a text that is too long.
 */
export function likePattern(text: string): string {
  if (text.length > MAX_TEXT_CHARS) {
    throw new OperatorError(
      'USAGE',
      `A text to search for has at most ${MAX_TEXT_CHARS} characters`,
    );
  }
  return `%${textCell(text).replace(/[\\%_]/g, '\\$&')}%`;
}
