/**
 * `c2s-from-spoof`: a client that writes another account into `from` (RFC 6120 section 8.1.2.1); worse, a server that
 * passes it on. Another resource of the own account is no impersonation.
 */
import { eventId } from '../../core/index.ts';
import { nameId } from '../../xml/index.ts';
import { normalizeJid, type XmppSession } from '../../xmpp/index.ts';
import { accountOf, addressee } from '../accounts.ts';
import { JidKeys, Key } from '../keys.ts';
import { LruTable, type ObjectColumn } from '../lru-table.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';
import { ByFlow } from '../by-flow.ts';

const FORGED = eventId('spoof.c2s_from');
const RELAYED = eventId('spoof.from_relayed');
const FROM = nameId('from');
const ID = nameId('id');
const ID_BYTES = 1024;

export function watchC2sFromSpoof(options: WatchOptions): Watch {
  return new C2sFromSpoofWatch(options);
}

/** The account a session was given by its server, and its key. */
interface Bound {
  readonly jid: string;
  readonly high: number;
  readonly low: number;
}

class C2sFromSpoofWatch implements Watch {
  readonly name = 'c2s-from-spoof';
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq;
  /** By flow. */
  readonly #bound = new ByFlow<Bound>();
  /** What was sent with a forged sender lately -> the account that sent it. */
  readonly #forged: LruTable;
  readonly #forgers: ObjectColumn<string>;
  readonly #key = new Key();
  readonly #id = new Key();
  readonly #own = new JidKeys();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    const capacity = limits.correlationForgedSenderEntries;
    this.#forged = new LruTable(memory, 'forged_senders', capacity, thresholds.relaySeconds);
    this.#forgers = this.#forged.objects<string>();
  }

  stanza(scene: Scene): void {
    if (scene.hop === HOP.fromClient) this.#sent(scene);
    else if (this.#forged.count > 0) this.#delivered(scene);
  }

  sessionEnd(session: XmppSession): void {
    this.#bound.delete(session.flow);
  }

  #sent(scene: Scene): void {
    const { tree, session, from } = scene;
    // Before anything is lost: a client cannot make itself unknown by a hole in its stream.
    const bound = this.#bound.get(session.flow) ?? this.#bind(scene);
    if (bound === undefined || tree.attr(0, FROM) < 0 || !from.isKnown) return;
    if (bound.high === from.bare.high && bound.low === from.bare.low) return;
    const account = accountOf(bound.jid);
    const claimed = accountOf(scene.view.from);
    if (account === claimed) return;
    this.#remember(scene, account);
    const to = addressee(scene);
    const target = to === '' ? 'everybody who gets its presence' : shown(accountOf(to));
    const summary = `${shown(account)} sent a stanza to ${target} in the name of ${shown(claimed)}`;
    scene.raise(
      FORGED,
      { key: account, contributors: [shown(claimed)] },
      { summary, account: shown(account), claimed: shown(claimed) },
    );
  }

  /**
   * Undefined while the server has not said who the client is, or was not heard saying it: in a stream that was
   * joined late the client may have named itself.
   */
  #bind({ session, isWhole }: Scene): Bound | undefined {
    const { flow, jid } = session;
    if (jid === '' || !isWhole) return undefined;
    const { high, low } = this.#own.ofText(normalizeJid(jid)).bare;
    const bound = { jid, high, low };
    this.#bound.set(flow, bound);
    return bound;
  }

  #remember(scene: Scene, account: string): void {
    if (!this.#keyOf(scene)) return;
    const slot = this.#forged.claim(this.#key.high, this.#key.low, scene.nowUsec);
    this.#forgers.values[slot] = account;
  }

  #delivered(scene: Scene): void {
    if (!scene.from.isKnown || !this.#keyOf(scene)) return;
    const slot = this.#forged.find(this.#key.high, this.#key.low, scene.nowUsec);
    if (slot < 0) return;
    const account = this.#forgers.values[slot] ?? '';
    const claimed = accountOf(scene.view.from);
    const victim = accountOf(addressee(scene));
    const summary = `The server of ${shown(account)} delivered a stanza to ${shown(victim)} that ${shown(account)} had sent in the name of ${shown(claimed)}`;
    scene.raise(
      RELAYED,
      { key: account, contributors: [shown(victim)] },
      { summary, account: shown(account), claimed: shown(claimed), victim: shown(victim) },
    );
  }

  /** Key of a stanza by the sender it claims, its addressee and id; false when it has no id to be known by. */
  #keyOf({ tree, view, from, to }: Scene): boolean {
    const id = tree.attr(0, ID);
    if (id < 0 || tree.valueLength(id) === 0 || !to.isKnown) return false;
    const length = Math.min(tree.valueLength(id), ID_BYTES);
    this.#id.ofBytes(view.memory, tree.valueOffset(id), length);
    this.#key.ofPair(from.full, to.bare).ofPair(this.#key, this.#id);
    return true;
  }
}
