/**
 * Contract of detectors: code that sees what no rule can say (scores, counts, sequences) and
 * raises an event for it. A rule in `signatures/` names the event, so analysts tune, suppress
 * and disable a detector like any other rule.
 */
import type { Rule } from '../rules/index.ts';
import type { StanzaView } from '../xmpp/index.ts';
import type { FileVerdict, FileView } from './file-types.ts';

/** Facts for the alert (scores, counts, names); never message text or secrets. */
export type EventContext = Readonly<Record<string, string | number>>;

/**
 * One attack that goes on: firings of a rule with the same key become one alert that grows (alert/), instead of one
 * alert each.
 */
export interface Incident {
  /** Names the attack within its rule: who attacks, or who is attacked. Never message text; compared, not shown. */
  readonly key: string;
  /** Who takes part in this firing (JIDs, addresses, domains): the alert lists those it has not named yet. */
  readonly contributors: readonly string[];
  /** Campaign (correlation/) it belongs to. */
  readonly campaignId?: string;
}

/**
 * Raise `event` (id of core/events.ts) for the stanza in hand. `region` is the index in
 * `StanzaView.regions` of the text the alert should show as evidence; leave it out for none.
 */
export type EmitEvent = (
  event: number,
  context: EventContext,
  region?: number,
  incident?: Incident,
) => void;

/** A text that a detector put together from several stanzas; the last part is of the stanza in hand. */
export interface ComposedText {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Where one part ends and the next begins, ascending. */
  readonly borders: readonly number[];
  /** Where the last part lies in `StanzaView.memory`. */
  readonly lastOffset: number;
  /** Set when the last part was changed: so many bytes are hidden there, whatever of them matched. */
  readonly lastLength?: number;
  /** Facts for the alert. */
  readonly context: EventContext;
}

/**
 * Have a composed text read with the rules marked `metadata: joined yes`. Those for which no part alone is enough fire
 * for the stanza in hand, with all that matched hidden. The bytes are borrowed for the call.
 * @returns true when there was one
 */
export type ReadComposed = (text: ComposedText) => boolean;

/** One literal a detector wants found; `id` is what it gets back, 0 to 2^20 - 1. */
export interface DetectorLiteral {
  /** UTF-8, at least one byte. */
  readonly bytes: Uint8Array;
  /** ASCII letters match in either case. */
  readonly nocase: boolean;
  readonly id: number;
}

/** Words of one match given to `onMatches`: [region index, literal id, end offset in the region]. */
export const DETECTOR_MATCH_WORDS = 3;

/** Literals that ride along in the scan the rules pay for anyway. */
export interface DetectorPatterns {
  /** Buffer id (core/buffers.ts) whose regions are searched. */
  readonly buffer: number;
  readonly literals: readonly DetectorLiteral[];
  /**
   * All matches in one stanza, called once before `Detector.stanza` and only when there are any.
   * `matches` holds `count` triples of DETECTOR_MATCH_WORDS words, overlapping matches included,
   * grouped by region and ordered by end offset within a region. Borrowed: valid during the call only.
   */
  onMatches(view: StanzaView, matches: Uint32Array, count: number): void;
}

/** One detector. Called for every stanza: it must not allocate unless it has something to say. */
export interface Detector {
  readonly name: string;
  readonly patterns?: DetectorPatterns | undefined;
  /** Called for every first-level element, after `patterns.onMatches`. Never throws on traffic. */
  stanza(view: StanzaView, emit: EmitEvent, read: ReadComposed): void;
  /**
   * The rules that matched the stanza (not silenced by a pass rule), those nobody is told of included. Called when
   * there are any; events raised here are looked at once more, what they fire is not told again.
   */
  judged?(view: StanzaView, fired: readonly Rule[], emit: EmitEvent): void;
  /** The stanza is over. */
  done?(view: StanzaView): void;
  /** What it finds in a file that has ended. */
  file?(view: FileView): readonly FileVerdict[];
  /** Buffers it reads beside those of its patterns. */
  readonly buffers?: ReadonlySet<number>;
}
