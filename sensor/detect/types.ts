/** Contract of detect/: a finding is what a rule's firing looks like before it becomes an alert. */
import type { Direction } from '../core/index.ts';
import type { Rule } from '../rules/index.ts';
import type { XmppSession } from '../xmpp/index.ts';

/** One stretch of a buffer that matched. Offsets are bytes in the buffer's decoded text. */
export interface FindingMatch {
  readonly buffer: number;
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
  /** Buffer the evidence is taken from and its decoded bytes (a copy, at most 64 KiB around the match). */
  readonly buffer: number;
  readonly evidence: Uint8Array;
  /** Offset of `evidence` inside the buffer. */
  readonly evidenceOffset: number;
  readonly matches: readonly FindingMatch[];
  readonly context: Readonly<Record<string, string | number>>;
}

export interface FindingHandler {
  onFinding(finding: Finding): void;
}
