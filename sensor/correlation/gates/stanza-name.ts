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

const REGION_WORDS = 3;
const SUBJECT = nameId('subject');

export class StanzaName {
  hasId = false;
  hasText = false;
  readonly #id = new Key();
  readonly #text = new Key();
  readonly #none = new Key();
  readonly #key = new Key();

  /** The first body counts; in rooms the subject, where there is none. */
  ofMessage(scene: Scene): void {
    const { view, outline } = scene;
    this.#readId(scene);
    const at = REGION_WORDS * outline.body;
    this.hasText = at >= 0;
    if (this.hasText) {
      const { regions } = view;
      this.#text.ofSample(view, regions[at + 1] as number, regions[at + 2] as number);
    } else if (outline.type === TYPE.groupchat) {
      this.#readSubject(view);
    }
  }

  /** Servers write presence anew for each who may see it: its id does not count. */
  ofPresence(): void {
    this.hasId = false;
    this.hasText = false;
  }

  ofIq(scene: Scene): void {
    this.#readId(scene);
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

  #readId({ id }: Scene): void {
    this.hasId = id !== undefined;
    if (id !== undefined) this.#id.copy(id);
  }

  #readSubject(view: StanzaView): void {
    const { tree } = view;
    const subject = tree.child(0, tree.ns(0), SUBJECT);
    const token = subject < 0 ? -1 : tree.text(subject);
    this.hasText = token >= 0;
    if (token >= 0) this.#text.ofSample(view, tree.valueOffset(token), tree.valueLength(token));
  }
}
