/**
 * Which text of a raw XML stream may be shown. A stream rule looks at bytes nobody has decoded yet:
 * a login, or half a stanza whose secrets no rule has seen. So what is shown must be known to be
 * harmless, and all else is hidden:
 * - text of elements that carry credentials, and of all inside them, closed or not;
 * - text of what is not complete yet, or began out of sight: the rules that mark secrets have not
 *   judged it, or the name of its element is not known;
 * - everything, when the text is not written in bytes of ASCII (UTF-16).
 *
 * A reader for masking, not for detection: it takes one window, never fails, and when markup is odd
 * it hides more.
 */

/** A stretch that must not be shown: [start, end). */
export interface HiddenText {
  readonly start: number;
  readonly end: number;
  /** A login or the like: also what a rule's own content matched there is hidden. */
  readonly isCredential: boolean;
}

/** SASL, SASL2, XEP-0077, XEP-0078, XEP-0114, invitations and bookmarks: by local name. */
const CREDENTIAL_ELEMENTS: ReadonlySet<string> = new Set([
  'auth',
  'authenticate',
  'initial-response',
  'response',
  'challenge',
  'success',
  'additional-data',
  'continue',
  'handshake',
  'password',
  'passwd',
  'digest',
  'secret',
  'token',
]);
const CREDENTIAL_NAMESPACE = /jabber:iq:(?:auth|register)\b/;
/** Attributes of such elements that say how, not what. */
const PLAIN_ATTRIBUTES = /^(?:xmlns(?::.*)?|mechanism|type|id|to|from|version|xml:lang)$/;
const ATTRIBUTE = /([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/dg;

/** The root: open as long as the stream is. */
const ROOT = 'stream';
const MAX_DEPTH = 1024;

interface OpenElement {
  readonly name: string;
  readonly isCredential: boolean;
}

/** Hidden stretches of `bytes`, ascending. `isStart`: they begin where the stream begins. */
export function hiddenText(bytes: Uint8Array, isStart: boolean): HiddenText[] {
  if (bytes.includes(0)) return [{ start: 0, end: bytes.length, isCredential: true }];
  return new MarkupReader(Buffer.from(bytes).toString('latin1'), isStart).read();
}

class MarkupReader {
  /** One character for each byte. */
  readonly #text: string;
  readonly #hidden: HiddenText[] = [];
  readonly #open: OpenElement[] = [];
  /** Texts of the outermost element that is still open. */
  #waiting: HiddenText[] = [];
  #at = 0;

  constructor(text: string, isStart: boolean) {
    this.#text = text;
    if (isStart) return;
    const first = text.indexOf('<');
    this.#at = first < 0 ? text.length : first;
    this.#hide(0, this.#at, false);
  }

  read(): HiddenText[] {
    const text = this.#text;
    while (this.#at < text.length) {
      const start = this.#at;
      if (text[start] !== '<') {
        const next = text.indexOf('<', start);
        this.#at = next < 0 ? text.length : next;
        this.#textRun(start, this.#at);
      } else if (text.startsWith('<!--', start)) this.#skip('<!--', '-->');
      else if (text.startsWith('<![CDATA[', start)) this.#skip('<![CDATA[', ']]>');
      else if (text.startsWith('<?', start)) this.#skip('<?', '?>');
      else if (text.startsWith('<!', start)) this.#skip('<!', '>');
      else this.#tag(start);
      if (this.#open.length > MAX_DEPTH) {
        this.#hide(this.#at, text.length, true);
        break;
      }
    }
    this.#hidden.push(...this.#waiting);
    return this.#hidden.sort((a, b) => a.start - b.start);
  }

  #hide(start: number, end: number, isCredential: boolean): void {
    if (start < end) this.#hidden.push({ start, end, isCredential });
  }

  /** Text between tags: shown once the outermost element around it is closed. */
  #textRun(start: number, end: number): void {
    if (start >= end || this.#text.slice(start, end).trim() === '') return;
    if (this.#open.some(({ isCredential }) => isCredential)) this.#hide(start, end, true);
    else if (this.#open.length === 0) this.#hide(start, end, false);
    else this.#waiting.push({ start, end, isCredential: false });
  }

  /** A comment or the like: its inside is text like any other. */
  #skip(opening: string, closing: string): void {
    const start = this.#at + opening.length;
    const end = this.#text.indexOf(closing, start);
    if (end < 0) {
      this.#hide(this.#at, this.#text.length, true);
      this.#at = this.#text.length;
      return;
    }
    // A declaration says nothing of anybody, wherever it stands.
    if (opening !== '<?') this.#textRun(start, end);
    this.#at = end + closing.length;
  }

  #tag(start: number): void {
    const text = this.#text;
    const end = tagEnd(text, start + 1);
    const isClosing = text[start + 1] === '/';
    const nameStart = isClosing ? start + 2 : start + 1;
    const name = /^[^\s/>='"<]*/.exec(text.slice(nameStart, nameStart + 256))?.[0] ?? '';
    if (end < 0) {
      // Cut inside: attribute values may be anything.
      this.#hide(nameStart + name.length, text.length, true);
      this.#at = text.length;
      return;
    }
    this.#at = end + 1;
    const local = name.slice(name.lastIndexOf(':') + 1).toLowerCase();
    if (isClosing) this.#close(local, start);
    else this.#start(local, start, end);
  }

  #start(local: string, start: number, end: number): void {
    const tag = this.#text.slice(start, end + 1);
    const isCredential = CREDENTIAL_ELEMENTS.has(local) || CREDENTIAL_NAMESPACE.test(tag);
    if (isCredential) this.#hideAttributes(tag, start);
    if (tag.endsWith('/>') || local === ROOT) return;
    this.#open.push({ name: local, isCredential });
  }

  #hideAttributes(tag: string, start: number): void {
    for (const match of tag.matchAll(ATTRIBUTE)) {
      if (PLAIN_ATTRIBUTES.test(match[1] ?? '')) continue;
      const [from, to] = match.indices?.[2] ?? match.indices?.[3] ?? [0, 0];
      this.#hide(start + from, start + to, true);
    }
  }

  #close(local: string, start: number): void {
    if (local === ROOT) return;
    const index = this.#open.findLastIndex(({ name }) => name === local);
    if (index >= 0) {
      this.#open.length = index;
      if (index === 0) this.#waiting = [];
      return;
    }
    // It was opened out of sight: all before it may be its text.
    if (CREDENTIAL_ELEMENTS.has(local) || local === 'query') this.#hide(0, start, true);
  }
}

/** The `>` that ends a tag, quotes respected; -1 when it is not there. */
function tagEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const char = text[at];
    if (char === '>') return at;
    if (char === '"' || char === "'") {
      const quote = text.indexOf(char, at + 1);
      if (quote < 0) return -1;
      at = quote;
    }
    at++;
  }
  return -1;
}
