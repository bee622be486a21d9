/**
 * Numbers that both sides of the tokenizer use. The AssemblyScript compiler reads this file too, so it
 * holds plain integer constants and nothing else.
 */

// Words of the report block: facts of the element a callback is about.
export const R_TAPE = 0;
export const R_TOKENS = 1;
export const R_RAW = 2;
export const R_RAW_LENGTH = 3;
export const R_ELEMENTS = 4;
export const R_DEPTH = 5;
export const R_FLAGS = 6;
export const R_SERIAL = 7;
/** A float64 at this word pair: bytes on the wire. */
export const R_WIRE = 8;
/** Pairs (address, length) of the used parts of a slot follow, for saving it. */
export const R_SECTIONS = 10;
export const SECTIONS = 8;
/** A float64 at this word pair: where on the wire the element begins. */
export const R_WIRE_OFFSET = 26;
export const R_WORDS = 28;

/** Bytes the host may hand over in one call. */
export const STAGING_BYTES = 65536;
/** Space for what the reader of a tape derives from it. */
export const SCRATCH_BYTES = 4194304;

// Lists written into the intern tables at start-up.
export const LIST_NAMES = 0;
export const LIST_NAMESPACES = 1;
export const LIST_ENTITIES = 2;

// Event codes: a code is a bit in the once-per-element mask, so they stay below 64.
export const EV_DTD = 1;
export const EV_DTD_EXTERNAL = 2;
export const EV_ENTITY_DECL = 3;
export const EV_ENTITY_BOMB = 4;
export const EV_ENTITY_REF = 5;
export const EV_ENTITY_REF_HTML = 6;
export const EV_COMMENT = 7;
export const EV_PI = 8;
export const EV_DECL_MIDSTREAM = 9;
export const EV_DECL_REPEATED = 10;
export const EV_UTF8_OVERLONG = 11;
export const EV_UTF8_SURROGATE = 12;
export const EV_UTF8_OUT_OF_RANGE = 13;
export const EV_UTF8_STRAY_CONTINUATION = 14;
export const EV_UTF8_TRUNCATED = 15;
export const EV_UTF8_STRAY_HIGH_BYTE = 16;
export const EV_UTF8_DELIMITER_EATEN = 17;
export const EV_BOM = 18;
export const EV_ENCODING_UTF16 = 19;
export const EV_ENCODING_UTF32 = 20;
export const EV_ENCODING_DECLARED = 21;
export const EV_VERSION = 22;
export const EV_STANDALONE = 23;
export const EV_CTRL_CHAR = 24;
export const EV_CTRL_CHARREF = 25;
export const EV_NUL_SEPARATOR = 26;
export const EV_CHARREF_OBFUSCATION = 27;
export const EV_DUP_ATTR = 28;
export const EV_UNBOUND_PREFIX = 29;
export const EV_NS_SEPARATOR = 30;
export const EV_NS_SPACE = 31;
export const EV_NS_REBIND = 32;
export const EV_MISMATCHED_TAG = 33;
export const EV_UNQUOTED_ATTR = 34;
export const EV_LT_IN_ATTR = 35;
export const EV_BAD_NAME = 36;
export const EV_BAD_SYNTAX = 37;
export const EV_SECOND_ROOT = 38;
export const EV_TEXT_OUTSIDE_ROOT = 39;
export const EV_CDATA_END_IN_TEXT = 40;
export const EV_DEPTH_32 = 41;
export const EV_DEPTH_64 = 42;
export const EV_DEPTH_128 = 43;
export const EV_DEPTH_1024 = 44;
export const EV_STANZA_64K = 45;
export const EV_STANZA_256K = 46;
export const EV_STANZA_512K = 47;
export const EV_STANZA_1M = 48;
export const EV_ATTR_COUNT = 49;
export const EV_ATTR_SIZE = 50;
export const EV_NAME_SIZE = 51;
export const EV_XMLNS_COUNT = 52;
export const EV_WS_IN_TAG = 53;
export const EV_WS_BETWEEN = 54;
export const EV_TAPE_FULL = 55;
export const EV_RESYNC = 56;
export const EV_TEXT_BETWEEN = 57;

// Interned ids the grammar itself needs: setWellKnown(which, id).
export const W_NS_STREAMS = 0;
export const W_NS_XML = 1;
export const W_NS_XMLNS = 2;
export const W_NS_CLIENT = 3;
export const W_NS_SERVER = 4;
export const W_NS_ACCEPT = 5;
export const W_NS_CONNECT = 6;
export const W_NS_DIALBACK = 7;
export const W_STREAM = 8;
export const W_MESSAGE = 9;
export const W_PRESENCE = 10;
export const W_IQ = 11;
export const W_OPEN = 12;
export const W_BODY = 13;
export const W_NS_FRAMING = 14;
export const W_NS_HTTPBIND = 15;
export const W_COUNT = 16;
