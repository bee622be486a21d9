/**
 * Text disguised to escape filters (threats.md, spim-obfus): zero-width characters inside words,
 * words mixed from look-alike scripts, mathematical letters, direction overrides, stacked marks.
 *
 * Every sign has points; SCORE of them raise `spim.obfuscation`. One override, two mixed words or
 * three zero-width characters are enough. Spaced and leet letters only ever add to other signs.
 * What languages need is no sign: joiners outside Latin, Cyrillic and Greek words, isolates, emoji
 * sequences, variation selectors.
 */
import { bufferId, eventId } from '../../core/index.ts';
import type { StanzaView } from '../../xmpp/index.ts';
import type { Detector, EmitEvent } from '../detector.ts';
import { asciiEnd } from './ascii.ts';
import { CHAR, LEAD_KIND, MIXED_LEAD, codePointAt, kindOf, lengthAt } from './characters.ts';
import { TokenScripts } from './token-scripts.ts';

/** Points from which a text counts as disguised. */
const SCORE = 6;

const POINTS = { zeroWidth: 2, softHyphen: 1, override: 6, mixed: 3, fancy: 3, stack: 2, weak: 1 };

/** Spaced and leet words together count no more than this. */
const MAX_WEAK = 2;

const FANCY_WORD = 3;
const STACKED_MARKS = 3;
const SPACED_LETTERS = 4;

/** Bytes of one text that are looked at: disguise shows early. */
const MAX_BYTES = 16384;

const TEXT_BUFFER = bufferId('xmpp.text');
const EVENT = eventId('spim.obfuscation');

/** Black flag: begins the tag sequences of the flags of England, Scotland and Wales. */
const BLACK_FLAG = 0x1f3f4;
/** Hexadecimal prefix of the tags. */
const TAG_PLANE = 0xe0000;

/** Counts the signs of one text. Reused for all of them. */
export class DisguiseCounter {
  zeroWidth = 0;
  softHyphens = 0;
  overrides = 0;
  mixedWords = 0;
  fancyWords = 0;
  stacks = 0;
  spacedWords = 0;
  leetWords = 0;

  readonly #token = new TokenScripts();
  /** Kind of the latest visible character. */
  #base: number = CHAR.other;
  #pending = 0;
  #pendingHyphens = 0;
  #marks = 0;
  #fancyRun = 0;
  #hasWideScript = false;
  #inFlag = false;
  #inSelector = false;
  /** Letters standing alone, parted by one separator each. */
  #singles = 0;
  #letters = 0;
  #separators = 0;

  get score(): number {
    const weak = Math.min(MAX_WEAK, this.spacedWords + this.leetWords) * POINTS.weak;
    return (
      this.zeroWidth * POINTS.zeroWidth +
      this.softHyphens * POINTS.softHyphen +
      this.overrides * POINTS.override +
      this.mixedWords * POINTS.mixed +
      this.fancyWords * POINTS.fancy +
      this.stacks * POINTS.stack +
      weak
    );
  }

  /** Count the signs of `text[start..end)`, UTF-8. */
  read(text: Uint8Array, start: number, end: number): void {
    this.#reset();
    const stop = Math.min(end, start + MAX_BYTES);
    for (let at = start; at < stop; at += lengthAt(text[at] as number)) {
      this.#character(codePointAt(text, at, end));
    }
    this.#endWord();
    this.#endSpaced();
  }

  #reset(): void {
    this.zeroWidth = 0;
    this.softHyphens = 0;
    this.overrides = 0;
    this.mixedWords = 0;
    this.fancyWords = 0;
    this.stacks = 0;
    this.spacedWords = 0;
    this.leetWords = 0;
    this.#token.reset();
    this.#base = CHAR.other;
    this.#pending = 0;
    this.#pendingHyphens = 0;
    this.#marks = 0;
    this.#fancyRun = 0;
    this.#hasWideScript = false;
    this.#inFlag = false;
    this.#inSelector = false;
    this.#singles = 0;
    this.#letters = 0;
    this.#separators = 0;
  }

  #character(code: number): void {
    const kind = kindOf(code);
    switch (kind) {
      case CHAR.latin:
      case CHAR.cyrillic:
      case CHAR.greek:
      case CHAR.digit:
        this.#wordCharacter(code, kind);
        return;
      case CHAR.invisible:
        this.#invisible(code);
        return;
      case CHAR.softHyphen:
        this.#pendingHyphens++;
        return;
      case CHAR.override:
        this.overrides++;
        return;
      case CHAR.mark:
        this.#marks++;
        if (this.#marks === STACKED_MARKS) this.stacks++;
        return;
      case CHAR.selector:
        // One selector chooses a form of the character before; more in a row only carry data.
        if (this.#inSelector) this.zeroWidth++;
        this.#inSelector = true;
        return;
      case CHAR.fancy:
        this.#fancyRun++;
        break;
      default:
        if (code >= 0x3040 && code <= 0x9fff) this.#hasWideScript = true;
    }
    this.#startCharacter(kind);
    if (kind !== CHAR.fancy) this.#endWord(code);
    this.#inFlag = code === BLACK_FLAG;
  }

  /** Zero width between two letters, or a tag outside a flag, hides something. */
  #invisible(code: number): void {
    if (code >= TAG_PLANE) {
      if (!this.#inFlag) this.zeroWidth++;
    } else if (isWordKind(this.#base)) {
      this.#pending++;
    }
  }

  #wordCharacter(code: number, kind: number): void {
    if (isWordKind(this.#base)) {
      this.zeroWidth += this.#pending;
      this.softHyphens += this.#pendingHyphens;
    }
    this.#endFancy();
    this.#startCharacter(kind);
    this.#token.add(code, kind);
    this.#letters++;
  }

  #startCharacter(kind: number): void {
    this.#base = kind;
    this.#pending = 0;
    this.#pendingHyphens = 0;
    this.#marks = 0;
    this.#inFlag = false;
    this.#inSelector = false;
  }

  #endFancy(): void {
    // Japanese text uses full-width Latin as its own.
    if (this.#fancyRun >= FANCY_WORD && !this.#hasWideScript) this.fancyWords++;
    this.#fancyRun = 0;
  }

  #endWord(code = 0): void {
    this.#endFancy();
    if (this.#token.isMixed) this.mixedWords++;
    if (this.#token.isLeet) this.leetWords++;
    this.#token.reset();
    this.#countSpaced(code);
  }

  /** `c h e a p`: single letters with one separator between them. */
  #countSpaced(code: number): void {
    if (this.#letters === 1) this.#singles++;
    else if (this.#letters > 1) this.#endSpaced();
    this.#separators = this.#letters === 0 ? this.#separators + 1 : 1;
    this.#letters = 0;
    const isSeparator = code === 0x20 || code === 0x2e || code === 0x2d || code === 0x2a;
    if (!isSeparator || this.#separators > 1) this.#endSpaced();
  }

  #endSpaced(): void {
    if (this.#singles >= SPACED_LETTERS) this.spacedWords++;
    this.#singles = 0;
  }
}

/** The detector: raises `spim.obfuscation` for the first disguised text of a stanza. */
export function createObfuscationDetector(): Detector {
  const counter = new DisguiseCounter();
  return {
    name: 'obfuscation',
    stanza(view: StanzaView, emit: EmitEvent): void {
      const { memory, regions, regionCount } = view;
      for (let i = 0; i < regionCount; i++) {
        if (regions[3 * i] !== TEXT_BUFFER) continue;
        const start = regions[3 * i + 1] as number;
        const end = start + (regions[3 * i + 2] as number);
        if (!mayBeDisguised(memory, start, end)) continue;
        counter.read(memory, start, end);
        if (counter.score < SCORE) continue;
        emit(EVENT, contextOf(counter), i);
        return;
      }
    },
  };
}

/**
 * Could the text have a sign that counts alone? Plain texts of any language are done here: they
 * hold no such character, and no word with letters of two scripts. Walks like DisguiseCounter.
 */
export function mayBeDisguised(text: Uint8Array, start: number, end: number): boolean {
  const stop = Math.min(end, start + MAX_BYTES);
  let at = asciiEnd(text, start, stop);
  if (at === stop) return false;
  // Back to the start of the word that character stands in.
  while (at > start && LEAD_KIND[text[at - 1] as number] !== CHAR.other) at--;
  let base: number = CHAR.other;
  let script: number = CHAR.other;
  let hasSelector = false;
  while (at < stop) {
    const lead = text[at] as number;
    let kind = LEAD_KIND[lead] as number;
    const code = kind === MIXED_LEAD ? codePointAt(text, at, end) : 0;
    if (code > 0) kind = kindOf(code);
    at += lead < 0x80 ? 1 : lengthAt(lead);
    if (kind > CHAR.letter) {
      // Most emoji hold a selector or a joiner, and many scripts need joiners.
      const isForm: boolean = kind === CHAR.selector && !hasSelector;
      const isJoiner = kind === CHAR.invisible && code < TAG_PLANE && !isWordKind(base);
      if (!isForm && !isJoiner) return true;
      hasSelector ||= isForm;
      continue;
    }
    base = kind;
    hasSelector = false;
    if (kind === CHAR.digit) continue;
    if (!isWordKind(kind)) script = CHAR.other;
    else if (script === CHAR.other) script = kind;
    else if (script !== kind) return true;
  }
  return false;
}

/** Digits and letters of the look-alike scripts. */
function isWordKind(kind: number): boolean {
  return kind >= CHAR.digit && kind <= CHAR.greek;
}

function contextOf(counter: DisguiseCounter): Record<string, number> {
  const all = {
    zero_width: counter.zeroWidth,
    soft_hyphens: counter.softHyphens,
    direction_overrides: counter.overrides,
    mixed_script_words: counter.mixedWords,
    styled_words: counter.fancyWords,
    stacked_marks: counter.stacks,
    spaced_words: counter.spacedWords,
    leet_words: counter.leetWords,
  };
  const seen = Object.entries(all).filter(([, count]) => count > 0);
  return { score: counter.score, ...Object.fromEntries(seen) };
}
