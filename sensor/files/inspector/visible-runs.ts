/**
 * Characters that stand in bytes nobody can open: runs of ASCII, which is the same in nearly every code, and of the same
 * in UTF-16. Runs shorter than the numbers and keys that matter are chance: of random bytes one in 400 is in a run.
 */
const RUN_MIN = 8;
const LINE_END = 0x0a;
/** Of four bytes. */
const NOT_ASCII = 0x80808080;
/** 1 for each byte that is a sign one can see, a blank or the end of a line. */
const VISIBLE = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number((byte >= 0x20 && byte < 0x7f) || [0x09, LINE_END, 0x0d].includes(byte)),
);

/** A run a line, those of UTF-16 last; at most `limit` bytes. */
export function visibleRuns(bytes: Uint8Array, limit: number): Uint8Array {
  // A run takes its own length and a line end, whether it is of one byte a character or of two.
  const lines = new Lines(Math.min(limit, 2 * bytes.length));
  narrowRuns(bytes, lines);
  wideRuns(bytes, lines);
  return lines.text;
}

/** Four bytes at a time: in a run there are four that lie together so, and in most of what is no run none does. */
function narrowRuns(bytes: Uint8Array, lines: Lines): void {
  const { buffer, byteOffset, length } = bytes;
  if (length < RUN_MIN) return;
  const skew = -byteOffset & 3;
  const words = new Uint32Array(buffer, byteOffset + skew, (length - skew) >> 2);
  let from = 0;
  for (let word = 0; word < words.length && !lines.isFull; word++) {
    if (((words[word] as number) & NOT_ASCII) !== 0) continue;
    const at = skew + 4 * word;
    let end = at;
    while (end < length && VISIBLE[bytes[end] as number] === 1) end++;
    if (end < at + 4) continue;
    let start = at;
    while (start > from && VISIBLE[bytes[start - 1] as number] === 1) start--;
    if (end - start >= RUN_MIN) lines.add(bytes, start, end, 1);
    from = end;
    word = (end - skew) >> 2;
  }
}

/** Characters with a zero between any two, in either order of bytes. */
function wideRuns(bytes: Uint8Array, lines: Lines): void {
  let zero = bytes.indexOf(0, 1);
  while (zero !== -1 && !lines.isFull) {
    let end = zero - 1;
    if (isVisible(bytes[end])) {
      end++;
      while (bytes[end] === 0 && isVisible(bytes[end + 1])) end += 2;
      if (end - zero >= 2 * (RUN_MIN - 1)) lines.add(bytes, zero - 1, end, 2);
    }
    end = Math.max(end, zero + 1);
    while (bytes[end] === 0 && !isVisible(bytes[end - 1])) end++;
    zero = bytes.indexOf(0, end);
  }
}

function isVisible(byte: number | undefined): boolean {
  return byte !== undefined && VISIBLE[byte] === 1;
}

class Lines {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(limit: number) {
    this.#bytes = new Uint8Array(limit);
  }

  get isFull(): boolean {
    return this.#length === this.#bytes.length;
  }

  get text(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Every `step`th byte from `from` on. */
  add(bytes: Uint8Array, from: number, end: number, step: 1 | 2): void {
    const out = this.#bytes;
    for (let at = from; at < end && this.#length < out.length; at += step)
      out[this.#length++] = bytes[at] as number;
    if (this.#length < out.length) out[this.#length++] = LINE_END;
  }
}
