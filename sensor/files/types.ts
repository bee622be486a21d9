/**
 * Contract of files/: who offered which file to whom, over which road its bytes went, and what was in it.
 *
 *   stanzas -> ledger (offers) ----------------+
 *   in-band data, SOCKS5, HTTP, text -> roads -+-> desk (FileStream: hashes, head, kept bytes)
 *                                                -> inspector (own thread: type, members, text)
 *                                                -> detect/ (rules on files) -> alert, FileRecord
 */
import type { Direction } from '../core/index.ts';

/** How the bytes of a file travelled (INTERFACE.md section 3, `fileinfo.transport`). */
export type Road = 'ibb' | 'socks5' | 'bob' | 'http' | 'inline';

/** Why a file that ended is not whole, '' when it is. */
export type FileLack =
  | ''
  /** Bytes of it were lost on their way to the sensor. */
  | 'gap'
  /** The capture began behind its first byte. */
  | 'no_start'
  /** It ended before the announced size, or was closed or refused half way. */
  | 'cut_off'
  /** It never ended: the sensor stopped, or forgot it for lack of room. */
  | 'unfinished';

/** What was said of a file before its bytes came. Strings are as written in the stanza, cut to 1,024 characters. */
export interface FileOffer {
  /** Full JIDs of who has the bytes and who shall get them; '' when not known. */
  readonly from: string;
  readonly to: string;
  readonly tsUsec: number;
  /** Flow of the stanza that offered it, and the session's number there. */
  readonly flow: number;
  /** The protocol of the offer. */
  readonly protocol: 'si' | 'jingle' | 'sfs' | 'oob' | 'upload' | 'bob' | 'vcard' | 'avatar' | '';
  /** Session id of the negotiation, cid or URL; '' when there was none. */
  readonly sid: string;
  readonly name: string;
  /** Bytes, -1 when not said or not a number. */
  readonly size: number;
  /** Media type as claimed, '' when none. */
  readonly mime: string;
  readonly description: string;
  /** Hex in small letters, '' when not said. */
  readonly sha256: string;
  readonly md5: string;
  /** The same of a SHA-1: cid of a BoB (XEP-0231), item of an avatar (XEP-0084). */
  readonly sha1?: string;
}

/** Where bytes of a file are seen. */
export interface FilePlace {
  readonly flow: number;
  readonly direction: Direction;
  readonly tsUsec: number;
}

/** A file whose bytes arrive. Made by FileDesk.open; every call is cheap and bounded, none throws on traffic. */
export interface FileStream {
  readonly road: Road;
  /** Bytes seen so far, gaps not counted. */
  readonly seenBytes: number;
  /** Bytes missing so far, as far as their number is known. */
  readonly gapBytes: number;
  /** Bytes in order. Borrowed: valid during the call. */
  data(bytes: Uint8Array, offset: number, length: number): void;
  /** `length` bytes are missing here; -1 when their number is not known. */
  gap(length: number): void;
  /** A better or later offer turned up. */
  explain(offer: FileOffer): void;
  /** The end. The first call counts. */
  end(lack: FileLack, place: FilePlace): void;
  /** It turned out to be the second sight of a file that is counted elsewhere: nothing more is told of it. */
  drop(): void;
}

export interface FileStart {
  readonly road: Road;
  readonly place: FilePlace;
  /** What explains it; undefined when nothing does. */
  readonly offer: FileOffer | undefined;
  /** Bytes that will come as far as the road says (Content-Length), -1 when it does not. */
  readonly expectedBytes: number;
  /** False when its beginning was not captured. */
  readonly hasStart: boolean;
  /** In a carbon, archive or forward: not told when the same bytes were told already, whoever sent them. */
  readonly isCopy?: boolean;
}

/** A file that ended. */
export interface FinishedFile {
  readonly road: Road;
  /** The latest offer that explains it. */
  readonly offer: FileOffer | undefined;
  /** Where its first and its last bytes were seen. */
  readonly start: FilePlace;
  readonly end: FilePlace;
  /** Gaps not counted. */
  readonly seenBytes: number;
  /** Bytes missing as far as their number is known. */
  readonly gapBytes: number;
  /** What should have come: as the road says, else as offered; -1 when nobody said. */
  readonly expectedBytes: number;
  readonly lack: FileLack;
  /** Hex in small letters, of all bytes; '' when some are missing. */
  readonly sha256: string;
  readonly md5: string;
  /** Only of a file whose offer names a SHA-1; '' otherwise, and when bytes are missing or were not kept. */
  readonly sha1: string;
  /** Bytes seen in a row, at most `files.content_bytes`; the receiver's own. */
  readonly content: Uint8Array;
  /** Does `content` begin with the first byte of the file? Otherwise it is from its middle. */
  readonly hasStart: boolean;
  /** Is `content` all of the file? */
  readonly isContentWhole: boolean;
  /** Why it is not, beside `lack`: 'size' (beyond `files.content_bytes`), 'memory' (no room to keep it), '' else. */
  readonly unseen: '' | 'size' | 'memory';
}

/** Takes files in hand: memory, hashes, inspection, rules and records. */
export interface FileDesk {
  open(start: FileStart): FileStream;
  /** The sensor stops: what is open ends as unfinished. */
  finish(tsUsec: number): void;
}

// --- the inspector: what is in the bytes; runs in a thread of its own ---

/** A file to be looked at. `bytes` are moved to the thread. */
export interface InspectionJob {
  readonly name: string;
  readonly mime: string;
  /** The first bytes of the file, all of it when `isWhole`. */
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

/** What a file is, as bytes say. */
export interface FileType {
  /** Words for people and for `file.magic`: "PE32 executable", "Zip archive", "PDF document"; '' when unknown. */
  readonly magic: string;
  /** Media type of the bytes; '' when unknown. */
  readonly mime: string;
  readonly group:
    | 'program'
    | 'script'
    | 'archive'
    | 'document'
    | 'image'
    | 'media'
    | 'key'
    | 'text'
    | 'disk'
    | 'encrypted'
    | 'unknown';
}

/** A part of a file that holds text or bytes of its own. */
export interface FilePart {
  /** Path inside the file ("a.zip/docs/x.txt" without the first part); '' for the file itself. */
  readonly path: string;
  readonly type: FileType;
  /** Text found in it as UTF-8; empty when none. */
  readonly text: Uint8Array;
  /** First bytes of a member of an archive; empty for the file itself (whoever asked has them). */
  readonly data: Uint8Array;
  readonly size: number;
  /** Hex in small letters; '' for the file itself, and of a part that could not be had whole. */
  readonly sha256: string;
  readonly md5: string;
}

/** What stands out, each at most once a file. Becomes an event `file.<name>`. */
export type FileSign =
  /** An office document or PDF with code in it. */
  | 'macro'
  /** A program or script in an archive or document. */
  | 'program_inside'
  /** Cannot be opened without a password. */
  | 'encrypted'
  /** Two types at once, or bytes of another type behind its end. */
  | 'polyglot'
  /** Unpacks to far more than it is, or is nested too deep. */
  | 'bomb'
  /** Not what its own structure promises: lengths that lie, members that overlap. */
  | 'malformed';

export interface Inspection {
  readonly type: FileType;
  /** The file itself first, then members in their order; at most `files.members` of them. */
  readonly parts: readonly FilePart[];
  readonly signs: readonly { readonly sign: FileSign; readonly detail: string }[];
  /** Author, last author, company, title of a document, as far as they are there. */
  readonly properties: Readonly<Record<string, string>>;
  /** A limit or the time was reached: not all of it was looked at. Says which. '' when all was. */
  readonly unseen: string;
}

/** Looks into files. Answers come in the order of the jobs. */
export interface Inspector {
  /**
   * `answer` is called once: during the call in offline use (the caller waits, so that a replay is the same every
   * time), later in live use. Undefined: the inspector failed or was too slow.
   */
  inspect(job: InspectionJob, answer: (inspection: Inspection | undefined) => void): void;
  /** Jobs without an answer. */
  readonly pending: number;
  close(): void;
}
