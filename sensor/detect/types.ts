/** Contract of detect/: a finding is what a rule's firing looks like before it becomes an alert. */
import type { Direction } from '../core/index.ts';
import type { Incident } from './detector.ts';
import type { Rule } from '../rules/index.ts';
import type { XmppSession } from '../xmpp/index.ts';

/** One stretch of a buffer region that matched. Offsets are bytes in that region's decoded text. */
export interface FindingMatch {
  readonly buffer: number;
  /** A buffer may have several regions: which of them, counted from 0 in stanza order. */
  readonly region: number;
  readonly offset: number;
  readonly length: number;
}

/** A stretch of the evidence that must be masked. Bytes, relative to `Finding.evidence`. */
export interface SecretSpan {
  readonly offset: number;
  readonly length: number;
}

/** A rule fired. Built only when it did, so it may allocate; all text is copied out of the arena. */
export interface Finding {
  readonly rule: Rule;
  /** Undefined for findings outside XMPP (decoder and stream events). */
  readonly session: XmppSession | undefined;
  readonly flow: number;
  readonly direction: Direction;
  readonly tsUsec: number;
  readonly stanza: {
    readonly serial: number;
    readonly name: string;
    readonly type: string;
    readonly id: string;
    readonly from: string;
    readonly to: string;
    readonly ns: readonly string[];
    readonly isCopy: boolean;
  };
  /** Buffer and region the evidence is taken from; -1 when there is none (most events). */
  readonly buffer: number;
  readonly region: number;
  /** Decoded bytes of that region: a copy, at most 64 KiB around the first match. */
  readonly evidence: Uint8Array;
  /** Offset of `evidence` inside the region. */
  readonly evidenceOffset: number;
  /**
   * What matched, at most 64 stretches: those in the evidence region first, in text order, none
   * overlapping another of the same term. Only those with this `buffer` and `region` lie in `evidence`.
   */
  readonly matches: readonly FindingMatch[];
  /**
   * Stretches of `evidence` (offsets in it, sorted, not overlapping) that hold a secret: found by
   * this rule or by any other on the same stanza. They never leave the sensor unmasked.
   */
  readonly secrets: readonly SecretSpan[];
  readonly context: Readonly<Record<string, string | number>>;
  /** The attack that goes on, for firings that are one alert. */
  readonly incident?: Incident | undefined;
  /** In place of the rule's severity: a file is as grave as what was found in it. */
  readonly severity?: number | undefined;
}

export interface FindingHandler {
  onFinding(finding: Finding): void;
}
