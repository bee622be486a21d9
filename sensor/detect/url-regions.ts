/**
 * The buffer xmpp.url of a stanza: every link of its human text in normal form (rules/url.ts),
 * twice when its host is not ASCII. Filled only from texts in which libhs saw a sign of a link.
 */
import type { NormalUrl } from '../rules/index.ts';
import { URL_BUFFER } from './plan.ts';
import { UrlMemory, findUrls } from './url-finder.ts';

const REGION_WORDS = 3;
const MEMORY_BYTES = 256 * 1024;
/** Characters of candidates one stanza may cost. */
const MAX_CHARS = 512 * 1024;
const REMEMBERED = 4096;

const encoder = new TextEncoder();

export class UrlRegions {
  readonly memory = new Uint8Array(MEMORY_BYTES);
  readonly regions: Uint32Array;
  count = 0;
  /** Links were left out. */
  isCapped = false;
  readonly #capacity: number;
  readonly #known = new UrlMemory(REMEMBERED);
  readonly #seen = new Set<string>();
  #used = 0;
  #chars = 0;
  readonly #take = (_candidate: string, normal: NormalUrl): boolean =>
    this.#add(normal.url) && (normal.unicodeUrl === normal.url || this.#add(normal.unicodeUrl));

  /** Keep at most `capacity` links a stanza. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.regions = new Uint32Array(capacity * REGION_WORDS);
  }

  reset(): void {
    if (this.#chars === 0) return;
    this.count = 0;
    this.isCapped = false;
    this.#used = 0;
    this.#chars = 0;
    this.#seen.clear();
  }

  /** Add the links of one text, UTF-8. */
  addText(memory: Uint8Array, offset: number, length: number): void {
    const left = MAX_CHARS - this.#chars;
    this.#chars += 1 + findUrls(memory, offset, length, left, this.#known, this.#take);
    if (this.#chars > MAX_CHARS) this.isCapped = true;
  }

  #add(url: string): boolean {
    if (this.#seen.has(url)) return true;
    const room = this.memory.subarray(this.#used);
    const { read, written } = encoder.encodeInto(url, room);
    if (this.count >= this.#capacity || read < url.length) {
      this.isCapped = true;
      return false;
    }
    this.#seen.add(url);
    const at = this.count * REGION_WORDS;
    this.regions[at] = URL_BUFFER;
    this.regions[at + 1] = this.#used;
    this.regions[at + 2] = written;
    this.count++;
    this.#used += written;
    return true;
  }
}
