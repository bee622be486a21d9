/**
 * `jid-enum`: one sender tries out which accounts exist (RFC 6120 section 13.11): many different ones in a short time,
 * at least half of them unknown to their server. Counting begins with the first account that does not exist, so that
 * ordinary senders cost nothing. Contacts on the sender's roster are no trial.
 */
import { eventId } from '../../core/index.ts';
import { nsId } from '../../xml/index.ts';
import { accountOf } from '../accounts.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import type { Tables } from '../tables/index.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const ENUMERATION = eventId('service.jid_enumeration');
const STANZA_ERRORS = nsId('urn:ietf:params:xml:ns:xmpp-stanzas');
/** What servers say of accounts that do not exist, and do not want to say more. */
const UNKNOWN_ACCOUNT = new Set(['item-not-found', 'service-unavailable', 'recipient-unavailable']);

export function watchEnumeration(options: WatchOptions): Watch {
  return new EnumerationWatch(options);
}

class EnumerationWatch implements Watch {
  readonly name = 'jid-enum';
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq;
  readonly #thresholds;
  readonly #tables: Tables;
  /** By sender that met an unknown account. */
  readonly #senders: LruTable;
  readonly #sinceUsec: Column<Float64Array>;
  readonly #tried: Column<Uint32Array>;
  readonly #unknown: Column<Uint32Array>;
  /** By sender and account. */
  readonly #targets: LruTable;
  readonly #targetUsec: Column<Float64Array>;
  readonly #isUnknown: Column<Uint8Array>;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#tables = tables;
    const window = thresholds.enumerationSeconds;
    const capacity = limits.correlationEnumerationEntries;
    this.#senders = new LruTable(memory, 'enumerators', capacity / 16, window);
    this.#sinceUsec = this.#senders.float64();
    this.#tried = this.#senders.uint32();
    this.#unknown = this.#senders.uint32();
    this.#targets = new LruTable(memory, 'tried_accounts', capacity, window);
    this.#targetUsec = this.#targets.float64();
    this.#isUnknown = this.#targets.uint8();
  }

  stanza(scene: Scene): void {
    const { outline, from, to } = scene;
    if (outline.type === TYPE.error) {
      this.#answer(scene);
      return;
    }
    if (this.#senders.count === 0 || !to.hasLocal || !from.isKnown || scene.isRepeat) return;
    const slot = this.#senders.find(from.bare.high, from.bare.low, scene.nowUsec);
    if (slot < 0 || this.#isOver(slot, scene.nowUsec)) return;
    this.#try(slot, from.bare, to.bare, scene.nowUsec);
  }

  #answer(scene: Scene): void {
    const { from: account, to: sender, hop, nowUsec } = scene;
    if (hop === HOP.fromClient || !account.hasLocal || !sender.isKnown) return;
    if (account.bare.equals(sender.bare)) return;
    // Servers ask around for their users.
    if (!sender.hasLocal && sender.domain.equals(account.domain)) return;
    if (!saysUnknown(scene)) return;
    if (this.#tables.roster.subscription(sender.bare, account.bare, nowUsec) !== 0) return;
    const slot = this.#senders.claim(sender.bare.high, sender.bare.low, nowUsec);
    if (this.#senders.wasNew || this.#isOver(slot, nowUsec)) {
      this.#sinceUsec.values[slot] = nowUsec;
      this.#tried.values[slot] = 0;
      this.#unknown.values[slot] = 0;
    }
    const target = this.#try(slot, sender.bare, account.bare, nowUsec);
    if (this.#isUnknown.values[target] === 1) return;
    this.#isUnknown.values[target] = 1;
    const unknown = (this.#unknown.values[slot] as number) + 1;
    this.#unknown.values[slot] = unknown;
    const { enumerationTargets, enumerationPercent } = this.#thresholds;
    const tried = this.#tried.values[slot] as number;
    if (tried < enumerationTargets || 100 * unknown < enumerationPercent * tried) return;
    this.#tell(scene, tried, unknown);
  }

  /** Packet time may step back: the distance counts. */
  #isOver(slot: number, nowUsec: number): boolean {
    const since = this.#sinceUsec.values[slot] as number;
    return Math.abs(nowUsec - since) > this.#thresholds.enumerationSeconds * 1e6;
  }

  #try(slot: number, sender: Key, account: Key, nowUsec: number): number {
    const { high, low } = this.#key.ofPair(sender, account);
    const target = this.#targets.claim(high, low, nowUsec);
    const since = this.#sinceUsec.values[slot] as number;
    const isNew = this.#targets.wasNew || (this.#targetUsec.values[target] as number) < since;
    this.#targetUsec.values[target] = nowUsec;
    if (isNew) {
      this.#isUnknown.values[target] = 0;
      this.#tried.values[slot] = (this.#tried.values[slot] as number) + 1;
    }
    return target;
  }

  #tell(scene: Scene, tried: number, unknown: number): void {
    const { from: account, to } = scene.view;
    const sender = accountOf(to === '' ? scene.session.jid : to);
    const window = span(this.#thresholds.enumerationSeconds);
    scene.raise(
      ENUMERATION,
      { key: sender, contributors: [shown(account)] },
      {
        summary: `${shown(sender)} tried ${counted(tried, 'account')} within ${window}, and ${unknown} of them do not exist`,
        tried,
        unknown,
      },
    );
  }
}

function saysUnknown({ tree }: Scene): boolean {
  for (let child = tree.firstChild(0); child >= 0; child = tree.nextSibling(child, 0)) {
    const condition = tree.childInNs(child, STANZA_ERRORS);
    if (condition >= 0) return UNKNOWN_ACCOUNT.has(tree.localName(condition));
  }
  return false;
}
