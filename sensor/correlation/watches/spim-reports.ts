/**
 * `spim-report-seen`: accounts that several people report (XEP-0377 in a block, XEP-0161 between servers). One report
 * is a rule's business; here different reporters are counted, since one angry user can report many times. For a week
 * the account is as good as listed: its further messages to people who do not know it are told.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { JidKeys } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { RecentDistinct } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import type { Campaigns } from '../tables/campaigns.ts';
import { KINDS } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';

const REPORTED = eventId('spim.reported');
const SENDER = eventId('spim.reported_sender');
const NS = {
  blocking: nsId('urn:xmpp:blocking'),
  reporting: nsId('urn:xmpp:reporting:1'),
  abuse: nsId('urn:xmpp:tmp:abuse'),
};
const NAME = { block: nameId('block'), item: nameId('item'), jid: nameId('jid') };
/** Accounts of one report that are looked at, and reporters of one account that are told apart. */
const MOST = 64;
const REPORTERS = 16;

export function watchReports(options: WatchOptions): Doorkeeper {
  return new ReportWatch(options);
}

class ReportWatch implements Doorkeeper {
  readonly name = 'spim-reports';
  readonly kinds = KINDS.iq;
  readonly types = 1 << TYPE.set;
  readonly children = [NS.blocking, NS.abuse];
  readonly #thresholds: ThresholdValues;
  readonly #campaigns: Campaigns;
  /** By reported account. */
  readonly #reported: LruTable;
  readonly #reporters: RecentDistinct;
  readonly #account = new JidKeys();

  constructor({ memory, limits, thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#campaigns = tables.campaigns;
    const capacity = limits.correlationReportEntries;
    this.#reported = new LruTable(memory, 'reported', capacity, thresholds.spimReportSeconds);
    this.#reporters = new RecentDistinct(
      this.#reported,
      Math.max(REPORTERS, thresholds.spimReporters),
    );
  }

  stanza(scene: Scene): void {
    const { tree, hop } = scene;
    if (scene.isRepeat) return;
    if (hop === HOP.fromClient) {
      const block = tree.child(0, NS.blocking, NAME.block);
      if (block >= 0) this.#blocked(scene, block);
    } else if (hop === HOP.federation) {
      const abuse = tree.childInNs(0, NS.abuse);
      const jid = abuse < 0 ? -1 : tree.child(abuse, NS.abuse, NAME.jid);
      if (jid >= 0) this.#report(scene, tree.textOf(jid));
    }
  }

  knock(scene: Scene): void {
    if (this.#reported.count > 0) this.#sent(scene);
  }

  request(scene: Scene): void {
    const isAsking = scene.outline.type === TYPE.subscribe;
    if (isAsking && this.#reported.count > 0) this.#sent(scene);
  }

  #blocked(scene: Scene, block: number): void {
    const { tree } = scene;
    let left = MOST;
    for (let at = tree.firstChild(block); at >= 0 && left > 0; at = tree.nextSibling(at, block)) {
      left--;
      if (!tree.is(at, NS.blocking, NAME.item)) continue;
      if (tree.childInNs(at, NS.reporting) >= 0) this.#report(scene, tree.attrValue(at, NAME.jid));
    }
  }

  #report(scene: Scene, jid: string): void {
    const { from, nowUsec } = scene;
    const account = this.#account.ofText(jid);
    if (!account.isKnown || !account.hasLocal || !from.isKnown) return;
    const slot = this.#reported.claim(account.bare.high, account.bare.low, nowUsec);
    // Between servers the server vouches for its users: it counts as one.
    const reporter = scene.hop === HOP.federation ? from.domain : from.bare;
    const isNew = this.#reporters.add(slot, reporter.high, reporter.low, nowUsec);
    const campaign = isNew ? this.#campaigns.report(account.bare) : undefined;
    const reporters = this.#count(slot, nowUsec);
    if (reporters < this.#thresholds.spimReporters) return;
    const name = bareJid(jid);
    scene.raise(
      REPORTED,
      {
        key: name,
        contributors: [bareJid(scene.view.from)],
        ...(campaign === undefined ? {} : { campaignId: campaign.campaignId }),
      },
      {
        summary: `${shown(name)} was reported for abuse by at least ${counted(reporters, 'account')} within ${span(this.#thresholds.spimReportSeconds)}`,
        account: name,
        reporters,
        seconds: this.#thresholds.spimReportSeconds,
      },
    );
  }

  /** A message or request of somebody who was reported. */
  #sent(scene: Scene): void {
    const { from, nowUsec, view } = scene;
    const slot = this.#reported.find(from.bare.high, from.bare.low, nowUsec);
    if (slot < 0) return;
    const reporters = this.#count(slot, nowUsec);
    if (reporters < this.#thresholds.spimReporters) return;
    const sender = bareJid(view.from);
    const addressee = bareJid(view.to);
    scene.raise(
      SENDER,
      { key: sender, contributors: [sender, addressee], ...this.#campaigns.membership },
      {
        summary: `${shown(sender)}, reported for abuse by at least ${counted(reporters, 'account')}, turned to ${shown(addressee)}`,
        reporters,
      },
    );
  }

  #count(slot: number, nowUsec: number): number {
    return this.#reporters.within(slot, nowUsec, this.#thresholds.spimReportSeconds);
  }
}
