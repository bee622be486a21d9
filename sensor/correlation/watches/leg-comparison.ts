/**
 * `parser-diff`, from outside: the same stanza before and after the server. A sensor sees what the client wrote and
 * what the recipient was given; the server may add and remove much, but a stanza that arrives with another text, or
 * with a stanza in it that nobody wrote, was changed on the way by a parser that read it differently.
 *
 * A stanza is known again by sender, addressee and id. Compared are the text (of its body, or else its subject), the
 * senders and addressees of forwarded stanzas in it, for iqs type and payload; and whether it holds a stanza
 * outside any wrapper, which xmpp/ tells. Everything servers add or filter (ids, delays, hints, XHTML) is left out.
 */
import { bufferId, eventId } from '../../core/index.ts';
import type { XmppEvent } from '../../xmpp/index.ts';
import { STANZA, type StanzaTree } from '../../xmpp/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const MISMATCH = eventId('xml.leg_mismatch');
const NESTED = eventId('xml.leg_nested');
const NESTED_STANZA = eventId('xmpp.nested_stanza');
const STREAM_NESTED = eventId('xmpp.stream_ns_nested');

const RAW = bufferId('xmpp.stanza');
const SUBJECT = bufferId('xmpp.subject');
const FORWARD = nsId('urn:xmpp:forward:0');
const [FROM, TO] = [nameId('from'), nameId('to')];

const REGION_WORDS = 3;
const CARRIAGE_RETURN = 0x0d;
/** Copies of stanzas sent earlier or elsewhere: what is compared is not theirs. */
const COPIES = MARK.carbon | MARK.archive | MARK.delay;

/** Words of an entry: where it was seen first, FLAG.*, digests. */
const [SESSION, FLAGS, TEXT, INNER, WIDTH] = [0, 1, 2, 3, 4];

/** What is known of the first sighting. */
const FLAG = {
  /** It held a stanza outside any wrapper already when it was sent. */
  nested: 1,
  /** The sender uses one id for several stanzas: there is nothing to compare. */
  reused: 2,
  /** Told already. */
  told: 4,
} as const;

/** A digest of nothing, and of what cannot be compared. */
const NOTHING = 0;
const UNKNOWN = 1;

export function watchLegs(options: WatchOptions): Watch {
  return new LegWatch(options);
}

class LegWatch implements Watch {
  readonly name = 'leg-comparison';
  readonly kinds = KINDS.message | KINDS.iq;
  readonly hops = ~(1 << HOP.serverless);
  readonly types = ~((1 << TYPE.error) | (1 << TYPE.result));
  readonly events = [NESTED_STANZA, STREAM_NESTED];
  readonly #legs: LruTable;
  /** SESSION, FLAGS, TEXT and INNER of each: one column, since a new entry costs a cache miss for every one. */
  readonly #leg: Column<Int32Array>;
  readonly #key = new Key();
  readonly #digest = new Key();
  /** The latest stanza xmpp/ found another stanza in. */
  #nestedSession = 0;
  #nestedDirection = 0;
  #nestedSerial = 0;

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#legs = new LruTable(memory, 'legs', limits.correlationLegEntries, thresholds.legSeconds);
    this.#leg = this.#legs.int32(WIDTH);
  }

  /** Comes before the stanza itself. */
  event({ session, direction, serial }: XmppEvent): void {
    this.#nestedSession = session.sessionId;
    this.#nestedDirection = direction;
    this.#nestedSerial = serial;
  }

  stanza(scene: Scene): void {
    const { outline, view, from, to, hop } = scene;
    if (!scene.isWhole || view.isBroken || !from.isKnown || !to.isKnown) return;
    if ((outline.marks & COPIES) !== 0) return;
    const isIq = view.kind === STANZA.iq;
    if (isIq && (outline.type > TYPE.set || outline.type < TYPE.get)) return;
    // Servers answer for their users, and write to their own: those iqs have no first leg.
    if (isIq && (!to.hasLocal || from.bare.equals(to.bare))) return;
    const { id } = scene;
    if (id === undefined) return;
    const { high, low } = this.#key
      .ofPair(from.bare, to.bare)
      .ofFour(this.#key.high ^ view.kind, this.#key.low, id.high, id.low);
    if (hop === HOP.toClient) {
      // What is delivered goes no further: nobody will ask for it again.
      const slot = this.#legs.find(high, low, scene.nowUsec);
      if (slot >= 0) this.#compare(scene, slot);
      return;
    }
    const slot = this.#legs.claim(high, low, scene.nowUsec);
    if (this.#legs.wasNew) this.#remember(scene, slot);
    else if (hop === HOP.fromClient || this.#get(slot, SESSION) === view.session.sessionId) {
      this.#again(scene, slot);
    } else this.#compare(scene, slot);
  }

  #remember(scene: Scene, slot: number): void {
    const { values } = this.#leg;
    const at = slot * WIDTH;
    values[at + SESSION] = scene.session.sessionId;
    values[at + FLAGS] = this.#isNested(scene) ? FLAG.nested : 0;
    values[at + TEXT] = this.#textOf(scene);
    values[at + INNER] = this.#innerOf(scene);
  }

  /** Written again: by a client that lost its connection, or by one that counts its ids badly. */
  #again(scene: Scene, slot: number): void {
    const isSame =
      this.#get(slot, TEXT) === this.#textOf(scene) &&
      this.#get(slot, INNER) === this.#innerOf(scene);
    this.#mark(slot, (this.#isNested(scene) ? FLAG.nested : 0) | (isSame ? 0 : FLAG.reused));
  }

  #compare(scene: Scene, slot: number): void {
    const flags = this.#get(slot, FLAGS);
    if ((flags & (FLAG.reused | FLAG.told)) !== 0) return;
    if ((flags & FLAG.nested) === 0 && this.#isNested(scene)) {
      this.#tell(scene, slot, NESTED, 'nested');
      return;
    }
    if (this.#innerOf(scene) !== this.#get(slot, INNER)) {
      this.#tell(scene, slot, MISMATCH, scene.view.kind === STANZA.iq ? 'payload' : 'forwarded');
      return;
    }
    const before = this.#get(slot, TEXT);
    if (before === UNKNOWN) return;
    const after = this.#textOf(scene);
    if (after !== before && after !== UNKNOWN) this.#tell(scene, slot, MISMATCH, 'text');
  }

  #get(slot: number, word: number): number {
    return this.#leg.values[slot * WIDTH + word] as number;
  }

  #mark(slot: number, flag: number): void {
    const at = slot * WIDTH + FLAGS;
    this.#leg.values[at] = (this.#leg.values[at] as number) | flag;
  }

  #isNested({ view }: Scene): boolean {
    return (
      this.#nestedSerial === view.serial &&
      this.#nestedSession === view.session.sessionId &&
      this.#nestedDirection === view.direction &&
      view.serial !== 0
    );
  }

  /** Digest of what a person reads. */
  #textOf(scene: Scene): number {
    const { outline, view } = scene;
    if (view.kind === STANZA.iq) return NOTHING;
    const region = outline.body >= 0 ? outline.body : scene.region(SUBJECT);
    if (region < 0) return NOTHING;
    const offset = view.regions[REGION_WORDS * region + 1] as number;
    const length = view.regions[REGION_WORDS * region + 2] as number;
    if (mayLoseReturns(scene, offset, length)) return UNKNOWN;
    return fresh(this.#digest.ofRegion(view.keys, offset, length).low);
  }

  /** Digest of the stanzas within: who forwarded ones are from and to; what an iq wants. */
  #innerOf({ view, outline }: Scene): number {
    const { tree } = view;
    if (view.kind === STANZA.iq) {
      const payload = tree.firstChild(0);
      if (payload < 0) return outline.type;
      return fresh((outline.type << 24) ^ (tree.ns(payload) << 12) ^ tree.name(payload));
    }
    if ((outline.marks & MARK.forwarded) === 0) return NOTHING;
    const forwarded = tree.childInNs(0, FORWARD);
    return forwarded < 0 ? NOTHING : this.#forwarded(tree, forwarded);
  }

  #forwarded(tree: StanzaTree, wrapper: number): number {
    let parts = '';
    for (let at = tree.firstChild(wrapper); at >= 0; at = tree.nextSibling(at, wrapper)) {
      const from = tree.attrValue(at, FROM);
      const to = tree.attrValue(at, TO);
      // Of a delay the server may be the author.
      if (from !== '' && to !== '') parts += `${tree.localName(at)}\n${from}\n${to}\n`;
    }
    return parts === '' ? NOTHING : fresh(this.#digest.ofText(parts).low);
  }

  #tell(scene: Scene, slot: number, event: number, difference: string): void {
    this.#mark(slot, FLAG.told);
    const { view } = scene;
    const sender = shown(view.from);
    const recipient = shown(view.to === '' ? scene.session.jid : view.to);
    const what = `${view.name} from ${sender} to ${recipient}`;
    const summary = `The ${what} ${SAYS[difference] ?? 'was changed'} between the sender and the recipient`;
    scene.raise(
      event,
      { key: sender, contributors: [sender, recipient] },
      { summary, difference },
      event === NESTED ? scene.region(RAW) : undefined,
    );
  }
}

const SAYS: Readonly<Record<string, string>> = {
  nested: 'got another stanza into it',
  text: 'got another text',
  forwarded: 'got other addresses in what it forwards',
  payload: 'got another request into it',
};

/**
 * A carriage return written as a reference arrives as a line feed when the server does not write it so again. Text
 * that was not copied by the tokenizer (it lies in the raw bytes) has none.
 */
function mayLoseReturns(scene: Scene, offset: number, length: number): boolean {
  const { view } = scene;
  const raw = scene.region(RAW);
  if (raw >= 0) {
    const start = view.regions[REGION_WORDS * raw + 1] as number;
    const end = start + (view.regions[REGION_WORDS * raw + 2] as number);
    if (offset >= start && offset < end) return false;
  }
  for (let i = offset; i < offset + length; i++) {
    if (view.memory[i] === CARRIAGE_RETURN) return true;
  }
  return false;
}

/** A digest that means nothing else. */
function fresh(digest: number): number {
  return digest === NOTHING || digest === UNKNOWN ? ~digest : digest;
}
