/** Names with bytes that are not UTF-8: a copy with U+FFFD goes on the tape. */
import { Slot, decodedBytes, decodedOf } from './layout';
import { FULL_DECODED, fill } from './tape';
import { codePoint, decode, encode, fault, length } from './utf8';

export function repair(s: Slot, end: usize): void {
  const size = <i32>(end - s.name);
  if (s.dec + size * 3 > decodedOf(s) + decodedBytes) {
    fill(s, FULL_DECODED, end);
    return;
  }
  const from = s.name;
  const colon = s.colon;
  s.name = s.dec;
  let out = s.dec;
  let p = from;
  while (p < end) {
    if (p == colon) s.colon = out;
    const c = <u32>load<u8>(p);
    if (c < 0x80) {
      store<u8>(out++, <u8>c);
      p++;
      continue;
    }
    decode(p, end);
    // The name ended inside the sequence: the reader saw the byte behind it, this copy does not.
    const n = length ? length : <i32>(end - p);
    out += encode(fault || length == 0 ? 0xfffd : codePoint, out);
    p += n;
  }
  s.nameEnd = out;
  s.dec = out;
}
