/**
 * xmpp.path: the shape of a stanza as text, one line per element in document order:
 *
 *     /message@from@to@type
 *     /message/x
 *     /message/x/invite@to
 *
 * Local names without prefixes; attributes in the order they came, namespace declarations left out.
 * A line equal to the one before it is not repeated, so a roster is a few lines. So a rule writes
 * `content:"/x/invite@to"`, or `content:"/message/body|0a|"` for a body without attributes.
 */
import { ATTR, END, NSDECL, PATH_DEPTH, START, TOKEN_BYTES, pathAt, pathEnd, pathStarts } from './layout';
import { copyBytes, sameBytes } from './regions';

const MAX_LINE_BYTES: i32 = 2048;

const SLASH: u8 = 0x2f;
const AT: u8 = 0x40;
const NEWLINE: u8 = 0x0a;

/** Writes the path text of the element on the tape. Returns its length; it stops where it does not fit. */
export function writePath(tape: usize, end: usize): i32 {
  let out = pathAt;
  let previous = out;
  let previousLength: i32 = 0;
  let depth: i32 = -1;
  for (let token = tape; token < end; token += TOKEN_BYTES) {
    const kind = load<i32>(token);
    if (kind == END) depth--;
    if (kind != START) continue;
    depth++;
    if (depth >= PATH_DEPTH) continue;
    const line = out;
    const level = pathStarts + depth * 8;
    const parent = depth == 0 ? 0 : load<i32>(level - 8, 4);
    const nameLength = load<i32>(token, 16);
    // Room for path, slash, name and line end; attributes are checked as they come.
    const needed = parent + nameLength + 2;
    if (needed > MAX_LINE_BYTES || <i32>(pathEnd - out) < needed) return <i32>(line - pathAt);
    if (depth > 0) {
      memory.copy(out, load<u32>(level - 8), parent);
      out += parent;
    }
    store<u8>(out++, SLASH);
    copyBytes(out, load<u32>(token, 12), nameLength);
    out += nameLength;
    store<u32>(level, <u32>line);
    store<i32>(level, <i32>(out - line), 4);
    for (let attr = token + TOKEN_BYTES; attr < end; attr += TOKEN_BYTES) {
      const what = load<i32>(attr);
      if (what == NSDECL) continue;
      if (what != ATTR) break;
      const length = load<i32>(attr, 16);
      if (<i32>(out - line) + length + 2 > MAX_LINE_BYTES || <i32>(pathEnd - out) < length + 2) break;
      store<u8>(out++, AT);
      copyBytes(out, load<u32>(attr, 12), length);
      out += length;
    }
    store<u8>(out++, NEWLINE);
    const length = <i32>(out - line);
    if (length == previousLength && sameBytes(previous, line, length)) {
      // The children of this element have the same path as those of the one before it.
      store<u32>(level, <u32>previous);
      out = line;
    } else {
      previous = line;
      previousLength = length;
    }
  }
  return <i32>(out - pathAt);
}
