/**
 * The links of one word of text, taken apart as a string: schemes, host names, and both in the disguises people use.
 * The way for words that are not plain (plain-link.ts); what it finds is the measure for both.
 */
import { MAX_URL_CHARS, isInvisible, normalizeUrl, type NormalUrl } from '../rules/index.ts';

const KNOWN_SCHEMES: readonly string[] = ['https', 'http', 'hxxps', 'hxxp', 'ftps', 'ftp'];
const MAX_SCHEME_CHARS = 24;
/** Normal forms that are remembered. */
const REMEMBERED = 4096;

/** Called with the normal form of each link; false ends the search. */
export type TakeUrl = (normal: NormalUrl) => boolean;

/** White space and quotes outside ASCII. */
function isWideDelimiter(code: number): boolean {
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

/** Takes one word after the other apart. */
export class WordReader {
  /** Characters of candidates looked at so far, and how many may be. */
  chars = 0;
  maxChars = 0;
  readonly #known = new UrlMemory(REMEMBERED);
  readonly #take: TakeUrl;

  constructor(take: TakeUrl) {
    this.#take = take;
  }

  /** False when the search is over. */
  read(word: string): boolean {
    let start = 0;
    for (let i = 0; i <= word.length; i++) {
      if (i < word.length && !isWideDelimiter(word.charCodeAt(i))) continue;
      if (i - start > 2 && !this.#token(word.slice(start, i))) return false;
      start = i + 1;
    }
    return true;
  }

  #token(token: string): boolean {
    let schemeEnd = findSchemeEnd(token, 0);
    if (schemeEnd < 0) return this.#bareToken(token);
    // Each :// starts a link of its own: one may be the query of another.
    while (schemeEnd >= 0) {
      const start = schemeStart(token, schemeEnd);
      if (start < schemeEnd && !this.#candidate(token.slice(start, start + MAX_URL_CHARS))) {
        return false;
      }
      schemeEnd = findSchemeEnd(token, schemeEnd + 1);
    }
    return true;
  }

  #candidate(text: string): boolean {
    this.chars += text.length;
    if (this.chars > this.maxChars) return false;
    const candidate = trimEnd(text);
    const normal = this.#known.normalize(candidate);
    return normal === undefined || this.#take(normal);
  }

  /** A word without a scheme: host names with a dot, which may stand beside other marks. */
  #bareToken(token: string): boolean {
    const slash = token.indexOf('/');
    const head = slash < 0 ? token : token.slice(0, slash);
    // user@host is a mail address or a JID, not a link. Longer words are no host names.
    if (slash === 0 || head.length > MAX_URL_CHARS || head.includes('@')) return true;
    let start = 0;
    for (let i = 0; i < head.length; i++) {
      const char = head[i] as string;
      if (',;=*!&~'.includes(char)) {
        if (!this.#bare(head.slice(start, i))) return false;
        start = i + 1;
      } else if (char === ':' && !isDigit(head.charCodeAt(i + 1)) && head[i + 1] !== ']') {
        start = i + 1;
      } else if ('([{'.includes(char) && i === start) start = i + 1;
    }
    return this.#bare(trimEnd(token.slice(start, start + MAX_URL_CHARS)));
  }

  /** A host name must end like one: letters, or four numbers. */
  #bare(candidate: string): boolean {
    this.chars += candidate.length;
    if (this.chars > this.maxChars) return false;
    const normal = candidate.length < 4 ? undefined : this.#known.normalize(candidate);
    if (normal === undefined) return true;
    const labels = normal.host.split('.');
    const last = labels.at(-1) ?? '';
    const isAddress = labels.length === 4 && labels.every((label) => isDigit(label.charCodeAt(0)));
    const isName = last.length >= 2 && !isDigit(last.charCodeAt(0)) && !labels.includes('');
    // "3.14" reads as an address to the URL parser; only what was written as four numbers is one.
    const isHost = isAddress ? candidate.startsWith(normal.host) : isName;
    return !isHost || this.#take(normal);
  }
}

/** Position of the next `://` or `[://]` from `from` on, or -1. Never before `from`: callers go on behind it. */
function findSchemeEnd(token: string, from: number): number {
  const plain = token.indexOf('://', from);
  return plain > from && token[plain - 1] === '[' ? plain - 1 : plain;
}

/** Start of the scheme that ends at `end`; invisible characters may be among its letters. */
function schemeStart(token: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < MAX_SCHEME_CHARS) {
    const code = token.charCodeAt(start - 1);
    const isLetter = ((code | 32) >= 97 && (code | 32) <= 122) || isDigit(code);
    if (!isLetter && code !== 42 && !isInvisible(code)) break;
    start--;
  }
  // "clickhttp://": the scheme is glued to a word.
  const letters = token.slice(start, end).toLowerCase();
  const known = KNOWN_SCHEMES.find((scheme) => letters.endsWith(scheme));
  return known === undefined ? start : end - known.length;
}

/** Without the marks that end a sentence or close a bracket around the link. */
function trimEnd(candidate: string): string {
  const closing =
    (candidate.includes('(') ? '' : ')') +
    (candidate.includes('[') ? '' : ']') +
    (candidate.includes('{') ? '' : '}');
  let end = candidate.length;
  while (end > 0 && `.,;:!?*_~${closing}`.includes(candidate[end - 1] as string)) end--;
  return candidate.slice(0, end);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Normal forms of the links seen last: the same ones come again and again. */
class UrlMemory {
  readonly #capacity: number;
  readonly #known = new Map<string, NormalUrl | undefined>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  normalize(candidate: string): NormalUrl | undefined {
    if (this.#known.has(candidate)) return this.#known.get(candidate);
    // Starting afresh now and then is as good as forgetting one by one, and simpler.
    if (this.#known.size >= this.#capacity) this.#known.clear();
    const normal = normalizeUrl(candidate);
    this.#known.set(candidate, normal);
    return normal;
  }
}
