/**
 * `spim-offline-fill`: messages of strangers to a user who is away, more than the store of a server is made for. Only
 * users whose presence was seen to end are away; of others nothing is known.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { bareJid, type XmppSession } from '../../xmpp/index.ts';
import { JidKeys } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { DEGREE } from '../tables/strangers.ts';
import { KINDS } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';
import { SessionMarks } from '../by-flow.ts';

const FILL = eventId('spim.offline_fill');
const LIFE_SECONDS = 30 * 24 * 3600;
const MOST = 255;
/** What a session said of its presence. */

export function watchOfflineStores(options: WatchOptions): Doorkeeper {
  return new OfflineWatch(options);
}

class OfflineWatch implements Doorkeeper {
  readonly name = 'spim-offline-fill';
  readonly kinds = KINDS.presence;
  readonly hops = 1 << HOP.fromClient;
  readonly types = (1 << TYPE.absent) | (1 << TYPE.unavailable);
  readonly #thresholds: ThresholdValues;
  /** Sessions that are available, by account; an account without an entry is of unknown presence. */
  readonly #online: LruTable;
  readonly #sessions: Column<Uint8Array>;
  /** Sessions that said they are there. */
  readonly #available = new SessionMarks();
  /** What came for those who are away, in windows that begin with a message. */
  readonly #stores: LruTable;
  readonly #sinceUsec: Column<Float64Array>;
  readonly #messages: Column<Uint32Array>;
  readonly #bytes: Column<Float64Array>;
  readonly #account = new JidKeys();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#online = new LruTable(memory, 'online', limits.correlationOnlineEntries, LIFE_SECONDS);
    this.#sessions = this.#online.uint8();
    const { spimOfflineSeconds } = thresholds;
    const capacity = limits.correlationVictimEntries;
    this.#stores = new LruTable(memory, 'offline_stores', capacity, spimOfflineSeconds);
    this.#sinceUsec = this.#stores.float64();
    this.#messages = this.#stores.uint32();
    this.#bytes = this.#stores.float64();
  }

  sessionEnd(session: XmppSession, { endUsec }: { readonly endUsec: number }): void {
    if (!this.#available.has(session)) return;
    this.#available.delete(session);
    if (session.jid !== '') this.#leave(this.#account.ofText(session.jid), endUsec);
  }

  /** What a client tells everybody (RFC 6121 section 4.2): presence without an address. */
  stanza({ view, from, to, outline, nowUsec }: Scene): void {
    if (to.isKnown || !from.isKnown) return;
    const { session } = view;
    const isAvailable = this.#available.has(session);
    if (outline.type === TYPE.absent && !isAvailable) {
      this.#available.add(session);
      const slot = this.#online.claim(from.bare.high, from.bare.low, nowUsec);
      const sessions = this.#sessions.values;
      sessions[slot] = Math.min(MOST, (sessions[slot] as number) + 1);
    } else if (outline.type === TYPE.unavailable && isAvailable) {
      this.#available.delete(session);
      this.#leave(from, nowUsec);
    }
  }

  #leave({ bare }: JidKeys, nowUsec: number): void {
    const slot = this.#online.find(bare.high, bare.low, nowUsec);
    if (slot < 0) return;
    const sessions = this.#sessions.values;
    sessions[slot] = Math.max(0, (sessions[slot] as number) - 1);
  }

  #isAway({ to, nowUsec }: Scene): boolean {
    const slot = this.#online.find(to.bare.high, to.bare.low, nowUsec);
    return slot >= 0 && this.#sessions.values[slot] === 0;
  }

  knock(scene: Scene, degree: number): void {
    if (degree < DEGREE.unsure || scene.hop === HOP.toClient || !this.#isAway(scene)) return;
    const { to, nowUsec, view } = scene;
    const limits = this.#thresholds;
    const slot = this.#stores.claim(to.bare.high, to.bare.low, nowUsec);
    const since = this.#sinceUsec.values[slot] as number;
    if (Math.abs(nowUsec - since) > limits.spimOfflineSeconds * 1e6) {
      this.#sinceUsec.values[slot] = nowUsec;
      this.#messages.values[slot] = 0;
      this.#bytes.values[slot] = 0;
    }
    const messages = (this.#messages.values[slot] as number) + 1;
    const bytes = (this.#bytes.values[slot] as number) + view.rawLength;
    this.#messages.values[slot] = messages;
    this.#bytes.values[slot] = bytes;
    if (messages <= limits.spimOfflineMessages && bytes <= limits.spimOfflineBytes) return;
    const victim = bareJid(view.to);
    scene.raise(
      FILL,
      { key: victim, contributors: [bareJid(view.from)] },
      {
        summary: `Strangers left ${shown(victim)}, who is away, ${counted(messages, 'message')} (${bytes} bytes) within ${span(limits.spimOfflineSeconds)}`,
        messages,
        bytes,
        seconds: limits.spimOfflineSeconds,
      },
    );
  }
}
