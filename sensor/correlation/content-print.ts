/**
 * SimHash of what a text says: the same advertisement with another name, number, tail of the link or order of
 * words gives the same 64 bits, or nearly so (Charikar 2002; threats.md spim-neardup). Words are the features.
 *
 * Before that the text is made plain: it comes folded (xmpp.text_folded), letters become small, digits 0, links
 * their host, words of letters and digits mixed (the random tails that spam programs add) one and the same word,
 * and the name behind a greeting goes. No secret goes in: the same text has the same print in every replay.
 */
import { foldText } from '../xmpp/index.ts';

const BITS = 32;
/** Counters are gathered four to a word, bit `i` in byte `i >> 3` of lane `i & 7`, so long as a byte holds them. */
const LANES = 8;
const LANE_MASK = 0x01010101;
const MOST_IN_LANE = 255;
const SPACE = 0x20;
const ZERO = 0x30;
const SLASH = 0x2f;
/** Letters and digits taking turns that often: nobody's word. */
const RANDOM_CHANGES = 2;
const RANDOM_BYTES = 5;
const GREETINGS = [
  ...['hi', 'hello', 'hey', 'dear', 'hallo', 'moin', 'hola', 'bonjour', 'salut', 'ciao', 'ola'],
  ...['привет', 'здравствуй', 'здравствуйте', 'приветствую', 'уважаемый', 'уважаемая', 'вітаю'],
];
/** Names behind a greeting: given name and surname. */
const NAMES = 2;
/** Words before a greeting. */
const GREETING_WITHIN = 2;

const KIND = { separator: 0, letter: 1, digit: 2 } as const;
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x30 && byte <= 0x39) return KIND.digit;
  const lower = byte | 0x20;
  return byte >= 0x80 || (lower >= 0x61 && lower <= 0x7a) ? KIND.letter : KIND.separator;
});

export class ContentPrint {
  /** The SimHash. */
  high = 0;
  low = 0;
  /** Words that counted. */
  words = 0;
  /** Characters (code points) of the text. */
  chars = 0;
  /** How many words have each bit set. */
  readonly #ones = new Int32Array(2 * BITS);
  readonly #lanes = new Int32Array(2 * LANES);
  #inLanes = 0;
  /** The word in hand. */
  #wordHigh = 0;
  #wordLow = 0;
  readonly #names = new Int32Array(2 * NAMES);
  #nameCount = 0;
  #isGreeted = false;
  #seen = 0;

  /** Of UTF-8 text in place. */
  read(memory: Uint8Array, offset: number, length: number): this {
    this.#begin();
    const end = offset + length;
    let at = offset;
    while (at < end) {
      const kind = kinds[memory[at] as number] as number;
      if (kind === KIND.separator) {
        this.chars++;
        this.#mark(memory[at] as number);
        at = this.#skipLink(memory, at, end);
        continue;
      }
      const symbol = symbolLength(memory, at);
      if (symbol > 0) {
        this.chars++;
        at += symbol;
        continue;
      }
      at = this.#word(memory, at, end);
    }
    this.#keepNames();
    this.#finish();
    return this;
  }

  #begin(): void {
    this.#ones.fill(0);
    this.#inLanes = 0;
    this.#lanes.fill(0);
    this.words = 0;
    this.chars = 0;
    this.#nameCount = 0;
    this.#isGreeted = false;
    this.#seen = 0;
  }

  /** Reads a word; where it ends. */
  #word(memory: Uint8Array, from: number, end: number): number {
    let high = 0x811c9dc5 | 0;
    let low = 0x3c6ef372;
    let changes = 0;
    let before = 0;
    let at = from;
    for (; at < end; at++) {
      let byte = memory[at] as number;
      const kind = kinds[byte] as number;
      if (kind === KIND.separator || symbolLength(memory, at) > 0) break;
      if ((byte & 0xc0) !== 0x80) this.chars++;
      if (before !== 0 && before !== kind) changes++;
      if (kind === KIND.digit) {
        // A number counts as one 0, however long it is.
        if (before === KIND.digit) continue;
        byte = ZERO;
      } else if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
      before = kind;
      high = Math.imul(high ^ byte, 0x01000193);
      low = Math.imul(((low << 7) | (low >>> 25)) ^ byte, 0x2c1b3c6d);
    }
    if (changes >= RANDOM_CHANGES && at - from >= RANDOM_BYTES) {
      high = ZERO;
      low = ZERO;
    }
    this.#wordHigh = mixed(high, low);
    this.#wordLow = mixed(low, high ^ 0x5bd1e995);
    this.#take();
    return at;
  }

  /** A separator at `at`: behind a scheme comes a host and, after that, what varies in links; where to go on. */
  #skipLink(memory: Uint8Array, at: number, end: number): number {
    if (memory[at] !== SLASH) return at + 1;
    const isScheme = at + 1 < end && memory[at + 1] === SLASH;
    if (isScheme) return at + 2;
    // "host.example/path": the path goes. "and/or" loses its second word: the same in every copy.
    let to = at + 1;
    while (to < end && (memory[to] as number) > SPACE) {
      if (((memory[to] as number) & 0xc0) !== 0x80) this.chars++;
      to++;
    }
    return to;
  }

  /** Punctuation ends the name behind a greeting; what stands between the two does not. */
  #mark(byte: number): void {
    if (this.#nameCount === 0 || byte === SPACE) return;
    this.#isGreeted = false;
    this.#nameCount = 0;
  }

  #take(): void {
    this.#seen++;
    if (this.#isGreeted) {
      if (this.#nameCount < NAMES) {
        this.#names[2 * this.#nameCount] = this.#wordHigh;
        this.#names[2 * this.#nameCount + 1] = this.#wordLow;
        this.#nameCount++;
        return;
      }
      // No name, a sentence.
      this.#keepNames();
    } else if (this.#seen <= GREETING_WITHIN && isGreeting(this.#wordHigh, this.#wordLow)) {
      this.#isGreeted = true;
    }
    this.#add(this.#wordHigh, this.#wordLow);
  }

  #keepNames(): void {
    for (let i = 0; i < this.#nameCount; i++) {
      this.#add(this.#names[2 * i] as number, this.#names[2 * i + 1] as number);
    }
    this.#nameCount = 0;
    this.#isGreeted = false;
  }

  #add(high: number, low: number): void {
    const lanes = this.#lanes;
    this.words++;
    for (let lane = 0; lane < LANES; lane++) {
      lanes[lane] = (lanes[lane] as number) + ((low >>> lane) & LANE_MASK);
      lanes[LANES + lane] = (lanes[LANES + lane] as number) + ((high >>> lane) & LANE_MASK);
    }
    if (++this.#inLanes === MOST_IN_LANE) this.#emptyLanes();
  }

  #emptyLanes(): void {
    const ones = this.#ones;
    for (let bit = 0; bit < 2 * BITS; bit++) {
      const lane = (bit >>> 5) * LANES + (bit & 7);
      const shift = bit & 24;
      ones[bit] = (ones[bit] as number) + (((this.#lanes[lane] as number) >>> shift) & 0xff);
    }
    this.#lanes.fill(0);
    this.#inLanes = 0;
  }

  #finish(): void {
    this.#emptyLanes();
    const half = this.words / 2;
    let high = 0;
    let low = 0;
    for (let bit = 0; bit < BITS; bit++) {
      if ((this.#ones[bit] as number) > half) low |= 1 << bit;
      if ((this.#ones[BITS + bit] as number) > half) high |= 1 << bit;
    }
    this.high = high;
    this.low = low;
  }

  /** Hash of the last word read; for the list of greetings. */
  get lastWord(): readonly [high: number, low: number] {
    return [this.#wordHigh, this.#wordLow];
  }
}

/** How many of the 64 bits differ. */
export function distance(high: number, low: number, otherHigh: number, otherLow: number): number {
  return bitCount(high ^ otherHigh) + bitCount(low ^ otherLow);
}

/** The print as 16 hex digits. */
export function printText(high: number, low: number): string {
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
}

function bitCount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Length of a pictograph or punctuation above ASCII (U+0080-00BF, 2000-2BFF, 3000-303F, 10000 on), 0 for others. */
function symbolLength(memory: Uint8Array, at: number): number {
  const lead = memory[at] as number;
  if (lead < 0xe2) return lead === 0xc2 ? 2 : 0;
  if (lead >= 0xf0) return 4;
  const second = memory[at + 1] as number;
  return (lead === 0xe2 && second < 0xb0) || (lead === 0xe3 && second === 0x80) ? 3 : 0;
}

function mixed(a: number, b: number): number {
  let h = a ^ Math.imul(b, 0x9e3779b1 | 0);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b | 0);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35 | 0);
  return h ^ (h >>> 16);
}

/** Pairs of words, one of each greeting. */
let greetings = new Int32Array(0);

function isGreeting(high: number, low: number): boolean {
  for (let i = 0; i < greetings.length; i += 2) {
    if (greetings[i] === high && greetings[i + 1] === low) return true;
  }
  return false;
}

greetings = Int32Array.from(
  GREETINGS.flatMap((greeting) => {
    const bytes = new TextEncoder().encode(foldText(greeting));
    return [...new ContentPrint().read(bytes, 0, bytes.length).lastWord];
  }),
);
