/** Contract of detect/ for files: what the engine is told of a file that has ended, and what it answers. */
import type { Direction } from '../core/index.ts';
import type { XmppSession } from '../xmpp/index.ts';
import type { EventContext } from './detector.ts';

/** The file itself, or a member of an archive or document. */
export interface FilePartView {
  /** Path inside the file; '' for the file itself. */
  readonly path: string;
  /** What its bytes are, in words; '' when unknown. */
  readonly magic: string;
  /** Its bytes as far as they are kept; of the file itself, what was kept of the transfer. */
  readonly data: Uint8Array;
  /** Text found in it as UTF-8; empty when none. May be the same memory as `data`. */
  readonly text: Uint8Array;
  /** Hex in small letters, of all its bytes; '' when some are missing. */
  readonly sha256: string;
  readonly md5: string;
}

/** What stands out about a file as a whole, found by files/. */
export interface FileVerdict {
  /** Id of core/events.ts; rules name it. */
  readonly event: number;
  readonly context: EventContext;
  /** What it is, for the sentence of the alert: "a program behind .jpg". */
  readonly words?: string | undefined;
  /** In place of that of the rule. */
  readonly severity?: number | undefined;
}

/** A file that has ended. All bytes are borrowed for the call. */
export interface FileView {
  /** Session on the flow its bytes came on, or that offered it; undefined when there is none (any more). */
  readonly session: XmppSession | undefined;
  /** Flow its bytes came on, and their direction there: what rule headers are compared with. */
  readonly flow: number;
  readonly direction: Direction;
  readonly tsUsec: number;
  /** JIDs of who had it and who got it; '' when not known. */
  readonly from: string;
  readonly to: string;
  /** Of the negotiation; '' when there was none. */
  readonly sid: string;
  readonly name: string;
  /** The file itself first. */
  readonly parts: readonly FilePartView[];
  readonly verdicts: readonly FileVerdict[];
  /** Raised when text rules hit inside; rules name it. */
  readonly contentEvent: number;
  /** Facts of the file for every alert about it. */
  readonly context: EventContext;
  /** The file in one sentence; `found` is what was found in it, '' for nothing in particular. */
  readonly describe: (found: string) => string;
}

/** What was found in a file. */
export interface FileFindings {
  /** By detection: how often; what thresholds keep back included, what a pass rule or suppression silences not. */
  readonly found: Readonly<Record<string, number>>;
  /** Why not everything was looked at: 'work'; '' when it was. */
  readonly unseen: '' | 'work';
}
