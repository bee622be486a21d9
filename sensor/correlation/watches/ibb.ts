/**
 * `ibb-abuse`: in-band bytestreams (XEP-0047) that break their own rules. Receivers close such streams, so real
 * clients do not make them; what gets through is a covert channel or an attack on the receiver's reassembly.
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const UNKNOWN = eventId('service.ibb_unknown');
const SEQUENCE = eventId('service.ibb_sequence');
const BLOCK = eventId('service.ibb_block');
const ENCODING = eventId('service.ibb_encoding');

const IBB = nsId('http://jabber.org/protocol/ibb');
const NAME = {
  open: nameId('open'),
  data: nameId('data'),
  close: nameId('close'),
  sid: nameId('sid'),
  seq: nameId('seq'),
  type: nameId('type'),
  blockSize: nameId('block-size'),
};

const LIFE_SECONDS = 3600;
/** `seq` is an unsigned short and wraps (XEP-0047 section 2.2). */
const SEQUENCES = 65_536;

export function watchIbb(options: WatchOptions): Watch {
  return new IbbWatch(options);
}

class IbbWatch implements Watch {
  readonly name = 'ibb';
  readonly kinds = KINDS.message | KINDS.iq;
  readonly children = [IBB];
  /** One entry for each direction of a stream, on the flow it is seen on. */
  readonly #streams: LruTable;
  readonly #next;
  readonly #blockBytes;
  readonly #largestBlock: number;
  readonly #key = new Key();
  readonly #part = new Key();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    const capacity = limits.correlationIbbEntries;
    this.#streams = new LruTable(memory, 'ibb', capacity, LIFE_SECONDS);
    this.#next = this.#streams.uint32();
    this.#blockBytes = this.#streams.uint32();
    this.#largestBlock = thresholds.ibbBlockBytes;
  }

  stanza(scene: Scene): void {
    const { tree, outline } = scene;
    // An error repeats what it answers.
    if (outline.type === TYPE.error) return;
    const element = tree.childInNs(0, IBB);
    const sid = tree.attr(element, NAME.sid);
    if (sid < 0 || !scene.from.isKnown || !scene.to.isKnown) return;
    switch (tree.name(element)) {
      case NAME.open:
        this.#open(scene, element, sid);
        break;
      case NAME.data:
        this.#data(scene, element, sid);
        break;
      case NAME.close:
        this.#close(scene, sid);
        break;
    }
  }

  #open(scene: Scene, element: number, sid: number): void {
    const agreed = number(scene.tree.attrValue(element, NAME.blockSize)) ?? this.#largestBlock;
    for (const isBack of [false, true]) {
      const slot = this.#claim(scene, sid, isBack);
      this.#blockBytes.values[slot] = Math.min(agreed, this.#largestBlock);
      this.#next.values[slot] = 0;
    }
  }

  #close(scene: Scene, sid: number): void {
    for (const isBack of [false, true]) {
      const slot = this.#find(scene, sid, isBack);
      if (slot >= 0) this.#streams.remove(slot);
    }
  }

  #data(scene: Scene, element: number, sid: number): void {
    const { tree, view } = scene;
    const seq = number(tree.attrValue(element, NAME.seq));
    let slot = this.#find(scene, sid, false);
    if (slot < 0) {
      // Opened before the capture began, or on a connection this one continues: only a whole one tells.
      if (scene.isWhole) this.#raise(scene, sid, UNKNOWN, 'for a session that nobody opened', {});
      slot = this.#claim(scene, sid, false);
      this.#blockBytes.values[slot] = this.#largestBlock;
    } else if (scene.isSynced && seq !== this.#next.values[slot]) {
      const expected = this.#next.values[slot] as number;
      this.#raise(scene, sid, SEQUENCE, 'out of sequence', { seq: seq ?? 'none', expected });
    }
    this.#next.values[slot] = ((seq ?? 0) + 1) % SEQUENCES;
    const text = tree.text(element);
    if (text < 0 || view.isBroken) return;
    const offset = tree.valueOffset(text);
    const bytes = decodedBytes(view.memory, offset, offset + tree.valueLength(text));
    const most = this.#blockBytes.values[slot] as number;
    if (bytes < 0) this.#raise(scene, sid, ENCODING, 'that is no base64', {});
    else if (bytes > most) {
      this.#raise(scene, sid, BLOCK, 'in larger blocks than agreed', { bytes, agreed: most });
    }
  }

  #raise(
    scene: Scene,
    sid: number,
    event: number,
    what: string,
    facts: Readonly<Record<string, string | number>>,
  ): void {
    const { view, tree } = scene;
    const { from, to } = view;
    // The other leg of the stanza tells the same.
    if (scene.isRepeat) return;
    const incident = { key: `${from} ${to} ${tree.value(sid)}`, contributors: [from] };
    const summary = `${shown(from)} sent ${shown(to)} in-band data ${what}`;
    scene.raise(event, incident, { summary, ...facts });
  }

  #find(scene: Scene, sid: number, isBack: boolean): number {
    const { high, low } = this.#keyOf(scene, sid, isBack);
    return this.#streams.find(high, low, scene.nowUsec);
  }

  #claim(scene: Scene, sid: number, isBack: boolean): number {
    const { high, low } = this.#keyOf(scene, sid, isBack);
    return this.#streams.claim(high, low, scene.nowUsec);
  }

  #keyOf(scene: Scene, sid: number, isBack: boolean): Key {
    const { tree, view, from, to } = scene;
    const [writer, reader] = isBack ? [to, from] : [from, to];
    const part = this.#part.ofBytes(view.memory, tree.valueOffset(sid), tree.valueLength(sid));
    this.#key.ofPair(writer.full, reader.full);
    this.#key.ofPair(this.#key, part);
    return this.#key.ofFour(
      this.#key.high,
      this.#key.low,
      view.session.flow,
      view.session.sessionId,
    );
  }
}

/** A number as XML Schema writes an unsigned short; undefined for anything else. */
function number(text: string): number | undefined {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined;
}

/** Bytes behind base64 (RFC 4648 section 4), white space let pass; -1 when it is something else. */
function decodedBytes(memory: Uint8Array, offset: number, end: number): number {
  let digits = 0;
  let padding = 0;
  for (let i = offset; i < end; i++) {
    const byte = memory[i] as number;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
    if (byte === 0x3d) padding++;
    else if (padding > 0 || !isDigit(byte)) return -1;
    else digits++;
  }
  if (padding > 2 || digits % 4 === 1) return -1;
  if (padding > 0 && (digits + padding) % 4 !== 0) return -1;
  return Math.floor((digits * 3) / 4);
}

function isDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return (
    (lower >= 0x61 && lower <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2f
  );
}
