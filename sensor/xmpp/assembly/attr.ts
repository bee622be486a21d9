/**
 * xmpp.attr: what the attributes of a stanza say, as text, one line each in document order:
 *
 *     /command@node=http://jabber.org/protocol/admin#add-user
 *     /command@action=execute
 *
 * Local names of element and attribute, values decoded; namespace declarations are left out, and so
 * are `from`, `to`, `id` and `type` of the stanza itself, which have buffers of their own. A line
 * end inside a value becomes a space. So a rule writes `content:"/command@node=http://jabber.org/"`, and
 * `xmpp.path` beside it where the place of the element matters.
 */
import { W_FROM, W_ID, W_TO, W_TYPE } from '../codes';
import {
  ATTR,
  NON_ASCII,
  START,
  TOKEN_BYTES,
  attrAt,
  attrEnd,
  wellKnownName,
} from './layout';
import { setCapped } from './regions';
import { isPlain } from './walk';

/** Longer names and values are cut: one attribute must not push all others out. */
const MAX_NAME_BYTES: i32 = 128;
const MAX_VALUE_BYTES: i32 = 1024;
/** A slash, an at sign, an equals sign and a line end. */
const PUNCTUATION: i32 = 4;

const SLASH: u8 = 0x2f;
const AT: u8 = 0x40;
const EQUALS: u8 = 0x3d;
const NEWLINE: u8 = 0x0a;

/** Some value written holds a byte above 0x7f. */
export let attrNonAscii: i32 = 0;

/** Writes the attributes of the element on the tape. Returns the length of the text. */
export function writeAttributes(tape: usize, end: usize): i32 {
  let out = attrAt;
  let element: usize = 0;
  let elementLength: i32 = 0;
  attrNonAscii = 0;
  for (let token = tape; token < end; token += TOKEN_BYTES) {
    const kind = load<i32>(token);
    if (kind == START) {
      element = token;
      elementLength = min(load<i32>(token, 16), MAX_NAME_BYTES);
    } else if (kind == ATTR) {
      if (element == tape && hasOwnBuffer(load<i32>(token, 4)) && isPlain(token)) continue;
      const nameLength = min(load<i32>(token, 16), MAX_NAME_BYTES);
      const valueLength = min(load<i32>(token, 24), MAX_VALUE_BYTES);
      if (<i32>(attrEnd - out) < elementLength + nameLength + valueLength + PUNCTUATION) {
        setCapped();
        break;
      }
      store<u8>(out++, SLASH);
      out = put(out, load<u32>(element, 12), elementLength);
      store<u8>(out++, AT);
      out = put(out, load<u32>(token, 12), nameLength);
      store<u8>(out++, EQUALS);
      out = put(out, load<u32>(token, 20), valueLength);
      store<u8>(out++, NEWLINE);
      attrNonAscii |= load<i32>(token, 28) & NON_ASCII;
    }
  }
  return <i32>(out - attrAt);
}

/** Copies text, its line ends as spaces. Stores may pass the end, where there is slack. */
@inline
function put(to: usize, from: usize, n: i32): usize {
  for (let i: i32 = 0; i < n; i += 16) {
    const v = v128.load(from + i);
    const newlines = i8x16.eq(v, i8x16.splat(0x0a));
    v128.store(to + i, v128.bitselect(i8x16.splat(0x20), v, newlines));
  }
  return to + n;
}

function hasOwnBuffer(name: i32): bool {
  return (
    name != 0 &&
    (name == wellKnownName(W_FROM) ||
      name == wellKnownName(W_TO) ||
      name == wellKnownName(W_ID) ||
      name == wellKnownName(W_TYPE))
  );
}
