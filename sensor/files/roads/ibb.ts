/**
 * In-band bytestreams (XEP-0047, opened by SI, by Jingle (XEP-0261) or by nobody that was seen), in iqs and in
 * messages: from stanzas to the bytes of a file. A stream is its session id and who sends to whom, on whatever flows.
 */
import {
  JidKeys,
  KINDS,
  Key,
  LruTable,
  TYPE,
  accountOf,
  type ObjectColumn,
  type Scene,
  type Watch,
} from '../../correlation/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { normalizeJid } from '../../xmpp/index.ts';
import { Base64Decoder } from '../base64.ts';
import type { FileLedger } from '../ledger.ts';
import { NO_ERRORS, offerOf, partiesOf } from '../offers/offer-desk.ts';
import { NO_FACTS } from '../offers/stated-file.ts';
import type { FileDesk, FileStream } from '../types.ts';
import type { RoadOptions } from '../watches.ts';
import { BlockBudget } from './ibb-blocks.ts';
import { IbbStream, type IbbOwner, type Sight } from './ibb-stream.ts';

const IBB = nsId('http://jabber.org/protocol/ibb');
const NAME = {
  open: nameId('open'),
  data: nameId('data'),
  close: nameId('close'),
  sid: nameId('sid'),
  seq: nameId('seq'),
  blockSize: nameId('block-size'),
};
/** XML Schema's unsigned short. */
const SHORT = /^\d{1,5}$/;
const MOST_SHORT = 65_535;
/** An answer comes in that time, or the session is dead. */
const ANSWER_SECONDS = 120;
/** Streams are looked at that often for those that stopped. */
const LOOK_USEC = 5e6;

/** The watches of in-band data: bytes, and answers that refuse them. */
export function watchIbbData(options: RoadOptions): Watch[] {
  const road = new IbbRoad(options);
  return [
    {
      name: 'file-ibb',
      kinds: KINDS.iq | KINDS.message,
      types: NO_ERRORS,
      children: [IBB],
      stanza: (scene) => {
        road.stanza(scene);
      },
      tick: (tsUsec) => {
        road.tick(tsUsec);
      },
      finish: () => {
        road.finish();
      },
    },
    {
      name: 'file-ibb-errors',
      kinds: KINDS.iq,
      types: 1 << TYPE.error,
      stanza: (scene) => {
        road.refusal(scene);
      },
    },
  ];
}

class IbbRoad implements IbbOwner {
  readonly budget: BlockBudget;
  readonly #ledger: FileLedger;
  readonly #desk: FileDesk;
  readonly #idleUsec: number;
  readonly #stanzaBytes: number;
  readonly #decoder: Base64Decoder;
  readonly #streams: LruTable;
  readonly #objects: ObjectColumn<IbbStream>;
  /** What was asked lately, by who is asked, who asks and id. */
  readonly #questions: LruTable;
  readonly #asked: ObjectColumn<IbbStream>;
  readonly #key = new Key();
  readonly #part = new Key();
  readonly #writer = new Key();
  readonly #reader = new Key();
  readonly #own = new JidKeys();
  /** Id of a stanza without one. */
  readonly #none = new Key();
  /** The stanza in hand. */
  #scene: Scene | undefined;
  #lookedUsec = 0;

  constructor({ memory, limits, thresholds, ledger, desk }: RoadOptions) {
    this.#ledger = ledger;
    this.#desk = desk;
    this.budget = new BlockBudget(limits.filesIbbHeldBytes);
    this.#idleUsec = thresholds.filesIdleSeconds * 1e6;
    this.#stanzaBytes = limits.xmlStanzaBytes;
    this.#decoder = new Base64Decoder(limits.xmlStanzaBytes);
    const { filesIbbStreams } = limits;
    // Those that stood still are ended by `tick`, with time left.
    const life = 2 * thresholds.filesIdleSeconds;
    this.#streams = new LruTable(memory, 'file_ibb', filesIbbStreams, life, (slot) => {
      this.#objects.values[slot]?.finish();
    });
    this.#objects = this.#streams.objects<IbbStream>();
    this.#questions = new LruTable(memory, 'file_ibb_asked', filesIbbStreams, ANSWER_SECONDS);
    this.#asked = this.#questions.objects<IbbStream>();
  }

  stanza(scene: Scene): void {
    const { tree } = scene;
    const element = tree.childInNs(0, IBB);
    const sid = tree.attr(element, NAME.sid);
    if (sid < 0) return;
    this.#scene = scene;
    switch (tree.name(element)) {
      case NAME.open:
        this.#opened(scene, element, sid);
        break;
      case NAME.data:
        this.#data(scene, element, sid);
        break;
      case NAME.close:
        for (const isBack of [false, true]) {
          this.#find(scene, sid, isBack)?.closed(sightOf(scene), !isBack);
        }
        break;
    }
    this.#scene = undefined;
  }

  /** An iq of type error. */
  refusal(scene: Scene): void {
    const { id } = scene;
    if (id === undefined || this.#questions.count === 0) return;
    const key = this.#questionKey(this.#writerKey(scene), this.#readerKey(scene), id);
    const slot = this.#questions.find(key.high, key.low, scene.nowUsec);
    if (slot >= 0) this.#asked.values[slot]?.refused(sightOf(scene));
  }

  tick(nowUsec: number): void {
    if (this.#streams.count === 0 || Math.abs(nowUsec - this.#lookedUsec) < LOOK_USEC) return;
    this.#lookedUsec = nowUsec;
    this.#streams.forEach(nowUsec, (slot) => {
      const stream = this.#objects.values[slot];
      if (stream?.rest(nowUsec, this.#idleUsec) === true) this.#streams.remove(slot);
    });
  }

  /** The sensor stops. */
  finish(): void {
    for (const stream of this.#objects.values) stream?.finish();
  }

  isFirst({ sid, from, to }: IbbStream): boolean {
    const { isSynced, nowUsec } = this.#scene as Scene;
    return isSynced || this.#ledger.ofStream(sid, from, to, nowUsec) !== undefined;
  }

  open(stream: IbbStream, hasStart: boolean): FileStream {
    const scene = this.#scene as Scene;
    const { sid, from, to } = stream;
    const { nowUsec } = scene;
    const parties = { from, to };
    const entry = this.#ledger.ofStream(sid, from, to, nowUsec);
    const { place } = stream;
    const start = { road: 'ibb', place, expectedBytes: -1, hasStart } as const;
    if (entry !== undefined && isSentBy(entry.offer.from, from, to)) {
      stream.expectedBytes = entry.offer.size;
      return this.#ledger.open(entry, start);
    }
    const offer = offerOf(scene, parties, '', sid, NO_FACTS);
    if (entry !== undefined) return this.#desk.open({ ...start, offer });
    // What turns up later of this stream is about this file.
    const unnamed = this.#ledger.claim([sid, normalizeJid(from), normalizeJid(to)], offer);
    this.#ledger.nameStream(unnamed, sid, from, to, nowUsec);
    return this.#ledger.open(unnamed, start);
  }

  explain({ sid, from, to, place }: IbbStream, file: FileStream): void {
    const entry = this.#ledger.ofStream(sid, from, to, place.tsUsec);
    if (entry !== undefined && isSentBy(entry.offer.from, from, to)) file.explain(entry.offer);
  }

  /** Both may write, whoever opened it. */
  #opened(scene: Scene, element: number, sid: number): void {
    const { tree, nowUsec } = scene;
    const blockBytes = shortOf(tree.attrValue(element, NAME.blockSize)) ?? -1;
    const id = scene.id ?? this.#none;
    const there = this.#claim(scene, sid, false);
    there.opened(sightOf(scene), id, blockBytes, nowUsec);
    this.#claim(scene, sid, true).opened(undefined, id, blockBytes, nowUsec);
    this.#ask(scene, there);
  }

  #data(scene: Scene, element: number, sid: number): void {
    const { tree, view } = scene;
    // Another leg may have it whole; if none has, the next block tells.
    if (view.isBroken || view.rawLength > this.#stanzaBytes) return;
    const stream = this.#claim(scene, sid, false);
    const seq = shortOf(tree.attrValue(element, NAME.seq));
    const sight = sightOf(scene);
    this.#ask(scene, stream);
    if (!stream.wants(sight, seq)) return;
    const text = tree.text(element);
    const decoder = this.#decoder;
    const isSound =
      text >= 0 && decoder.decode(view.memory, tree.valueOffset(text), tree.valueLength(text));
    if (isSound) stream.block(sight, seq, decoder.bytes, decoder.length);
    else stream.lost(sight, seq);
  }

  #ask(scene: Scene, stream: IbbStream): void {
    const { id } = scene;
    if (id === undefined || scene.outline.type !== TYPE.set) return;
    const key = this.#questionKey(this.#readerKey(scene), this.#writerKey(scene), id);
    this.#asked.values[this.#questions.claim(key.high, key.low, scene.nowUsec)] = stream;
  }

  #find(scene: Scene, sid: number, isBack: boolean): IbbStream | undefined {
    const { high, low } = this.#streamKey(scene, sid, isBack);
    const slot = this.#streams.find(high, low, scene.nowUsec);
    return slot < 0 ? undefined : this.#objects.values[slot];
  }

  #claim(scene: Scene, sid: number, isBack: boolean): IbbStream {
    const { high, low } = this.#streamKey(scene, sid, isBack);
    const slot = this.#streams.claim(high, low, scene.nowUsec);
    const known = this.#objects.values[slot];
    if (known !== undefined) return known;
    const { from, to } = partiesOf(scene);
    const name = scene.tree.value(sid);
    const stream = isBack
      ? new IbbStream(name, to, from, this)
      : new IbbStream(name, from, to, this);
    this.#objects.values[slot] = stream;
    return stream;
  }

  #streamKey(scene: Scene, sid: number, isBack: boolean): Key {
    const { tree, view } = scene;
    const writer = this.#writerKey(scene);
    const reader = this.#readerKey(scene);
    const part = this.#part.ofBytes(view.memory, tree.valueOffset(sid), tree.valueLength(sid));
    if (isBack) this.#key.ofPair(reader, writer);
    else this.#key.ofPair(writer, reader);
    return this.#key.ofPair(this.#key, part);
  }

  #questionKey(asked: Key, asker: Key, id: Key): Key {
    return this.#key.ofPair(this.#key.ofPair(asked, asker), id);
  }

  /** On the first hop that is who is logged in: the server will say so on the next. */
  #writerKey({ isFirstHop, session, view, from, direction }: Scene): Key {
    if (isFirstHop && session.jid !== '' && session.jid !== view.from) {
      return this.#own.ofText(normalizeJid(session.jid)).full;
    }
    return from.isKnown ? from.full : this.#writer.ofWords([session.sessionId, direction]);
  }

  #readerKey({ session, to, direction }: Scene): Key {
    return to.isKnown ? to.full : this.#reader.ofWords([session.sessionId, direction]);
  }
}

function sightOf({ session, direction, nowUsec }: Scene): Sight {
  const { flow, sessionId, holes } = session;
  return { flow, sessionId, direction, tsUsec: nowUsec, holes };
}

/** Streams go both ways; the offer is about one. */
function isSentBy(offering: string, from: string, to: string): boolean {
  const account = accountOf(offering);
  return offering === '' || account === accountOf(from) || account !== accountOf(to);
}

/** Undefined for anything but an unsigned short. */
function shortOf(text: string): number | undefined {
  const trimmed = text.trim();
  const value = SHORT.test(trimmed) ? Number(trimmed) : MOST_SHORT + 1;
  return value <= MOST_SHORT ? value : undefined;
}
