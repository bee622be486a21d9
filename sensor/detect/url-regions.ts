/**
 * The buffer xmpp.url of a stanza: every link of its human text in normal form (rules/url.ts),
 * twice when its host is not ASCII. Filled only from texts in which libhs saw a sign of a link.
 */
import { MAX_URL_CHARS, type NormalUrl } from '../rules/index.ts';
import { URL_BUFFER } from './plan.ts';
import { UrlFinder } from './url-finder.ts';

const REGION_WORDS = 3;
const MEMORY_BYTES = 256 * 1024;
/** Behind the memory: a link is written before it is known whether it is kept. Punycode may be longer. */
const SLACK_BYTES = 8 * MAX_URL_CHARS;
/** Characters of candidates one stanza may cost. */
const MAX_CHARS = 512 * 1024;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;

const encoder = new TextEncoder();

export class UrlRegions {
  readonly memory = new Uint8Array(MEMORY_BYTES + SLACK_BYTES);
  readonly regions: Uint32Array;
  count = 0;
  /** Links were left out. */
  isCapped = false;
  readonly #capacity: number;
  readonly #finder: UrlFinder;
  #used = 0;
  #chars = 0;

  /** Keep at most `capacity` links a stanza. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.regions = new Uint32Array(capacity * REGION_WORDS);
    this.#finder = new UrlFinder(
      ({ url, unicodeUrl }: NormalUrl) =>
        this.#addText(url) && (unicodeUrl === url || this.#addText(unicodeUrl)),
      (memory, start, end, hostEnd) => this.#addBytes(memory, start, end, hostEnd),
    );
  }

  reset(): void {
    if (this.#chars === 0) return;
    this.count = 0;
    this.isCapped = false;
    this.#used = 0;
    this.#chars = 0;
  }

  /** Add the links of one text, UTF-8. */
  addText(memory: Uint8Array, offset: number, length: number): void {
    const left = MAX_CHARS - this.#chars;
    this.#chars += 1 + this.#finder.find(memory, offset, length, left);
    if (this.#chars > MAX_CHARS) this.isCapped = true;
  }

  #addText(url: string): boolean {
    const { read, written } = encoder.encodeInto(url, this.memory.subarray(this.#used));
    return this.#keep(read < url.length ? Infinity : written);
  }

  /** A plain link: lower case up to the end of its host, slashes behind it. */
  #addBytes(memory: Uint8Array, start: number, end: number, hostEnd: number): boolean {
    const to = this.memory;
    let used = this.#used;
    for (let at = start; at < hostEnd; at++) {
      const byte = memory[at] as number;
      to[used++] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    }
    for (let at = hostEnd; at < end; at++) {
      const byte = memory[at] as number;
      to[used++] = byte === BACKSLASH ? SLASH : byte;
    }
    return this.#keep(used - this.#used);
  }

  /** Keeps the link of `length` bytes that stands behind the last, when it is new and there is room. */
  #keep(length: number): boolean {
    if (this.#isKnown(length)) return true;
    if (this.count >= this.#capacity || this.#used + length > MEMORY_BYTES) {
      this.isCapped = true;
      return false;
    }
    const at = this.count * REGION_WORDS;
    this.regions[at] = URL_BUFFER;
    this.regions[at + 1] = this.#used;
    this.regions[at + 2] = length;
    this.count++;
    this.#used += length;
    return true;
  }

  #isKnown(length: number): boolean {
    for (let i = 0; i < this.count; i++) {
      const at = i * REGION_WORDS;
      if (this.regions[at + 2] !== length) continue;
      if (isEqual(this.memory, this.regions[at + 1] as number, this.#used, length)) return true;
    }
    return false;
  }
}

function isEqual(memory: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (memory[a + i] !== memory[b + i]) return false;
  return true;
}
