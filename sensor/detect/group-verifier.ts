/**
 * Do the terms of one group hold together in one region? Exact, as Suricata's rules are meant:
 * every place of every term is tried, not only the first.
 *
 * A relative term only ever asks where the match before it ended. So instead of trying one
 * combination after the other (exponential, and the attacker chooses the text), the set of all
 * reachable ends is carried from term to term: a term's places are kept when some end in the set
 * allows them, and their ends are the next set. Work is bounded and counted (`budget`).
 */
import { MATCH_WORDS } from 'hyperscan-js';
import type { MatchTerm, SizeTerm } from '../rules/index.ts';
import { holdsValue, type ListQuery } from './dataset-match.ts';
import type { ExpressionPool } from './expression-pool.ts';
import type { CompiledGroup, CompiledTerm } from './plan.ts';
import { findBytes } from './search.ts';
import { OffsetSet, SpanList } from './spans.ts';
import type { Screen, Validator } from './validator.ts';

/** What starting one search costs, in bytes of work: many tiny ones are not free. */
const SEARCH_COST = 64;
/** What it costs to pass over a match that a screen has refused. */
const LOOK_COST = 4;

type Validation = CompiledTerm & { readonly kind: 'validate' };

/** What a screen says of the matches of a scan: those it refuses for every argument are left out. */
export interface Looks {
  readonly count: number;
  /** Which matches, in the order of the scan. */
  readonly places: Uint32Array;
  /** Bits of the arguments with which the validator may accept them. */
  readonly bits: Uint32Array;
}

/** Keeps what screens say of matches. */
export interface LookKeeper {
  /**
   * What the screen says of the matches of the expression in `text`, by the scan before; the bits of `wanted` are
   * right. `offset` is where the text begins in the memory that was scanned. Undefined: that is not kept.
   */
  looksOf(
    term: MatchTerm,
    text: Uint8Array,
    offset: number,
    screen: Screen,
    wanted: number,
  ): Looks | undefined;
}

export class GroupVerifier {
  /** Bytes of work left for this stanza; at 0 nothing holds any more. */
  budget = 0;
  /** Places of the positive matches, one run after the other; offsets in the region. */
  readonly spans: SpanList;
  /** Term i of the group has spans [runStart[i], runEnd[i]); empty for terms that match no text. */
  readonly runStart: number[] = [];
  readonly runEnd: number[] = [];
  /** A term had more places than are followed. */
  isCapped = false;
  /** How many places the validators of the last holds() were asked about: the most of any of them. */
  checked = 0;

  readonly #pool: ExpressionPool;
  readonly #looks: LookKeeper | undefined;
  readonly #maxSpans: number;
  #memory: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #length = 0;
  /** Term whose match the relative ones count from, or -1. */
  #lastMatch = -1;
  /** Ends of the match before, and the set being built. */
  #cursors = new OffsetSet();
  #next = new OffsetSet();

  /** Without `looks` every match is for the validator itself: for texts of which few rules ask the same. */
  constructor(pool: ExpressionPool, maxSpans: number, looks?: LookKeeper) {
    this.#pool = pool;
    this.#looks = looks;
    this.#maxSpans = maxSpans;
    this.spans = new SpanList(4 * maxSpans);
  }

  /** Do all terms hold in `memory[offset .. offset + length)`? */
  holds(group: CompiledGroup, memory: Uint8Array, offset: number, length: number): boolean {
    this.#memory = memory;
    this.#offset = offset;
    this.#length = length;
    this.spans.count = 0;
    this.runStart.length = 0;
    this.runEnd.length = 0;
    this.checked = 0;
    this.#lastMatch = -1;
    this.#cursors.clear();
    this.#cursors.append(0);
    for (let i = 0; i < group.terms.length; i++) {
      this.runStart.push(this.spans.count);
      const isHeld = this.#term(group.terms[i] as CompiledTerm, group.terms[i + 1]);
      this.runEnd.push(this.spans.count);
      // Half the places are no places: a search that was cut short says nothing.
      if (!isHeld || this.budget <= 0) return false;
    }
    return true;
  }

  /**
   * After holds(): drop places the rest of the group could not be reached from, so that evidence
   * shows only what took part. Places before a relative pcre are all kept: its starts are not exact.
   */
  prune(group: CompiledGroup): void {
    let behind = -1;
    for (let i = group.terms.length - 1; i >= 0; i--) {
      const compiled = group.terms[i];
      if (compiled?.kind !== 'content' && compiled?.kind !== 'pcre') continue;
      if (compiled.term.negated) continue;
      if (behind >= 0) this.#pruneRun(i, behind, group);
      const { term } = compiled;
      const isRelative = term.distance !== undefined || term.within !== undefined;
      behind = compiled.kind === 'content' && isRelative ? i : -1;
    }
  }

  #pruneRun(run: number, behind: number, group: CompiledGroup): void {
    const { spans } = this;
    const next = group.terms[behind];
    if (next?.kind !== 'content') return;
    const distance = next.term.distance ?? 0;
    const reach = next.term.within === undefined ? Infinity : distance + next.term.within;
    const last = this.runEnd[behind] as number;
    let at = this.runStart[behind] as number;
    let kept = this.runStart[run] as number;
    const end = this.runEnd[run] as number;
    // Both runs ascend, so the place that may follow only moves forward.
    for (let i = kept; i < end; i++) {
      const from = spans.ends[i] as number;
      while (at < last && (spans.starts[at] as number) < from + distance) at++;
      if (at >= last || (spans.ends[at] as number) > from + reach) continue;
      spans.starts[kept] = spans.starts[i] as number;
      spans.ends[kept] = from;
      kept++;
    }
    this.runEnd[run] = kept;
  }

  #term(compiled: CompiledTerm, next: CompiledTerm | undefined): boolean {
    switch (compiled.kind) {
      case 'content':
        return compiled.term.negated
          ? this.#negatedContent(compiled.term, compiled.needle)
          : this.#content(compiled.term, compiled.needle);
      case 'pcre':
        return compiled.term.negated
          ? this.#negatedPcre(compiled.term)
          : this.#pcre(compiled.term, compiled.perCursor, next);
      case 'size':
        return this.#size(compiled.term);
      case 'validate':
        return this.#validate(compiled.check, compiled.argument);
      case 'dataset': {
        this.budget -= this.#length + SEARCH_COST;
        const end = this.#offset + this.#length;
        const isHeld = holdsValue(compiled, this.#memory, this.#offset, end);
        if (isHeld && compiled.query.command !== 'isnotset') this.#addListed(compiled);
        return isHeld;
      }
    }
  }

  /** What of the text is listed: all of it, or where a set found its values. */
  #addListed({ dataset: { places } }: ListQuery): void {
    if (places === undefined) {
      this.spans.add(0, this.#length);
      return;
    }
    for (let i = 0; i < places.length; i += 2) {
      this.spans.add(
        (places[i] as number) - this.#offset,
        (places[i + 1] as number) - this.#offset,
      );
    }
  }

  // --- content ---

  /** Next start of `needle` from `from` to `to` (region offsets), or -1. */
  #find(term: MatchTerm, needle: Uint8Array, from: number, to: number): number {
    const base = this.#offset;
    const found = findBytes(this.#memory, needle, term.nocase, base + from, base + to);
    this.budget -= (found < 0 ? to : found - base) - from + 1;
    return found < 0 ? -1 : found - base;
  }

  /** First and last start the absolute modifiers allow. */
  #firstStart(term: MatchTerm): number {
    const earliest = term.offset ?? 0;
    return term.endswith ? Math.max(earliest, this.#length - term.bytes.length) : earliest;
  }

  #lastStart(term: MatchTerm): number {
    const fits = this.#length - term.bytes.length;
    if (term.startswith) return Math.min(fits, 0);
    if (term.depth === undefined) return fits;
    return Math.min(fits, (term.offset ?? 0) + term.depth - term.bytes.length);
  }

  #content(term: MatchTerm, needle: Uint8Array): boolean {
    this.budget -= SEARCH_COST;
    const cursors = this.#cursors;
    const { within } = term;
    const isRelative = term.distance !== undefined || within !== undefined;
    const distance = term.distance ?? 0;
    let from = Math.max(0, this.#firstStart(term));
    let to = this.#lastStart(term);
    if (isRelative) {
      from = Math.max(from, cursors.first + distance);
      if (within !== undefined) {
        to = Math.min(to, cursors.last + distance + within - needle.length);
      }
    }
    this.#next.clear();
    let found = 0;
    while (from <= to && this.budget > 0) {
      const start = this.#find(term, needle, from, to);
      if (start < 0) break;
      from = start + 1;
      const end = start + needle.length;
      // Some end before must lie where distance and within point back to.
      const lowest = within === undefined ? 0 : Math.max(0, end - distance - within);
      if (isRelative && !cursors.hasBetween(lowest, start - distance)) continue;
      if (!this.#keep(start, end, ++found)) break;
    }
    return this.#matched();
  }

  #negatedContent(term: MatchTerm, needle: Uint8Array): boolean {
    this.budget -= SEARCH_COST;
    const first = Math.max(0, this.#firstStart(term));
    const last = this.#lastStart(term);
    if (term.distance === undefined && term.within === undefined) {
      return first > last || this.#find(term, needle, first, last) < 0;
    }
    // Drop the ends behind which the bytes do stand. `next` only moves forward with the ends.
    const { values, count } = this.#cursors;
    let next = -1;
    let searched = first;
    this.#next.clear();
    for (let i = 0; i < count; i++) {
      const cursor = values[i] as number;
      const from = Math.max(first, cursor + (term.distance ?? 0));
      const to =
        term.within === undefined
          ? last
          : Math.min(last, cursor + (term.distance ?? 0) + term.within - needle.length);
      if (next < from && from <= last && searched <= last) {
        next = this.#find(term, needle, Math.max(from, searched), last);
        searched = next < 0 ? last + 1 : next + 1;
      }
      const stands = next >= from && next <= to;
      if (!stands) this.#next.append(cursor);
    }
    return this.#filtered();
  }

  // --- pcre ---

  #scan(term: MatchTerm, from: number): number {
    const [start, length] = [this.#offset + from, this.#length - from];
    this.budget -= this.#pool.workOf(term, start, length) + SEARCH_COST;
    const count = this.#pool.scan(term, this.#memory, start, length);
    const kept = this.#pool.out.length / MATCH_WORDS;
    if (count > kept) this.isCapped = true;
    return Math.min(count, kept);
  }

  #pcre(term: MatchTerm, perCursor: boolean, next: CompiledTerm | undefined): boolean {
    this.#next.clear();
    if (!perCursor) {
      if (next?.kind === 'validate' && this.#keepScreened(term, next)) return this.#matched();
      // What matches behind a later end also matches behind the first: one scan finds all.
      this.#keepMatches(term, term.relative ? this.#cursors.first : 0, 0);
      return this.#matched();
    }
    const { values, count } = this.#cursors;
    let found = 0;
    for (let i = 0; i < count && this.budget > 0; i++) {
      found = this.#keepMatches(term, values[i] as number, found);
    }
    this.#sortNext();
    return this.#matched();
  }

  #keepMatches(term: MatchTerm, from: number, found: number): number {
    const count = this.#scan(term, from);
    const { out } = this.#pool;
    let kept = found;
    for (let at = 0; at < count * MATCH_WORDS; at += MATCH_WORDS) {
      const start = from + (out[at + 2] as number);
      if (!this.#keep(start, from + (out[at + 3] as number), ++kept)) break;
    }
    return kept;
  }

  /** As #keepMatches, without what the validator behind it is known to refuse. False: it has no screen. */
  #keepScreened(term: MatchTerm, { check, argument }: Validation): boolean {
    const bit = check.screen?.bitOf(argument) ?? 0;
    if (this.#looks === undefined || check.screen === undefined || bit === 0 || term.relative)
      return false;
    const count = this.#scan(term, 0);
    const { out } = this.#pool;
    const text = this.#memory.subarray(this.#offset, this.#offset + this.#length);
    const looks = this.#looks.looksOf(term, text, this.#offset, check.screen, bit);
    if (looks !== undefined) {
      this.checked = Math.max(this.checked, count);
      this.budget -= count * LOOK_COST;
    }
    const left = looks?.count ?? count;
    for (let i = 0; i < left; i++) {
      if (looks !== undefined && ((looks.bits[i] as number) & bit) === 0) continue;
      const place = looks === undefined ? i : (looks.places[i] as number);
      const at = place * MATCH_WORDS;
      if (!this.#keep(out[at + 2] as number, out[at + 3] as number, place + 1)) break;
    }
    return true;
  }

  #negatedPcre(term: MatchTerm): boolean {
    if (!term.relative) return this.#scan(term, 0) === 0;
    const cursors = this.#cursors;
    this.#next.clear();
    if (term.startSensitive) {
      for (let i = 0; i < cursors.count && this.budget > 0; i++) {
        const cursor = cursors.values[i] as number;
        if (this.#scan(term, cursor) === 0) this.#next.append(cursor);
      }
      return this.#filtered();
    }
    // No match behind one end means none behind any later one: find the first such end.
    let low = 0;
    let high = cursors.count;
    while (low < high && this.budget > 0) {
      const middle = (low + high) >>> 1;
      if (this.#scan(term, cursors.values[middle] as number) > 0) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < cursors.count; i++) this.#next.append(cursors.values[i] as number);
    return this.#filtered();
  }

  // --- the rest ---

  #size(term: SizeTerm): boolean {
    if (!term.relative) {
      return (this.#length >= term.min && this.#length <= term.max) !== term.negated;
    }
    const { values, count } = this.#cursors;
    this.#next.clear();
    for (let i = 0; i < count; i++) {
      const cursor = values[i] as number;
      if (cursor + term.min <= this.#length !== term.negated) this.#next.append(cursor);
    }
    return this.#filtered();
  }

  /** Keep those places of the match before that the validator accepts. */
  #validate(check: Validator, argument: string): boolean {
    const text = this.#memory.subarray(this.#offset, this.#offset + this.#length);
    const run = this.#lastMatch;
    const places = run < 0 ? 0 : (this.runEnd[run] as number) - (this.runStart[run] as number);
    this.checked = Math.max(this.checked, places);
    this.#next.clear();
    this.#filterRun((start, end) => {
      this.budget -= end - start + SEARCH_COST;
      if (this.budget <= 0 || !check(text, start, end, argument)) return false;
      this.#next.append(end);
      return true;
    });
    this.#sortNext();
    return this.#advance();
  }

  /** Drop places of the match before that `keeps` refuses. */
  #filterRun(keeps: (start: number, end: number) => boolean): void {
    const run = this.#lastMatch;
    if (run < 0) return;
    const { spans } = this;
    let kept = this.runStart[run] as number;
    const to = this.runEnd[run] as number;
    for (let i = kept; i < to; i++) {
      const start = spans.starts[i] as number;
      const end = spans.ends[i] as number;
      if (!keeps(start, end)) continue;
      spans.starts[kept] = start;
      spans.ends[kept] = end;
      kept++;
    }
    this.runEnd[run] = kept;
  }

  /** A place that fits: note it and its end. False when no more are followed. */
  #keep(start: number, end: number, found: number): boolean {
    if (found > this.#maxSpans || !this.spans.add(start, end)) {
      this.isCapped = true;
      return false;
    }
    this.#next.append(end);
    return true;
  }

  /** Expressions scanned from several places give their ends in several ascending runs. */
  #sortNext(): void {
    const next = this.#next;
    next.values.subarray(0, next.count).sort();
    let kept = 0;
    for (let i = 0; i < next.count; i++) {
      if (i > 0 && next.values[i] === next.values[i - 1]) continue;
      next.values[kept++] = next.values[i] as number;
    }
    next.count = kept;
  }

  /** A positive match: relative terms now count from it. */
  #matched(): boolean {
    this.#lastMatch = this.runStart.length - 1;
    return this.#advance();
  }

  /** Some ends were dropped: so are the places that ended there. */
  #filtered(): boolean {
    const isHeld = this.#advance();
    const cursors = this.#cursors;
    if (isHeld) this.#filterRun((_start, end) => cursors.hasBetween(end, end));
    return isHeld;
  }

  /** The set just built becomes the current one; false when it is empty. */
  #advance(): boolean {
    const built = this.#next;
    this.#next = this.#cursors;
    this.#cursors = built;
    return built.count > 0;
  }
}
