/**
 * `db-fail-burst`: servers that claim domains and cannot prove them. Told are keys that proved wrong, many domains
 * claimed in vain from one address, keys that belong to another stream, and keys that can be guessed (XEP-0185,
 * CVE-2016-1232). An address that proved the same domain lately is a cluster whose nodes do not share their secret.
 */
import { eventId } from '../../core/index.ts';
import type { EventContext } from '../../detect/index.ts';
import type { SessionSummary, XmppSession } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { RecentDistinct, RecentTimes } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import { DialbackStep, type S2sDomains } from '../tables/s2s-domains.ts';
import { KINDS, type Place, type Teller, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import { ByFlow } from '../by-flow.ts';

const FAILURES = eventId('s2s.dialback_failures');
const CLAIMS = eventId('s2s.domain_claims');
const REUSED = eventId('s2s.dialback_key_reused');
const WEAK = eventId('s2s.dialback_key_weak');

const HEX = /^[0-9a-f]+$/i;
/** Claims of one stream that wait for their answer; hosts of many domains stay below. */
const MOST_OPEN = 256;
/** A key is made for one stream: seen again a day later it is no retry. */
const KEY_SECONDS = 86_400;

interface Claim {
  readonly direction: number;
  readonly tsUsec: number;
  readonly from: string;
  readonly to: string;
  readonly domain: Key;
  readonly address: Key;
  readonly ip: string;
}

export function watchDialbackFailures(options: WatchOptions): Watch {
  return new DialbackFailureWatch(options);
}

class DialbackFailureWatch implements Watch {
  readonly name = 'db-fail-burst';
  readonly kinds = KINDS.nonza;
  readonly hops = 1 << HOP.federation;
  readonly #thresholds;
  readonly #domains: S2sDomains;
  readonly #teller: Teller;
  /** By flow: claims without an answer. */
  readonly #open = new ByFlow<Claim[]>();
  /** By address that claimed. */
  readonly #failures: LruTable;
  readonly #invalid: RecentTimes;
  readonly #unproven: RecentDistinct;
  /** By pair of domains and key. */
  readonly #keys: LruTable;
  readonly #streams: Column<Int32Array>;
  readonly #step = new DialbackStep();
  readonly #key = new Key();
  readonly #stream = new Key();

  constructor({ memory, limits, thresholds, tables, teller }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#domains = tables.s2sDomains;
    this.#teller = teller;
    const capacity = limits.correlationDialbackEntries;
    const window = thresholds.s2sFailureSeconds;
    this.#failures = new LruTable(memory, 'dialback_failures', capacity / 16, window);
    this.#invalid = new RecentTimes(this.#failures, thresholds.s2sInvalidKeys);
    this.#unproven = new RecentDistinct(this.#failures, thresholds.s2sUnprovenDomains);
    this.#keys = new LruTable(memory, 'dialback_keys', capacity / 4, KEY_SECONDS);
    this.#streams = this.#keys.int32(2);
  }

  stanza(scene: Scene): void {
    const step = this.#step;
    if (!step.read(scene.view) || step.isVerify) return;
    const { session, direction, nowUsec, isWhole } = scene;
    const place = { session, direction, tsUsec: nowUsec };
    if (step.type === '') this.#claim(scene, step, place);
    else this.#answer(step, place);
    const patienceUsec = this.#thresholds.s2sAnswerSeconds * 1e6;
    this.#giveUp(place, ({ tsUsec }) => isWhole && Math.abs(nowUsec - tsUsec) > patienceUsec);
  }

  sessionEnd(session: XmppSession, { endUsec }: SessionSummary): void {
    const isWhole = session.inSync[0] && session.inSync[1];
    this.#giveUp({ session, direction: 0, tsUsec: endUsec }, () => isWhole);
    this.#open.delete(session.flow);
  }

  #claim(scene: Scene, step: DialbackStep, place: Place): void {
    const { session, direction, tsUsec } = place;
    const isToServer = direction === 0;
    const claim: Claim = {
      direction,
      tsUsec,
      from: step.from,
      to: step.to,
      domain: new Key().copy(step.fromKeys.domain),
      address: new Key().copy(isToServer ? scene.clientAddress : scene.serverAddress),
      ip: isToServer ? scene.clientIp : scene.serverIp,
    };
    const open = this.#open.get(session.flow);
    if (open === undefined) this.#open.set(session.flow, [claim]);
    else if (open.length < MOST_OPEN) open.push(claim);
    const key = scene.tree.textOf(0).trim();
    this.#judgeStrength(place, claim, key);
    this.#judgeReuse(place, claim, key);
  }

  #answer(step: DialbackStep, place: Place): void {
    const open = this.#open.get(place.session.flow) ?? [];
    const asked = 1 - place.direction;
    const at = open.findIndex(
      ({ direction, from, to }) => direction === asked && from === step.to && to === step.from,
    );
    const [claim] = at < 0 ? [] : open.splice(at, 1);
    if (claim === undefined || step.type === 'valid') return;
    this.#fail(place, claim, step.type === 'invalid');
  }

  /** Claims that will not be answered any more. */
  #giveUp(place: Place, isOver: (claim: Claim) => boolean): void {
    const open = this.#open.get(place.session.flow);
    if (open === undefined || open.length === 0) return;
    for (const claim of open.filter(isOver)) {
      open.splice(open.indexOf(claim), 1);
      this.#fail(place, claim, false);
    }
  }

  #fail(place: Place, claim: Claim, isInvalid: boolean): void {
    const { address, domain } = claim;
    const { tsUsec } = place;
    if (this.#domains.hasProven(address, domain, tsUsec)) return;
    const { s2sInvalidKeys, s2sUnprovenDomains, s2sFailureSeconds } = this.#thresholds;
    const slot = this.#failures.claim(address.high, address.low, tsUsec);
    const isNew = this.#unproven.add(slot, domain.high, domain.low, tsUsec);
    const unproven = this.#unproven.within(slot, tsUsec, s2sFailureSeconds);
    if (isInvalid) {
      this.#invalid.add(slot, tsUsec);
      const invalid = this.#invalid.within(slot, tsUsec, s2sFailureSeconds);
      if (invalid >= s2sInvalidKeys) {
        const summary = `${claim.ip || shown(claim.from)} failed to prove ${counted(invalid, 'claim')} to domains within ${span(s2sFailureSeconds)}, the last one to ${shown(claim.from)} at ${shown(claim.to)}`;
        this.#tell(FAILURES, place, claim, claim.ip, { summary, invalid });
      }
    }
    if (!isNew || unproven < s2sUnprovenDomains) return;
    const summary = `${claim.ip || shown(claim.from)} claimed ${counted(unproven, 'domain')} within ${span(s2sFailureSeconds)} and proved none of them, the last one ${shown(claim.from)}`;
    this.#tell(CLAIMS, place, claim, claim.ip, { summary, domains: unproven });
  }

  #judgeStrength(place: Place, claim: Claim, key: string): void {
    const { s2sKeyChars, s2sOddKeyChars } = this.#thresholds;
    const isHex = HEX.test(key);
    if (key.length >= (isHex ? s2sKeyChars : s2sOddKeyChars)) return;
    const summary = `${shown(claim.from)} proves itself to ${shown(claim.to)} by a dialback key of ${counted(key.length, 'character')}, which can be guessed`;
    const pair = `${claim.from} ${claim.to}`;
    this.#tell(WEAK, place, claim, pair, { summary, key_chars: key.length });
  }

  #judgeReuse(place: Place, claim: Claim, key: string): void {
    const streamId = this.#domains.streamId(place.session);
    if (streamId === '' || key === '') return;
    this.#key.ofText(`${claim.from} ${claim.to} ${key}`);
    this.#stream.ofText(streamId);
    const slot = this.#keys.claim(this.#key.high, this.#key.low, place.tsUsec);
    const streams = this.#streams.values;
    const isSame =
      streams[2 * slot] === this.#stream.high && streams[2 * slot + 1] === this.#stream.low;
    if (!this.#keys.wasNew && !isSame) {
      const summary = `${claim.ip || shown(claim.from)} claims ${shown(claim.from)} at ${shown(claim.to)} with the dialback key of an earlier stream: copied, or made without the stream's id`;
      this.#tell(REUSED, place, claim, `${claim.from} ${claim.to}`, { summary });
    }
    streams[2 * slot] = this.#stream.high;
    streams[2 * slot + 1] = this.#stream.low;
  }

  #tell(event: number, place: Place, claim: Claim, key: string, context: EventContext): void {
    const { from, to } = claim;
    const about = { name: 'db:result', from, to };
    this.#teller.raise(event, place, { key, contributors: [shown(from)] }, context, about);
  }
}
