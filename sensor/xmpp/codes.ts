/**
 * Numbers that both sides of the stanza reader use. The AssemblyScript compiler reads this file too, so
 * it holds plain integer constants and nothing else.
 */

// Words of the facts block: what was found in the element at hand. Tokens are -1 when there is none.
export const F_REGIONS = 0;
/** Something did not fit. */
export const F_CAPPED = 1;
/** Next free byte of the space for joined text. */
export const F_TOP = 2;
// Unprefixed attributes of the element itself.
export const F_FROM = 3;
export const F_TO = 4;
export const F_ID = 5;
export const F_TYPE = 6;
/** TYPE_ */
export const F_TYPE_IS = 7;
/** ASK_ bits: addresses the host has to look at. */
export const F_ASK = 8;
/** The first stanza nested outside known wrappers; the first stream, SASL or TLS element. */
export const F_NESTED = 9;
export const F_STREAM_NESTED = 10;
/** `jid` attributes the host has to look at, and their tokens. */
export const F_JIDS = 11;
export const F_JID = 12;
export const MAX_JIDS = 64;
/** Some text is not ASCII: the host folds. */
export const F_FOLD = 76;
/** First direct child of each kind, from here on by CHILD_. */
export const F_CHILD = 77;

// Kinds of direct children that mean something to the session.
export const CHILD_NONE = 0;
export const CHILD_ERROR = 1;
/** XEP-0203 and its ancestor. */
export const CHILD_DELAY = 2;
/** XEP-0280 */
export const CHILD_CARBON = 3;
/** XEP-0313 */
export const CHILD_ARCHIVED = 4;
/** XEP-0115 */
export const CHILD_CAPS = 5;
/** XEP-0045 */
export const CHILD_MUC_JOIN = 6;
export const CHILD_MUC_USER = 7;
/** XEP-0033 */
export const CHILD_ADDRESSES = 8;
export const CHILDREN = 9;

// The answer of the last look at a JID.
export const F_JID_FAULT = 86;
export const F_JID_BARE = 87;
export const F_JID_DOMAIN = 88;
export const F_JID_DOMAIN_LENGTH = 89;
export const F_JID_RESOURCE = 90;
export const F_JID_RESOURCE_LENGTH = 91;
/** Some byte is above 0x7f; some letter of the domain is upper case. */
export const F_JID_NON_ASCII = 92;
export const F_JID_UPPER = 93;

// Sender and addressee, A_ words each; a domain of length 0: not known.
export const F_FROM_ADDRESS = 94;
export const F_TO_ADDRESS = 98;
export const A_AT = 0;
/** Length of the bare JID. */
export const A_BARE = 1;
/** The domain in canonical form: where it is, and its length. */
export const A_DOMAIN = 2;
export const A_DOMAIN_LENGTH = 3;

/** Hashes of files that were announced, and of each HASH_WORDS: token of the element or attribute, place and length. */
export const F_HASHES = 102;
export const F_HASH = 103;
export const HASH_WORDS = 3;
export const MAX_HASHES = 256;

// Keys of an address or text (assembly/keys.ts): two words each, then the flags.
export const F_KEYS = 871;
export const K_BARE = 0;
export const K_DOMAIN = 2;
export const K_FULL = 4;
export const K_FLAGS = 6;
export const K_HAS_LOCAL = 1;
export const K_HAS_RESOURCE = 2;
/** Some byte before the resource is above 0x7f. */
export const K_NON_ASCII = 4;
export const KEY_WORDS = 7;
export const FACTS = 878;

export const TYPE_OTHER = 0;
export const TYPE_GROUPCHAT = 1;
export const TYPE_ERROR = 2;

export const RELATION_SELF = 0;
export const RELATION_LOCAL = 1;
export const RELATION_FOREIGN = 2;

/** Malformed, or its domain is not in canonical form. */
export const ASK_FROM = 1;
export const ASK_TO = 2;

// Buffers that are filled here; the host says which id each has, -1 when nobody reads it.
export const B_STANZA = 0;
export const B_STREAM_HEADER = 1;
export const B_KIND = 2;
export const B_TYPE = 3;
export const B_ID = 4;
export const B_FROM = 5;
export const B_TO = 6;
export const B_FROM_DOMAIN = 7;
export const B_TO_DOMAIN = 8;
export const B_RESOURCE = 9;
export const B_BODY = 10;
export const B_SUBJECT = 11;
export const B_STATUS = 12;
export const B_NICK = 13;
export const B_FILE_NAME = 14;
export const B_TEXT = 15;
export const B_TEXT_FOLDED = 16;
export const B_NS = 17;
export const B_PATH = 18;
export const B_ADDRESS = 19;
/** Any buffer of hashes: what is wanted decides whether they are noted. */
export const B_HASH = 20;
export const B_ATTR = 21;
export const B_COUNT = 22;

// Tables the host fills: tableAddress(which).
/** i32 for each buffer above. */
export const T_BUFFERS = 0;
/** u8 for each namespace: NS_ bits. */
export const T_NAMESPACES = 1;
/** u8 for each local name: NAME_ bits. */
export const T_NAMES = 2;
/** u8 for each (namespace, name): POLICY_, and FILE_ATTRIBUTE. */
export const T_POLICIES = 3;
/** u8 for each (namespace, name): CHILD_. */
export const T_CHILDREN = 4;
/** Triples (namespace, element, attribute) of ids: attributes that hold a file name; zeros end it. */
export const T_FILE_ATTRIBUTES = 5;
export const FILE_ATTRIBUTES = 8;
/** i32 for each W_ name id. */
export const T_WELL_KNOWN = 6;
/** What xmpp.kind says of a nonza and of a stream header, 8 bytes each. */
export const T_KIND_WORDS = 7;
/** The words of xmpp.relation, 8 bytes each. */
export const T_RELATION_WORDS = 8;
// Tables the host reads.
export const T_FACTS = 9;
export const T_REGIONS = 10;
/** u8 for each region: it has bytes above 0x7f. */
export const T_NON_ASCII = 11;
export const TABLES = 12;

export const W_FROM = 0;
export const W_TO = 1;
export const W_ID = 2;
export const W_TYPE = 3;
export const W_HASH = 4;
export const W_COUNT = 5;

/** Stanzas are named in it; a stream, SASL or TLS element; it carries whole stanzas by design. */
export const NS_CONTENT = 1;
export const NS_STREAM = 2;
export const NS_WRAPPER = 4;

/** As an attribute: people read or click its value; it is a nickname; it is an address. */
export const NAME_TEXT = 1;
export const NAME_NICK = 2;
export const NAME_JID = 4;
/** It names somebody or some machine. */
export const NAME_ADDRESS = 128;
export const NAME_ATTRIBUTE = 135;
/** As an element of XHTML: it ends a line. */
export const NAME_LINE = 8;
export const NAME_MESSAGE = 16;
export const NAME_PRESENCE = 32;
export const NAME_IQ = 64;
export const NAME_STANZA = 112;

// What becomes of the text inside an element (text-policy.ts).
export const POLICY_TEXT = 0;
export const POLICY_SKIP = 1;
export const POLICY_BODY = 2;
export const POLICY_SUBJECT = 3;
export const POLICY_STATUS = 4;
export const POLICY_NICK = 5;
export const POLICY_FILE_NAME = 6;
export const POLICY_XHTML = 7;
export const POLICY_OOB_URL = 8;
export const POLICY_HASH = 9;
export const POLICY_MASK = 15;
/** Some attribute of the element holds a file name. */
export const FILE_ATTRIBUTE = 128;

// Why a JID is malformed (RFC 7622); 0 is "it is not".
export const JID_NONE = 0;
export const JID_EMPTY = 1;
export const JID_TOO_LONG = 2;
export const JID_CONTROL = 3;
export const JID_BIDI = 4;
export const JID_SEVERAL_AT = 5;
export const JID_BAD_LOCAL = 6;
export const JID_BAD_DOMAIN = 7;
export const JID_NOT_NORMAL = 8;

// Kinds of elements, as in types.ts.
export const STANZA_IQ = 2;
export const STANZA_HEADER = 4;
