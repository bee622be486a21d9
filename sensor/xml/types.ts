/**
 * Contract of xml/: what the tokenizer hands on.
 *
 * The tokenizer is WebAssembly; everything it reports lives in its memory. Offsets are byte
 * offsets into `XmlTokenizer.memory` and are valid only during the callback.
 */

/** Words (32 bit) of one tape token. */
export const TOKEN_WORDS = 8;

/**
 * Token kinds and what the words hold.
 *
 * START  [1, nameId, nsId, nameOffset, nameLength, nsOffset, nsLength, endIndex]
 *        the local name (without prefix) and its namespace; endIndex is the index (in tokens) of the
 *        matching END, or 0 while the element is open. One ATTR for each attribute follows at once,
 *        then one NSDECL for each namespace declaration of the tag.
 * ATTR   [2, nameId, nsId, nameOffset, nameLength, valueOffset, valueLength, flags]
 *        local name; nsId 0 and no namespace for an unprefixed attribute (`xml:lang`: NS.xml).
 *        The value is decoded (references resolved, white space normalised).
 * NSDECL [3, 0, nsId, prefixOffset, prefixLength, valueOffset, valueLength, 0]
 * TEXT   [4, flags, 0, 0, 0, offset, length, 0]
 *        decoded text; neighbouring text, CDATA, references and text around comments and processing
 *        instructions are ONE token. Only a child element splits text.
 * END    [5, startIndex, 0, 0, 0, 0, 0, 0]
 */
export const TOKEN = { start: 1, attr: 2, nsdecl: 3, text: 4, end: 5 } as const;

/** Flags of TEXT and ATTR tokens. */
export const TEXT_FLAG = {
  /** Some byte is above 0x7f. */
  nonAscii: 1,
  /** Character or entity references were resolved. */
  references: 2,
  /** CDATA sections were joined. */
  cdata: 4,
  /** Text around a comment or processing instruction was joined. */
  joined: 8,
  /** Contains bytes that are not UTF-8; each is replaced by U+FFFD. */
  replaced: 16,
} as const;

/** Flags of a first-level element (`TapeInfo.flags`). */
export const ELEMENT_FLAG = {
  /** Ended by an error, a gap or the end of the stream instead of its end tag. */
  broken: 1,
  /** A cap was hit: the tape is not complete. */
  capped: 2,
  /** Some text or attribute holds non-ASCII characters. */
  nonAscii: 4,
  /** First element after the reader lost its place: it may have been nested in one that was lost. */
  resynced: 8,
  /** Some element on the tape is in a namespace given to watchNamespace(). */
  watched: 16,
} as const;

/**
 * Facts of the first-level element on the tape; reused object. Valid until the callback returns or calls
 * the tokenizer, which may report on another half.
 */
export interface TapeInfo {
  /** The tape: `words[tapeBase + index * TOKEN_WORDS + k]`. Token 0 is the element's START. */
  readonly words: Int32Array;
  readonly tapeBase: number;
  readonly tokenCount: number;
  /** Raw bytes of the element as they came (after transcoding to UTF-8), for xmpp.stanza. */
  readonly rawOffset: number;
  readonly rawLength: number;
  /** Bytes on the wire, also when more than the cap. */
  readonly wireLength: number;
  /** Where its first byte stands among the bytes of the half, as the offset of events is counted. */
  readonly wireOffset: number;
  readonly elementCount: number;
  readonly maxDepth: number;
  readonly flags: number;
  /** Counts first-level elements of this half from 1; ties events to their element. 0 for a header. */
  readonly serial: number;
}

/**
 * Callbacks of the tokenizer. None may throw. `half` is the number openHalf returned.
 *
 * Order for one first-level element: its events come before `element`; an event of an open element
 * is delivered at the latest at the end of the feed() call by which both the event and the
 * complete start tag of the element were read, so that the handler can read id, from and to
 * from `tape` (its START and ATTR tokens are there; tokenCount may be 0 when the start tag itself
 * never completed). Cutting the input differently never changes events, elements or their order.
 *
 * While one half is being fed, an unfinished element of another may be delivered broken: there was no
 * room left for it (limits `xml.slots`, `xml.saved_bytes`).
 */
export interface XmlHandler {
  /**
   * The start tag of a root element. `tape` holds its START, NSDECL and ATTR tokens. When a root was open
   * already this is a second header: `wasOpen` tells, and the tokenizer has started a new document.
   */
  streamHeader(half: number, tape: TapeInfo, wasOpen: boolean, hadDeclaration: boolean): void;
  /** A first-level element (depth 1 child of the root) is complete, or broken (ELEMENT_FLAG.broken). */
  element(half: number, tape: TapeInfo): void;
  /** The root's end tag. */
  streamEnd(half: number): void;
  /**
   * An event of the catalogue; `serial` is that of the first-level element it happened in, or 0 between
   * elements; `offset` is the byte offset in the half (counted over all its bytes, gaps excluded).
   */
  event(half: number, event: number, serial: number, offset: number, tape: TapeInfo): void;
}

/** The tokenizer as xmpp/ sees it. One instance serves all flows. */
export interface XmlTokenizer {
  /** The whole WebAssembly memory; fixed, never grows, so a view on it stays valid. */
  readonly memory: Uint8Array;
  /** The memory object itself, for WebAssembly code of other rooms that reads tapes where they lie. */
  readonly wasmMemory: object;
  /** Space inside `memory` that xmpp/ may write derived regions to during a callback. */
  readonly scratchOffset: number;
  readonly scratchLength: number;
  /** Elements of this interned namespace set ELEMENT_FLAG.watched; for consumers that look for a few. */
  watchNamespace(nsId: number): void;
  /**
   * A new half; it expects a document (declaration optional) unless `midstream` is set. 0 when all halves
   * are in use: calls with that number do nothing.
   */
  openHalf(midstream: boolean): number;
  /** No more bytes will come: an unfinished element is delivered broken. */
  closeHalf(half: number): void;
  /**
   * Read bytes of one half; they are copied. Returns how many were consumed: fewer than `length` only
   * after stop() was called from a callback.
   */
  feed(half: number, bytes: Uint8Array, offset: number, length: number, tsUsec: number): number;
  /**
   * From the callback of an element: consume nothing more of this half (STARTTLS, compression), until
   * restart(). What a call consumed before it stays consumed.
   */
  stop(half: number): void;
  /**
   * The next bytes of this half start a new document (after SASL success). Does nothing when the new
   * document has begun already.
   */
  restart(half: number): void;
  /** Bytes are missing: the open element is delivered broken, reading resumes at the next first-level element. */
  gap(half: number): void;
  /** Bytes read of the element that is open now; 0 between elements. Also counts an unfinished start tag. */
  openElementBytes(half: number): number;
  /** Bytes fed to this half since openHalf. */
  bytesFed(half: number): number;
}
