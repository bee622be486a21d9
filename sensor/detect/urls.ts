/**
 * Links in human text, for the buffer xmpp.url. Every link becomes a region in its normal form
 * (rules/url.ts), twice when its host is not ASCII. Runs only on texts in which libhs saw
 * something like one; plain loops, because an attacker wrote the text.
 */
import { MAX_URL_CHARS, isInvisible, normalizeUrl } from '../rules/index.ts';
import { URL_BUFFER } from './plan.ts';

const REGION_WORDS = 3;
const MEMORY_BYTES = 256 * 1024;
/** Candidates looked at for each link that is kept, before it is called enough. */
const TRIES_PER_LINK = 8;

const encoder = new TextEncoder();

export class UrlRegions {
  readonly memory = new Uint8Array(MEMORY_BYTES);
  readonly regions: Uint32Array;
  count = 0;
  /** Links were left out. */
  isCapped = false;
  readonly #capacity: number;
  readonly #seen = new Set<string>();
  #used = 0;
  #tries = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.regions = new Uint32Array(capacity * REGION_WORDS);
  }

  reset(): void {
    this.count = 0;
    this.isCapped = false;
    this.#used = 0;
    this.#tries = 0;
    this.#seen.clear();
  }

  /** Add the links of one text, UTF-8. */
  addText(memory: Uint8Array, offset: number, length: number): void {
    const text = Buffer.from(memory.buffer, memory.byteOffset + offset, length).toString('utf8');
    findUrls(text, (candidate) => this.#addCandidate(candidate));
  }

  /** False when no more are taken. */
  #addCandidate(candidate: string): boolean {
    if (this.#tries++ >= this.#capacity * TRIES_PER_LINK) {
      this.isCapped = true;
      return false;
    }
    if (this.#seen.has(candidate)) return true;
    this.#seen.add(candidate);
    const normal = normalizeUrl(candidate);
    if (normal === undefined) return true;
    return this.#addRegion(normal.url) && this.#addRegion(normal.unicodeUrl);
  }

  #addRegion(url: string): boolean {
    const key = `=${url}`;
    if (this.#seen.has(key)) return true;
    const room = this.memory.subarray(this.#used);
    const { read, written } = encoder.encodeInto(url, room);
    if (this.count >= this.#capacity || read < url.length) {
      this.isCapped = true;
      return false;
    }
    this.#seen.add(key);
    const at = this.count * REGION_WORDS;
    this.regions[at] = URL_BUFFER;
    this.regions[at + 1] = this.#used;
    this.regions[at + 2] = written;
    this.count++;
    this.#used += written;
    return true;
  }
}

/** Characters no link holds: white space, controls, quotes, angle brackets. */
function isDelimiter(code: number): boolean {
  if (code <= 0x20 || code === 0x22 || code === 0x27 || code === 0x60) return true;
  if (code === 0x3c || code === 0x3e || code === 0x7c || code === 0x7f) return true;
  if (code < 0xa0) return false;
  return (
    code === 0xa0 ||
    code === 0xab ||
    code === 0xbb ||
    code === 0x3000 ||
    (code >= 0x2000 && code <= 0x200a) ||
    (code >= 0x2018 && code <= 0x201f) ||
    code === 0x2028 ||
    code === 0x2029
  );
}

/** Call `take` with everything that may be a link; stops when it returns false. */
export function findUrls(text: string, take: (candidate: string) => boolean): void {
  let at = 0;
  while (at < text.length) {
    while (at < text.length && isDelimiter(text.charCodeAt(at))) at++;
    const start = at;
    while (at < text.length && !isDelimiter(text.charCodeAt(at))) at++;
    if (at - start > 2 && !fromToken(text.slice(start, at), take)) return;
  }
}

/** One word of the text. */
function fromToken(token: string, take: (candidate: string) => boolean): boolean {
  let schemeEnd = findSchemeEnd(token, 0);
  if (schemeEnd < 0) return fromBareToken(token, take);
  // Each :// starts a link of its own: one may be the query of another.
  while (schemeEnd >= 0) {
    const start = schemeStart(token, schemeEnd);
    const next = findSchemeEnd(token, schemeEnd + 1);
    if (start < schemeEnd) {
      const candidate = token.slice(start, start + MAX_URL_CHARS);
      if (!take(trimEnd(candidate))) return false;
    }
    schemeEnd = next;
  }
  return true;
}

/** Position of the next `://` or `[://]`, or -1. */
function findSchemeEnd(token: string, from: number): number {
  const plain = token.indexOf('://', from);
  return plain > 0 && token[plain - 1] === '[' ? plain - 1 : plain;
}

/** Back over the letters of the scheme that ends at `end`; invisible characters may be among them. */
function schemeStart(token: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < 24) {
    const code = token.charCodeAt(start - 1);
    const isLetter = ((code | 32) >= 97 && (code | 32) <= 122) || (code >= 48 && code <= 57);
    if (!isLetter && code !== 42 && !isInvisible(code)) break;
    start--;
  }
  return start;
}

/** Marks that end a sentence or close a bracket, not a link. */
function trimEnd(candidate: string): string {
  let end = candidate.length;
  while (end > 0) {
    const char = candidate[end - 1] as string;
    const isClosing =
      (char === ')' && !candidate.includes('(')) ||
      (char === ']' && !candidate.includes('[')) ||
      (char === '}' && !candidate.includes('{'));
    if (!isClosing && !'.,;:!?*_~'.includes(char)) break;
    end--;
  }
  return candidate.slice(0, end);
}

/** A word without a scheme: host names with a dot, which may stand beside other marks. */
function fromBareToken(token: string, take: (candidate: string) => boolean): boolean {
  // Longer words are no host names; base64 and the like end here.
  if (token.length > MAX_URL_CHARS || !hasDot(token)) return true;
  const slash = token.indexOf('/');
  const head = slash < 0 ? token : token.slice(0, slash);
  // user@host is a mail address or a JID, not a link.
  if (head.includes('@') || slash === 0) return true;
  let start = 0;
  for (let i = 0; i < head.length; i++) {
    const char = head[i] as string;
    if (',;=*!&~'.includes(char)) {
      if (!takeBare(head.slice(start, i), take)) return false;
      start = i + 1;
    } else if (char === ':' && !isDigit(head.charCodeAt(i + 1)) && head[i + 1] !== ']') {
      start = i + 1;
    } else if ('([{'.includes(char) && i === start) start = i + 1;
  }
  return takeBare(trimEnd(token.slice(start)), take);
}

function hasDot(token: string): boolean {
  return (
    token.includes('.') ||
    token.includes('\u3002') ||
    token.includes('\uff0e') ||
    token.includes('\uff61') ||
    token.toLowerCase().includes('dot')
  );
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** A host name must end like one: letters, or four numbers. */
function takeBare(candidate: string, take: (candidate: string) => boolean): boolean {
  const normal = candidate.length < 4 ? undefined : normalizeUrl(candidate);
  if (normal === undefined) return true;
  const { host } = normal;
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  const isAddress = labels.length === 4 && labels.every((label) => isDigit(label.charCodeAt(0)));
  const isName = last.length >= 2 && !isDigit(last.charCodeAt(0)) && !labels.includes('');
  // "3.14" reads as an address to the URL parser; only what was written as four numbers is one.
  if (isAddress ? candidate.startsWith(host) : isName) return take(candidate);
  return true;
}
