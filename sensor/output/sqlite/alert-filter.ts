/**
 * The filter of alerts (INTERFACE.md section 2) as SQL. SQLite keeps no statistics of this store, so what it should
 * search by is said here: of the terms that have an index, the one that leaves fewest alerts drives the search, and a
 * unary plus takes the indexes of the others away. What has few values (severity, category, domains) is looked up in the
 * index of times on the way through it.
 *
 * A list wants its first page without sorting all alerts that fit. Every index ends in the time of the last firing, so a
 * term with one value gives them in order; a term with several (either end, a family of detections) becomes a choice,
 * and a list is merged from the first rows of each way to choose.
 */
import { bareJid } from '../../alert/index.ts';
import { parseAddress, type TriageStatus } from '../../core/index.ts';
import { likePattern } from './filters.ts';
import { TEXT_COLUMNS } from './packs/pack-texts.ts';
import type { Cell } from './record-rows.ts';

/** What an alert is like. Every part is optional; all given ones must hold. */
export interface AlertMatch {
  /** Any of these severities, 1 to 4. */
  readonly severities?: readonly number[] | undefined;
  /** Slug; a trailing `*` matches all that begin so. */
  readonly detection?: string | undefined;
  readonly gid?: number | undefined;
  readonly sid?: number | undefined;
  /** Bare JID (any resource), full JID, or domain, of sender or addressee. */
  readonly jid?: string | undefined;
  /** Source or destination address; what is none is refused. */
  readonly ip?: string | undefined;
  /** Its words in either case, or the class in rules. */
  readonly category?: string | undefined;
  /** Any of these. */
  readonly statuses?: readonly TriageStatus[] | undefined;
  readonly campaignId?: string | undefined;
  /** Those about this file. */
  readonly fileId?: string | undefined;
  /** Those of this flow. */
  readonly communityId?: string | undefined;
  /** Words in signature, summary, excerpt, JIDs or named contributors; ASCII letters in either case. */
  readonly text?: string | undefined;
}

export interface AlertFilter extends AlertMatch {
  /** Fired at this time or later, microseconds since the epoch. */
  readonly sinceUsec?: number | undefined;
  /** Fired before this time. */
  readonly untilUsec?: number | undefined;
  /** Alerts that match any of these are left out; one that says nothing leaves out nothing. */
  readonly not?: readonly AlertMatch[] | undefined;
  /** At most so many rows, newest first; 100 unless told. */
  readonly limit?: number | undefined;
}

/** What is still to be done about. */
export const OPEN_STATUSES: readonly TriageStatus[] = ['new', 'escalated'];

/** A condition on one column of `alerts AS a`: `column` then `rest`. Without a column nothing is searched by it. */
interface Term {
  readonly column: string;
  readonly rest: string;
  readonly values: readonly Cell[];
}

/** Terms of which one must hold, best searched by when `rank` is low; without an index the rank is infinite. */
interface Choice {
  readonly rank: number;
  readonly terms: readonly Term[];
}

export interface Condition {
  /** ` WHERE ...` */
  readonly where: string;
  readonly values: readonly Cell[];
}

/** A category that is named as rules do (`policy-violation`). */
export const CLASS_NAME = /^[a-z]+(?:-[a-z]+)+$/;

/** More ways to choose than this are not worth merging. */
const MAX_BRANCHES = 48;
const EQUALS = ' = ?';
const NO_INDEX = Number.POSITIVE_INFINITY;
/** Ranks up to here leave so few alerts that a count searches by them, too. */
const SELECTIVE = 8;

/** Detections that begin so, as they occur in the store. */
export type DetectionsOf = (prefix: string) => readonly string[];

/** The conditions of a filter; `limit` does not matter. */
export class AlertConditions {
  readonly #choices: Choice[] = [];
  readonly #fixed: Term[] = [];
  /** Of each exclusion what would have to hold; nothing is searched by it. */
  readonly #excluded: (readonly Choice[])[] = [];
  /** A family of detections of which there is none. */
  #isNothing = false;
  #among: string | undefined;

  constructor(filter: AlertFilter, detectionsOf: DetectionsOf) {
    const { severities, detection, gid, sid, jid, ip, category, statuses, campaignId } = filter;
    const { fileId, communityId, text, sinceUsec, untilUsec, not = [] } = filter;
    // First, so that a search that finds nothing meets it: it stops a question whose time is up.
    this.#fix('', '(a.id & 1023 <> 0 OR within_time())');
    // The index is on seconds; microseconds decide at the edges. An attack that goes on belongs to all its time.
    // Without a time it is all time, or SQLite would not see that the index has the order.
    this.#fix('a.last_time', ' >= ?', Math.floor((sinceUsec ?? 0) / 1e6));
    if (sinceUsec !== undefined) this.#fix('a.last_ts_us', ' >= ?', sinceUsec);
    if (untilUsec !== undefined) this.#fix('a.ts_us', ' < ?', untilUsec);
    if (fileId !== undefined) {
      this.#fix('a.file_id', " <> ''");
      this.#any(0, ['a.file_id'], [fileId]);
    }
    if (campaignId !== undefined) {
      this.#fix('a.campaign_id', " <> ''");
      this.#any(3, ['a.campaign_id'], [campaignId]);
    }
    if (communityId !== undefined) this.#any(NO_INDEX, ['a.community_id'], [communityId]);
    if (jid !== undefined) this.#addJid(jid);
    if (ip !== undefined) this.#any(4, ['a.src_ip', 'a.dest_ip'], [parseAddress(ip)]);
    if (gid !== undefined) this.#any(NO_INDEX, ['a.gid'], [gid]);
    if (sid !== undefined) this.#any(5, ['a.sid'], [sid]);
    if (detection !== undefined) this.#addSlug(detection, detectionsOf);
    if (severities !== undefined && severities.length > 0) {
      this.#any(NO_INDEX, ['a.severity'], [...new Set(severities)]);
    }
    if (statuses !== undefined && statuses.length > 0) this.#addStatuses(statuses);
    if (category !== undefined) this.#addCategory(category);
    if (text !== undefined) {
      this.#choices.push({ rank: NO_INDEX, terms: textTerms(text) });
    }
    for (const match of not) {
      const other = new AlertConditions(match, detectionsOf);
      if (!other.#isNothing && other.#choices.length > 0) this.#excluded.push(other.#choices);
    }
  }

  /** One more condition, by which nothing is searched. */
  add(column: string, rest: string, ...values: readonly Cell[]): this {
    this.#fixed.push({ column, rest, values });
    return this;
  }

  /** All that fit are among these row ids: by them it is searched. */
  among(ids: readonly number[]): this {
    this.#among = JSON.stringify(ids);
    return this;
  }

  /** Is there a term that leaves few alerts, whatever the time? */
  get isSelective(): boolean {
    if (this.#among !== undefined) return true;
    return (this.#driver()?.rank ?? NO_INDEX) <= SELECTIVE;
  }

  /** Do the conditions look at these columns only? */
  areOn(columns: ReadonlySet<string>): boolean {
    const choices = [...this.#choices, ...this.#excluded.flat()];
    return [...this.#fixed, ...choices.flatMap(({ terms }) => terms)].every(
      ({ column }) => column === '' || columns.has(column),
    );
  }

  /** All in one, for counts: choices with OR. */
  get whole(): Condition {
    if (this.#among !== undefined) return this.#amongThem(this.#among);
    const driver = this.#driver();
    const { isSelective } = this;
    return joined([
      ...this.#fixedParts(isSelective),
      ...this.#excluded.map(noneOf),
      ...this.#choices.map((choice) => anyOf(choice, isSelective && choice === driver)),
    ]);
  }

  /** All in one, and nothing is searched by it: for who adds what to search by. */
  get unindexed(): Condition {
    return joined([
      ...this.#fixed.map((term) => partOf(term, false)),
      ...this.#excluded.map(noneOf),
      ...this.#choices.map((choice) => anyOf(choice, false)),
    ]);
  }

  /** Conditions whose results together are the whole, each with an index in the order of the last firing. */
  get branches(): readonly Condition[] {
    if (this.#among !== undefined) return [this.#amongThem(this.#among)];
    const driver = this.#driver();
    const others = this.#choices.filter((choice) => choice !== driver);
    const common = [
      ...this.#fixedParts(driver !== undefined),
      ...this.#excluded.map(noneOf),
      ...others.map((choice) => anyOf(choice, false)),
    ];
    if (driver === undefined) return [joined(common)];
    return driver.terms.map((term) => joined([...common, partOf(term, true)]));
  }

  #amongThem(ids: string): Condition {
    const { where, values } = this.unindexed;
    return {
      where: `${where} AND a.id IN (SELECT value FROM json_each(?))`,
      values: [...values, ids],
    };
  }

  #driver(): Choice | undefined {
    const [best] = this.#choices
      .filter(({ rank, terms }) => rank !== NO_INDEX && terms.length <= MAX_BRANCHES)
      .sort((a, b) => a.rank - b.rank);
    return best;
  }

  /** The time is searched by behind a driver, as the index ends in it, or alone. */
  #fixedParts(hasDriver: boolean): Condition[] {
    return this.#fixed.map((term) =>
      partOf(term, term.column === 'a.last_time' || (hasDriver && term.rest.startsWith(' <> '))),
    );
  }

  #fix(column: string, rest: string, ...values: readonly Cell[]): void {
    this.#fixed.push({ column, rest, values });
  }

  #any(rank: number, columns: readonly string[], values: readonly Cell[]): void {
    const terms = columns.flatMap((column) =>
      values.map((value) => ({ column, rest: EQUALS, values: [value] })),
    );
    this.#choices.push({ rank, terms });
  }

  #addJid(jid: string): void {
    const bare = bareJid(jid);
    if (!jid.includes('@')) {
      this.#any(NO_INDEX, ['a.from_domain', 'a.to_domain'], [bare]);
      return;
    }
    this.#any(2, ['a.from_bare', 'a.to_bare'], [bare]);
    if (jid.includes('/')) this.#any(NO_INDEX, ['a.from_jid', 'a.to_jid'], [jid]);
  }

  #addSlug(detection: string, detectionsOf: DetectionsOf): void {
    const slugs = detection.endsWith('*') ? detectionsOf(detection.slice(0, -1)) : [detection];
    // Nothing begins so: then nothing fits.
    this.#isNothing = slugs.length === 0;
    if (this.#isNothing) this.#fix('', '0');
    else this.#any(detection.endsWith('*') ? SELECTIVE : 7, ['a.detection'], slugs);
  }

  /** Its words, or the name of the class in rules (`policy-violation`). */
  #addCategory(category: string): void {
    const isClass = CLASS_NAME.test(category);
    const column = isClass ? 'a.classtype' : 'a.category';
    const rest = isClass ? EQUALS : ' = ? COLLATE NOCASE';
    this.#choices.push({ rank: NO_INDEX, terms: [{ column, rest, values: [category] }] });
  }

  /** What was touched is mostly a small part of all alerts, and an index of its own. */
  #addStatuses(statuses: readonly TriageStatus[]): void {
    const wanted = [...new Set(statuses)];
    const isTouched = !wanted.includes('new');
    if (isTouched) this.#fix('a.status', " <> 'new'");
    this.#any(isTouched ? 7 : NO_INDEX, ['a.status'], wanted);
  }
}

function textTerms(text: string): Term[] {
  const pattern = likePattern(text);
  return TEXT_COLUMNS.map((column) => ({
    column: `a.${column}`,
    rest: " LIKE ? ESCAPE '\\'",
    values: [pattern],
  }));
}

function partOf({ column, rest, values }: Term, isSearchedBy: boolean): Condition {
  const isPlain = isSearchedBy || column === '';
  return { where: `${isPlain ? '' : '+'}${column}${rest}`, values };
}

function anyOf({ terms }: Choice, isSearchedBy: boolean): Condition {
  const values = terms.flatMap((term) => term.values);
  const [first] = terms;
  if (
    first !== undefined &&
    terms.every(({ column, rest }) => column === first.column && rest === EQUALS)
  ) {
    // A list is searched by in the index; of alternatives SQLite would read the rows, too.
    const marks = terms.map(() => '?').join(', ');
    return { where: partOf({ ...first, rest: ` IN (${marks})` }, isSearchedBy).where, values };
  }
  const parts = terms.map((term) => partOf(term, isSearchedBy).where);
  return { where: `(${parts.join(' OR ')})`, values };
}

/** No column of an alert is NULL, so that what does not hold is false. */
function noneOf(choices: readonly Choice[]): Condition {
  const parts = choices.map((choice) => anyOf(choice, false));
  return {
    where: `NOT (${parts.map(({ where }) => where).join(' AND ')})`,
    values: parts.flatMap(({ values }) => values),
  };
}

function joined(parts: readonly Condition[]): Condition {
  return {
    where: ` WHERE ${parts.map(({ where }) => where).join(' AND ')}`,
    values: parts.flatMap(({ values }) => values),
  };
}
