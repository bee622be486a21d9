/**
 * Rules of proto `tcp` on the reassembled bytes of XMPP flows, each direction a stream of its own.
 *
 * A rule fires at the first byte at which it holds within one window, and then looks on behind that
 * byte: no byte is part of two firings, and neither cut nor order of segments changes how often it
 * fires (rules that READS.floating does not cover excepted). New bytes are searched once for the
 * marks of all rules; a rule is looked at only while all of its marks stand in the window.
 *
 * Runs only when the rule set has such rules.
 */
import type { Database } from 'hyperscan-js';
import { COUNTER, type Counters, type Direction, type LimitValues } from '../core/index.ts';
import type { XmppSession } from '../xmpp/index.ts';
import type { ExpressionPool } from './expression-pool.ts';
import { GroupVerifier } from './group-verifier.ts';
import type { CompiledGroup, CompiledRule } from './plan.ts';
import { READS, type StreamPlan, type StreamRule } from './stream-plan.ts';
import { StreamSearch } from './stream-search.ts';
import { StreamWindows } from './stream-windows.ts';

/** Where bytes of a stream come from. */
export interface StreamOccasion {
  readonly flow: number;
  readonly direction: Direction;
  readonly tsUsec: number;
  readonly session: XmppSession | undefined;
}

/** A stretch of the stream that matched. Positions count from the start of the run. */
export interface StreamSpan {
  readonly start: number;
  readonly end: number;
  /** Matched by a content: its bytes stand in the rule, they tell nothing new. */
  readonly isContent: boolean;
}

/** A rule that fired. */
export interface StreamHit {
  readonly compiled: CompiledRule;
  readonly spans: readonly StreamSpan[];
}

/** Bytes of the stream at hand: position `base` lies at `memory[offset]`. */
export interface StreamBytes {
  readonly memory: Uint8Array;
  readonly offset: number;
  readonly base: number;
  readonly end: number;
  /** `base` is the first byte of the stream. */
  readonly isStart: boolean;
}

export interface StreamHandler {
  /** Rules that fired on one piece of a stream. `bytes` is valid for the call. */
  onStreamHits(hits: readonly StreamHit[], occasion: StreamOccasion, bytes: StreamBytes): void;
  /** A limit was reached on a piece of a stream. */
  onStreamLimit(limit: 'matches' | 'work', occasion: StreamOccasion): void;
  /** Nothing more comes of this flow. */
  onStreamClosed(flow: number): void;
}

export interface StreamInspectorOptions {
  readonly plan: StreamPlan;
  readonly databases: readonly Database[];
  readonly pool: ExpressionPool;
  readonly limits: LimitValues;
  readonly counters: Counters;
  readonly handler: StreamHandler;
}

/** What is known of a rule in one window. */
interface RuleState {
  readonly rule: StreamRule;
  /** The rule looks at bytes from here on. */
  consumed: number;
  /** Where each of its marks ended last; -1 when it was not seen. */
  readonly ends: Float64Array;
  /** Something of the rule ends in the piece at hand. */
  isTouched: boolean;
  /** An anchored rule has fired on the start of the stream. */
  hasFiredAtStart: boolean;
}

const NO_BYTES: Uint8Array = new Uint8Array(0);
/** Stretches of one firing that are told. */
const MAX_SPANS = 64;

export class StreamInspector {
  readonly #plan: StreamPlan;
  readonly #limits: LimitValues;
  readonly #counters: Counters;
  readonly #handler: StreamHandler;
  readonly #windows: StreamWindows;
  readonly #search: StreamSearch;
  readonly #groups: GroupVerifier;
  /** By slot: what rules have seen there. */
  readonly #states: (Map<StreamRule, RuleState> | undefined)[] = [];
  /** The piece at hand; one object for all. */
  readonly #piece = { slot: 0, memory: NO_BYTES, offset: 0, base: 0, fresh: 0, end: 0 };
  #hits: StreamHit[] = [];
  #isCapped = false;

  constructor(options: StreamInspectorOptions) {
    const { plan, limits } = options;
    this.#plan = plan;
    this.#limits = limits;
    this.#counters = options.counters;
    this.#handler = options.handler;
    this.#windows = new StreamWindows(
      limits.detectStreamWindowBytes,
      limits.detectStreamMemoryBytes,
      options.databases[0]?.info.streamBytes ?? 0,
    );
    this.#windows.onLost = (slot) => {
      this.#states[slot]?.clear();
      this.#bump(COUNTER.detectStreamWindowsLost, 1);
    };
    this.#search = new StreamSearch(plan, options.databases, limits.detectMatchesPerStanza);
    this.#groups = new GroupVerifier(options.pool, limits.detectSpansPerTerm);
  }

  /** A flow speaks XMPP. `midstream`: its first byte may be any byte of the stream. */
  open(flow: number, midstream: boolean): void {
    if (!midstream) this.#windows.open(flow);
  }

  /** The next bytes of one direction. */
  data(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
    tsUsec: number,
    session: XmppSession | undefined,
  ): void {
    this.#bump(COUNTER.detectStreamBytes, length);
    const piece = this.#windows.window;
    for (let at = 0; at < length; at += piece) {
      const end = offset + Math.min(length, at + piece);
      this.#inspect(flow, direction, bytes.subarray(offset + at, end), tsUsec, session);
    }
  }

  /** Bytes are missing: what follows is a new run. */
  gap(flow: number, direction: Direction, tsUsec: number, session: XmppSession | undefined): void {
    this.#finish({ flow, direction, tsUsec, session });
  }

  /** The flow has ended. */
  close(flow: number, tsUsec: number, session: XmppSession | undefined): void {
    this.#finish({ flow, direction: 0, tsUsec, session });
    this.#finish({ flow, direction: 1, tsUsec, session });
    this.#handler.onStreamClosed(flow);
  }

  /** Release native memory. */
  dispose(): void {
    this.#search.close();
  }

  #inspect(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    tsUsec: number,
    session: XmppSession | undefined,
  ): void {
    const slot = this.#windows.append(flow, direction, bytes);
    this.#take(slot, bytes.length);
    this.#findMarks(bytes, direction);
    for (const rule of this.#plan.unmarked) if (!isOtherWay(rule, direction)) this.#touch(rule);
    const states = this.#states[slot];
    if (states !== undefined && states.size > 0) this.#lookCloser(states);
    if (this.#hasNews) this.#tell({ flow, direction, tsUsec, session });
  }

  /** Look at a slot whose last `length` bytes are new. */
  #take(slot: number, length: number): void {
    const windows = this.#windows;
    const piece = this.#piece;
    piece.slot = slot;
    piece.memory = windows.memory;
    piece.offset = windows.offset(slot);
    piece.base = windows.base[slot] as number;
    piece.end = piece.base + (windows.used[slot] as number);
    piece.fresh = piece.end - length;
    this.#isCapped = false;
    this.#groups.isCapped = false;
    this.#groups.budget = this.#limits.detectStreamWork;
  }

  #tell(occasion: StreamOccasion): void {
    const hits = this.#hits;
    if (hits.length > 0) {
      this.#hits = [];
      this.#handler.onStreamHits(hits, occasion, this.#bytes());
    }
    if (this.#isCapped) this.#handler.onStreamLimit('matches', occasion);
    if (this.#isOverworked) this.#handler.onStreamLimit('work', occasion);
  }

  get #hasNews(): boolean {
    return this.#hits.length > 0 || this.#isCapped || this.#isOverworked;
  }

  get #isOverworked(): boolean {
    return this.#groups.budget <= 0 || this.#groups.isCapped;
  }

  #bytes(): StreamBytes {
    const { slot, memory, offset, base, end } = this.#piece;
    return { memory, offset, base, end, isStart: this.#windows.isStart[slot] === 1 && base === 0 };
  }

  // --- what libhs finds in the new bytes ---

  #findMarks(bytes: Uint8Array, direction: Direction): void {
    const search = this.#search;
    const count = search.search(this.#piece, bytes);
    if (search.isCapped) this.#isCapped = true;
    const { hitStart, hitRule, hitMark, rules } = this.#plan;
    for (let match = 0; match < count; match++) {
      const id = search.ids[match] as number;
      for (let i = hitStart[id] as number; i < (hitStart[id + 1] as number); i++) {
        const rule = rules[hitRule[i] as number];
        if (rule !== undefined && !isOtherWay(rule, direction)) {
          this.#onMark(rule, hitMark[i] as number, search.ends[match] as number);
        }
      }
    }
  }

  #onMark(rule: StreamRule, mark: number, end: number): void {
    const state = this.#stateOf(rule);
    if (state === undefined) return;
    if (rule.isPlain) {
      const start = end - (rule.marks[0] as number);
      if (start < state.consumed) return;
      state.consumed = end;
      this.#hits.push({ compiled: rule.compiled, spans: [{ start, end, isContent: true }] });
      return;
    }
    state.ends[mark] = end;
    state.isTouched = true;
    if (!rule.marksTell) return;
    const from = this.#earliestStart(state, end);
    if (isComplete(state, from) && this.#holds(rule.compiled.groups, from, end)) {
      this.#fire(state, rule.compiled.groups, from, end);
    }
  }

  #touch(rule: StreamRule): void {
    const state = this.#stateOf(rule);
    if (state !== undefined) state.isTouched = true;
  }

  // --- rules that are not decided by where marks end ---

  #lookCloser(states: Map<StreamRule, RuleState>): void {
    for (const state of states.values()) {
      const { rule, isTouched } = state;
      if (rule.marksTell) continue;
      state.isTouched = false;
      if (!isTouched && !rule.waits) continue;
      if (!isComplete(state, this.#earliestStart(state, this.#piece.fresh))) continue;
      if (rule.reads === READS.floating) this.#step(state);
      else if (rule.reads === READS.asItStands) this.#judgeAsItStands(state);
      else this.#judgeAnchored(state, isTouched);
    }
  }

  /** Every place in the new bytes at which the rule comes to hold, one after the other. */
  #step(state: RuleState): void {
    const { flowing } = state.rule;
    let from = this.#earliestStart(state, this.#piece.fresh);
    let last = this.#piece.fresh;
    while (last < this.#piece.end && this.#holds(flowing, from, this.#piece.end)) {
      const end = this.#firstEnd(flowing, from, last);
      if (this.#groups.budget <= 0) return;
      const earliest = this.#earliestStart(state, end);
      if (from >= earliest || this.#holds(flowing, earliest, end)) {
        this.#fire(state, flowing, Math.max(from, earliest), end);
        from = end;
      } else from = earliest; // what held there spans more than a window
      last = end;
    }
  }

  /** The first end behind `last` at which the groups hold; they hold at the end of all bytes. */
  #firstEnd(groups: readonly CompiledGroup[], from: number, last: number): number {
    let low = last + 1;
    let high = this.#piece.end;
    while (low < high && this.#groups.budget > 0) {
      const middle = Math.floor((low + high) / 2);
      if (this.#holds(groups, from, middle)) high = middle;
      else low = middle + 1;
    }
    return high;
  }

  #judgeAsItStands(state: RuleState): void {
    const { rule } = state;
    const from = this.#earliestStart(state, this.#piece.fresh);
    if (this.#holds(rule.flowing, from, this.#piece.end)) {
      this.#fire(state, rule.flowing, from, this.#piece.end);
    }
  }

  /** On the stream from its start, once; else on the new bytes alone. */
  #judgeAnchored(state: RuleState, isTouched: boolean): void {
    const { flowing } = state.rule;
    const hasStart =
      this.#windows.isStart[this.#piece.slot] === 1 && this.#piece.end <= this.#windows.window;
    if (hasStart && !state.hasFiredAtStart && this.#holds(flowing, 0, this.#piece.end)) {
      state.hasFiredAtStart = true;
      this.#fire(state, flowing, 0, this.#piece.end);
    } else if (isTouched && this.#holds(flowing, this.#piece.fresh, this.#piece.end)) {
      this.#fire(state, flowing, this.#piece.fresh, this.#piece.end);
    }
  }

  /** No more bytes come: what waited for some is decided by those there are. */
  #finish(occasion: StreamOccasion): void {
    const { flow, direction } = occasion;
    const windows = this.#windows;
    const slot = windows.find(flow, direction);
    const states = slot < 0 ? undefined : this.#states[slot];
    if (states !== undefined && states.size > 0) {
      this.#take(slot, 0);
      for (const state of states.values()) if (state.rule.endsLate) this.#finishRule(state);
      if (this.#hits.length > 0) this.#tell(occasion);
      states.clear();
    }
    windows.forget(flow, direction);
  }

  #finishRule(state: RuleState): void {
    const { groups } = state.rule.compiled;
    const from = this.#earliestStart(state, this.#piece.end);
    if (isComplete(state, from) && this.#holds(groups, from, this.#piece.end)) {
      this.#fire(state, groups, from, this.#piece.end);
    }
  }

  // --- places ---

  /** First position a match that ends at `end` may use. */
  #earliestStart(state: RuleState, end: number): number {
    return Math.max(state.consumed, end - this.#windows.window, this.#piece.base);
  }

  #at(position: number): number {
    return this.#piece.offset + position - this.#piece.base;
  }

  #holds(groups: readonly CompiledGroup[], from: number, end: number): boolean {
    const { memory } = this.#piece;
    const at = this.#at(from);
    for (const group of groups) {
      if (!this.#groups.holds(group, memory, at, end - from)) return false;
    }
    return true;
  }

  /** The groups hold from `from` to `end`: tell it, and look on behind. */
  #fire(state: RuleState, groups: readonly CompiledGroup[], from: number, end: number): void {
    const spans: StreamSpan[] = [];
    for (const group of groups) this.#gather(group, from, end, spans);
    spans.sort((a, b) => a.start - b.start || b.end - a.end);
    this.#hits.push({ compiled: state.rule.compiled, spans });
    state.consumed = end;
  }

  #gather(group: CompiledGroup, from: number, end: number, spans: StreamSpan[]): void {
    const groups = this.#groups;
    if (!groups.holds(group, this.#piece.memory, this.#at(from), end - from)) return;
    groups.prune(group);
    group.terms.forEach((term, i) => {
      const last = groups.runEnd[i] as number;
      for (let at = groups.runStart[i] as number; at < last && spans.length < MAX_SPANS; at++) {
        spans.push({
          start: from + (groups.spans.starts[at] as number),
          end: from + (groups.spans.ends[at] as number),
          isContent: term.kind === 'content',
        });
      }
    });
  }

  #stateOf(rule: StreamRule): RuleState | undefined {
    let states = this.#states[this.#piece.slot];
    if (states === undefined) this.#states[this.#piece.slot] = states = new Map();
    const known = states.get(rule);
    if (known !== undefined) return known;
    if (states.size >= this.#limits.detectStreamRulesPerWindow) this.#drop(states);
    if (states.size >= this.#limits.detectStreamRulesPerWindow) {
      this.#isCapped = true;
      return undefined;
    }
    const state = {
      rule,
      consumed: 0,
      ends: new Float64Array(rule.marks.length).fill(-1),
      isTouched: false,
      hasFiredAtStart: false,
    };
    states.set(rule, state);
    return state;
  }

  /** Forget rules of which nothing stands in the window any more. */
  #drop(states: Map<StreamRule, RuleState>): void {
    for (const state of states.values()) {
      const latest = state.ends.reduce((a, b) => Math.max(a, b), state.consumed);
      if (latest <= this.#piece.base && !state.isTouched && !state.hasFiredAtStart) {
        states.delete(state.rule);
      }
    }
  }

  #bump(counter: number, by: number): void {
    const { values } = this.#counters;
    values[counter] = (values[counter] as number) + by;
  }
}

function isOtherWay({ compiled }: StreamRule, direction: Direction): boolean {
  return compiled.direction >= 0 && compiled.direction !== direction;
}

/** Do all marks of the rule stand behind `from`? */
function isComplete({ rule, ends }: RuleState, from: number): boolean {
  for (let i = 0; i < ends.length; i++) {
    if ((ends[i] as number) - (rule.marks[i] as number) < from) return false;
  }
  return true;
}
