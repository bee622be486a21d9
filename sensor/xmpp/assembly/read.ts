/** Reads one element: its attributes and addresses, then the walk, then what is made of the text. */
import { attrNonAscii, writeAttributes } from './attr';
import {
  ASK_FROM,
  ASK_TO,
  A_AT,
  A_BARE,
  A_DOMAIN,
  A_DOMAIN_LENGTH,
  B_ATTR,
  B_FROM,
  B_FROM_DOMAIN,
  B_ID,
  B_KIND,
  B_PATH,
  B_RESOURCE,
  B_STANZA,
  B_STREAM_HEADER,
  B_TEXT,
  B_TEXT_FOLDED,
  B_TO,
  B_TO_DOMAIN,
  B_TYPE,
  F_ASK,
  F_CAPPED,
  F_FOLD,
  F_FROM,
  F_FROM_ADDRESS,
  F_ID,
  F_REGIONS,
  F_TO,
  F_TO_ADDRESS,
  F_TOP,
  F_TYPE,
  F_TYPE_IS,
  STANZA_HEADER,
  STANZA_IQ,
  TYPE_ERROR,
  TYPE_GROUPCHAT,
  TYPE_OTHER,
  W_FROM,
  W_ID,
  W_TO,
  W_TYPE,
} from '../codes';
import {
  bareLength,
  domainLength,
  domainOffset,
  fault,
  nonAscii,
  resourceLength,
  resourceOffset,
  scanJid,
  upperDomain,
} from './jid';
import {
  ATTR,
  NON_ASCII,
  NSDECL,
  TOKEN_BYTES,
  attrAt,
  buffers,
  fact,
  kindWords,
  nonAsciiFlags,
  pathAt,
  regions,
  wellKnownName,
} from './layout';
import { writePath } from './path';
import { add, capped, count, isWanted, reset, top } from './regions';
import { isPlain, walk } from './walk';

const DOT: u8 = 0x2e;
const KEY_GROUPCHAT: u64 = 0x74616863_70756f72; // "roupchat", as in memory, behind the 'g'

let ask: i32 = 0;

/**
 * Reads the element on the tape of `tokens` tokens at `tape`; `raw` are its bytes, `kind` is STANZA_. The
 * answer stands in the facts and in the region table.
 */
export function read(
  tape: usize,
  tokens: i32,
  raw: usize,
  rawLength: i32,
  rawNonAscii: i32,
  kind: i32,
  hasText: i32,
): void {
  const end = tape + tokens * TOKEN_BYTES;
  const isStanza = kind <= STANZA_IQ;
  reset();
  ask = 0;
  add(kind == STANZA_HEADER ? B_STREAM_HEADER : B_STANZA, raw, rawLength, rawNonAscii);
  if (isStanza) add(B_KIND, load<u32>(tape, 12), load<i32>(tape, 16), 0);
  else if (kind == STANZA_HEADER) add(B_KIND, kindWords + 8, 6, 0);
  else add(B_KIND, kindWords, 5, 0);
  readAttributes(tape, end);
  walk(tape, end, hasText != 0, isStanza);
  fact(F_FOLD, 0);
  if (isWanted(B_TEXT_FOLDED)) foldAscii();
  if (isWanted(B_PATH)) add(B_PATH, pathAt, writePath(tape, end), 0);
  if (isWanted(B_ATTR)) {
    const n = writeAttributes(tape, end);
    add(B_ATTR, attrAt, n, attrNonAscii);
  }
  fact(F_ASK, ask);
  fact(F_REGIONS, count);
  fact(F_CAPPED, <i32>capped);
  fact(F_TOP, <i32>top);
}

/** The attributes every stanza may have; of a repeated one the first counts. */
function readAttributes(tape: usize, end: usize): void {
  let from: usize = 0;
  let to: usize = 0;
  let id: usize = 0;
  let type: usize = 0;
  const nameFrom = wellKnownName(W_FROM);
  const nameTo = wellKnownName(W_TO);
  const nameId = wellKnownName(W_ID);
  const nameType = wellKnownName(W_TYPE);
  for (let token = tape + TOKEN_BYTES; token < end; token += TOKEN_BYTES) {
    const kind = load<i32>(token);
    if (kind == NSDECL) continue;
    if (kind != ATTR) break;
    const name = load<i32>(token, 4);
    if (name == 0 || !isPlain(token)) continue;
    if (name == nameFrom) from = from ? from : token;
    else if (name == nameTo) to = to ? to : token;
    else if (name == nameId) id = id ? id : token;
    else if (name == nameType) type = type ? type : token;
  }
  factToken(F_FROM, tape, from);
  factToken(F_TO, tape, to);
  factToken(F_ID, tape, id);
  factToken(F_TYPE, tape, type);
  if (type) addValue(B_TYPE, type);
  if (id) addValue(B_ID, id);
  fact(F_FROM_ADDRESS + A_DOMAIN_LENGTH, 0);
  fact(F_TO_ADDRESS + A_DOMAIN_LENGTH, 0);
  if (to) readAddress(to, B_TO, B_TO_DOMAIN, ASK_TO, F_TO_ADDRESS);
  if (from) {
    readAddress(from, B_FROM, B_FROM_DOMAIN, ASK_FROM, F_FROM_ADDRESS);
    if (resourceOffset >= 0) {
      add(B_RESOURCE, load<u32>(from, 20) + resourceOffset, resourceLength, nonAscii);
    }
  }
  fact(F_TYPE_IS, type ? typeOf(load<u32>(type, 20), load<i32>(type, 24)) : TYPE_OTHER);
}

function factToken(which: i32, tape: usize, token: usize): void {
  fact(which, token ? <i32>((token - tape) / TOKEN_BYTES) : -1);
}

function addValue(buffer: i32, token: usize): void {
  add(buffer, load<u32>(token, 20), load<i32>(token, 24), load<i32>(token, 28) & NON_ASCII);
}

function typeOf(p: usize, n: i32): i32 {
  // 'groupchat' and 'error'
  if (n == 9 && load<u8>(p) == 0x67 && load<u64>(p, 1) == KEY_GROUPCHAT) return TYPE_GROUPCHAT;
  if (n == 5 && load<u32>(p) == 0x6f727265 && load<u8>(p, 4) == 0x72) return TYPE_ERROR;
  return TYPE_OTHER;
}

/** An address and its domain in canonical form, when that takes no more than cutting it out. */
function readAddress(
  token: usize,
  buffer: i32,
  domainBuffer: i32,
  bit: i32,
  address: i32,
): void {
  const p = <usize>load<u32>(token, 20);
  const n = load<i32>(token, 24);
  scanJid(p, n);
  add(buffer, p, n, nonAscii);
  if (fault | nonAscii | upperDomain) ask |= bit;
  if (nonAscii | upperDomain) return;
  const domain = p + domainOffset;
  const hasDot = domainLength > 1 && load<u8>(domain + domainLength - 1) == DOT;
  const length = domainLength - <i32>hasDot;
  add(domainBuffer, domain, length, 0);
  fact(address + A_AT, <i32>p);
  fact(address + A_BARE, bareLength);
  fact(address + A_DOMAIN, <i32>domain);
  fact(address + A_DOMAIN_LENGTH, length);
}

/** xmpp.text_folded: text in ASCII is its own folded text; when some is not, the host folds all of it. */
function foldAscii(): void {
  const id = load<i32>(buffers + B_TEXT * 4);
  const n = count;
  for (let i: i32 = 0; i < n; i++) {
    if (load<i32>(regions + i * 12) == id && load<u8>(nonAsciiFlags + i)) {
      fact(F_FOLD, 1);
      return;
    }
  }
  for (let i: i32 = 0; i < n; i++) {
    const at = regions + i * 12;
    if (load<i32>(at) == id) add(B_TEXT_FOLDED, load<u32>(at, 4), load<i32>(at, 8), 0);
  }
}
