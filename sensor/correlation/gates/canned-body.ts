/**
 * Canned-body gate (threats.md 0.1, gate 5): text that many people send alike without being a campaign. Fallbacks of
 * encryption and calls, notices of servers, questions of CAPTCHAs, "ok" and a smile, what errors echo, and what bots
 * write that the operator allows. Whoever writes a stanza chooses its markers: where a marker alone would let any
 * text through, the text has to bear it out.
 */
import type { StanzaView } from '../../xmpp/index.ts';
import { JidKeys } from '../keys.ts';
import { MARK, TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';

const REGION_WORDS = 3;
/** Longer texts are no fallback notes of encryption: the longest known has 200 characters. */
const NOTE_BYTES = 512;
/** Texts without a letter or digit are only looked at so far. */
const EMOJI_BYTES = 64;
/** What the notes of clients that encrypt name, in lower case: the text is translated, these words are not. */
const SCHEMES = ['omemo', 'pgp', 'otr', 'encrypt'];
const LINKS = ['://', 'www.'];
const NOTE_MARKS = MARK.encrypted | MARK.fallback | MARK.call;

export class CannedBodyGate {
  readonly #shortChars: number;
  /** `high` -> `low` of accounts and domains that may repeat themselves. */
  readonly #bots = new Map<number, number>();

  /** `bots`: JIDs and domains; `shortChars`: texts of so many characters are everybody's. */
  constructor(bots: readonly string[], shortChars: number) {
    this.#shortChars = shortChars;
    for (const bot of bots) {
      const { bare } = new JidKeys().ofText(bot);
      this.#bots.set(bare.high, bare.low);
    }
  }

  /** Is the text of the message in hand one that says nothing of its sender? */
  isCanned(scene: Scene): boolean {
    const { outline } = scene;
    return (
      outline.type === TYPE.error ||
      isNotice(scene) ||
      this.isBot(scene.from) ||
      (outline.body >= 0 && this.#isCannedText(scene.view, outline.body, outline.marks))
    );
  }

  /** Is it an account or domain the operator allows to repeat itself? */
  isBot({ isKnown, bare, domain }: JidKeys): boolean {
    if (this.#bots.size === 0 || !isKnown) return false;
    return this.#bots.get(bare.high) === bare.low || this.#bots.get(domain.high) === domain.low;
  }

  #isCannedText({ memory, regions }: StanzaView, body: number, marks: number): boolean {
    const offset = regions[REGION_WORDS * body + 1] as number;
    const length = regions[REGION_WORDS * body + 2] as number;
    if (length <= 4 * this.#shortChars && isShort(memory, offset, length, this.#shortChars))
      return true;
    if (length <= EMOJI_BYTES && !hasWords(memory, offset, length)) return true;
    if (memory[offset] === 0x3f && isOtr(memory, offset, length)) return true;
    if ((marks & NOTE_MARKS) === 0 || length > NOTE_BYTES) return false;
    const text = memory.subarray(offset, offset + length);
    return (marks & MARK.call) !== 0 ? !holdsAny(text, LINKS) : holdsAny(text, SCHEMES);
  }
}

/** The own server speaks to its users, or a service asks whether somebody is there (XEP-0158). */
function isNotice({ outline, from, to }: Scene): boolean {
  if (!from.isKnown || from.hasResource) return false;
  if ((outline.marks & MARK.captcha) !== 0) return true;
  return to.isKnown && !to.bare.equals(from.bare) && from.bare.equals(to.domain);
}

/** Fewer characters than that, counted by their first bytes. */
function isShort(memory: Uint8Array, offset: number, length: number, most: number): boolean {
  let chars = 0;
  for (let i = offset; i < offset + length; i++) {
    if (((memory[i] as number) & 0xc0) !== 0x80) chars++;
  }
  return chars <= most;
}

/** Is there a letter or digit of any script? Emoji, signs and punctuation are none. */
function hasWords(memory: Uint8Array, offset: number, length: number): boolean {
  for (let i = offset; i < offset + length; i++) {
    const byte = memory[i] as number;
    if (byte < 0x80) {
      const letter = byte | 0x20;
      if ((letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x39)) return true;
    } else if (byte >= 0xc0 && !isSign(byte, memory[i + 1] as number)) {
      return true;
    }
  }
  return false;
}

/** Blocks of emoji, arrows, dingbats and punctuation, by the first two bytes of their characters. */
function isSign(lead: number, next: number): boolean {
  return (
    (lead === 0xf0 && next === 0x9f) ||
    (lead === 0xe2 && next <= 0xaf) ||
    (lead === 0xe3 && next === 0x80) ||
    (lead === 0xef && next === 0xb8) ||
    (lead === 0xc2 && next <= 0xbf)
  );
}

/** `?OTR:`, `?OTRv23?`, `?OTR?v2?`: ciphertext and the wish for it. */
function isOtr(memory: Uint8Array, offset: number, length: number): boolean {
  return (
    length >= 5 &&
    memory[offset + 1] === 0x4f &&
    memory[offset + 2] === 0x54 &&
    memory[offset + 3] === 0x52
  );
}

/** ASCII letters in either case. Only for texts with a marker: it copies. */
function holdsAny(text: Uint8Array, words: readonly string[]): boolean {
  const lower = Buffer.from(text).toString('latin1').toLowerCase();
  return words.some((word) => lower.includes(word));
}
