/** What a stanza is known again by: parties, id and text, as one key. Reused for every stanza. */
import { nameId } from '../../xml/index.ts';
import type { StanzaView } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';

/** Whom a name holds; part of the key, so that different kinds of names never meet. */
export const BY = {
  parties: 0x100,
  room: 0x200,
  roomText: 0x300,
  occupant: 0x400,
  sender: 0x500,
} as const;

/** Bytes of an id or text that count: half from its beginning, half from its end. */
const MOST_BYTES = 4096;
/** Below that a call into WebAssembly costs more than it saves. */
const SHORT_BYTES = 16;
const REGION_WORDS = 3;
const [ID, SUBJECT] = [nameId('id'), nameId('subject')];

export class StanzaName {
  hasId = false;
  hasText = false;
  readonly #id = new Key();
  readonly #text = new Key();
  readonly #none = new Key();
  readonly #key = new Key();

  /** The first body counts; in rooms the subject, where there is none. */
  ofMessage({ view, outline }: Scene): void {
    this.#readId(view);
    const at = REGION_WORDS * outline.body;
    this.hasText = at >= 0;
    if (this.hasText) {
      const { regions } = view;
      sample(this.#text, view, regions[at + 1] as number, regions[at + 2] as number);
    } else if (outline.type === TYPE.groupchat) {
      this.#readSubject(view);
    }
  }

  /** Servers write presence anew for each who may see it: its id does not count. */
  ofPresence(): void {
    this.hasId = false;
    this.hasText = false;
  }

  ofIq(view: StanzaView): void {
    this.#readId(view);
    this.hasText = false;
  }

  /** Key of the stanza read, valid until the next call. */
  of({ view, outline }: Scene, by: number, first: Key, second: Key, withId: boolean): Key {
    const key = this.#key.ofPair(first, second);
    const tag = by | (view.kind << 4) | outline.type;
    const { high, low } = withId ? this.#id : this.#none;
    key.ofFour(key.high, key.low ^ tag, high, low);
    return this.hasText ? key.ofPair(key, this.#text) : key;
  }

  #readId(view: StanzaView): void {
    const { tree } = view;
    const token = tree.attr(0, ID);
    this.hasId = token >= 0 && tree.valueLength(token) > 0;
    if (this.hasId) sample(this.#id, view, tree.valueOffset(token), tree.valueLength(token));
  }

  #readSubject(view: StanzaView): void {
    const { tree } = view;
    const subject = tree.child(0, tree.ns(0), SUBJECT);
    const token = subject < 0 ? -1 : tree.text(subject);
    this.hasText = token >= 0;
    if (token >= 0) sample(this.#text, view, tree.valueOffset(token), tree.valueLength(token));
  }
}

/** Key of what may be a mebibyte long. */
function sample(key: Key, { memory, keys }: StanzaView, offset: number, length: number): void {
  if (length < SHORT_BYTES) {
    key.ofBytes(memory, offset, length);
    return;
  }
  if (length <= MOST_BYTES) {
    key.ofRegion(keys, offset, length);
    return;
  }
  const half = MOST_BYTES / 2;
  const { high, low } = key.ofRegion(keys, offset, half);
  key.ofRegion(keys, offset + length - half, half);
  key.ofFour(high, low, key.high ^ length, key.low);
}
