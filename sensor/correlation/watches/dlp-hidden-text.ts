/**
 * Secrets with invisible characters between their letters: what a reader copies out of the message works, while no
 * expression that asks for a run of letters matches. The text is read once more without them, with the rules marked
 * `metadata: joined yes` (detect/); what fires is the rule itself. Numbers are found without that, in folded text.
 */
import { invisibleBytes } from '../../core/index.ts';
import { TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted } from '../words.ts';
import type { WatchOptions } from './index.ts';

const REGION_WORDS = 3;
/** Each costs a look at what stands between it and the next. Longer texts are read up to the last of them. */
const MOST_HIDDEN = 128;

export function watchHiddenText(options: WatchOptions): Watch {
  return new HiddenTextWatch(options);
}

class HiddenTextWatch implements Watch {
  readonly name = 'dlp-hidden-text';
  readonly kinds = KINDS.message;
  readonly types = ~(1 << TYPE.error);
  readonly #text: Uint8Array;

  constructor({ limits }: WatchOptions) {
    this.#text = new Uint8Array(Math.floor(limits.dlpJoinTextBytes));
  }

  stanza(scene: Scene): void {
    const { outline, view } = scene;
    if (outline.body < 0 || view.isBroken || scene.isRepeat) return;
    const offset = view.regions[REGION_WORDS * outline.body + 1] as number;
    const length = view.regions[REGION_WORDS * outline.body + 2] as number;
    const { memory } = view;
    const end = offset + length;
    let at = offset;
    while (at < end && (memory[at] as number) < 0x80) at++;
    if (at < end) this.#read(scene, offset, end);
  }

  #read(scene: Scene, offset: number, end: number): void {
    const text = this.#text;
    const { memory } = scene.view;
    const borders: number[] = [];
    let length = 0;
    for (let at = offset; at < end && length < text.length;) {
      const hidden = invisibleBytes(memory, at, end);
      if (hidden === 0) {
        text[length++] = memory[at++] as number;
        continue;
      }
      const isPartOfSign =
        length > 0 && (text[length - 1] as number) >= 0x80 && drawsSign(memory, at);
      at += hidden;
      if (length === 0 || length === borders.at(-1) || isPartOfSign) continue;
      if (borders.length === MOST_HIDDEN) break;
      borders.push(length);
    }
    // Nothing stands behind the last of them.
    if (borders.at(-1) === length) borders.pop();
    if (borders.length > 0) {
      const joined = `Written with invisible characters in ${counted(borders.length, 'place')}`;
      const context = { joined, hidden_characters: borders.length };
      const written = { lastOffset: offset, lastLength: end - offset };
      scene.read({ bytes: text, length, borders, ...written, context });
    }
    text.fill(0, 0, length);
  }
}

/** A variation selector or tag: behind a sign it says how that is drawn, and hides nothing. */
function drawsSign(text: Uint8Array, at: number): boolean {
  return text[at] === 0xf3 || (text[at] === 0xef && text[at + 1] === 0xb8);
}
