/**
 * `spim-muc-invite`: many people invited who know neither the inviter nor the room. Both names count: a campaign
 * changes inviters and keeps the room, or the other way round. Mediated invitations (XEP-0045 section 7.8) name the
 * inviter inside, and one message to the room may invite several; direct ones (XEP-0249) name the room inside.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { JidKeys, type Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { RecentDistinct } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import { RELATION, type Relations } from '../tables/relations.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const INVITATIONS = eventId('spim.invitations');
const NS = {
  direct: nsId('jabber:x:conference'),
  mucUser: nsId('http://jabber.org/protocol/muc#user'),
};
const NAME = {
  x: nameId('x'),
  jid: nameId('jid'),
  invite: nameId('invite'),
  from: nameId('from'),
  to: nameId('to'),
};
/** Invitations of one message that are looked at. */
const MOST = 64;

export function watchInvitations(options: WatchOptions): Watch {
  return new InvitationWatch(options);
}

class InvitationWatch implements Watch {
  readonly name = 'spim-muc-invite';
  readonly kinds = KINDS.message;
  readonly children = [NS.mucUser, NS.direct];
  readonly #thresholds: ThresholdValues;
  readonly #relations: Relations;
  /** By inviter, and by room. */
  readonly #sources: LruTable;
  readonly #invitees: RecentDistinct;
  readonly #inviter = new JidKeys();
  readonly #invitee = new JidKeys();
  readonly #room = new JidKeys();

  constructor({ memory, limits, thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#relations = tables.relations;
    const capacity = limits.correlationRequestEntries;
    this.#sources = new LruTable(memory, 'inviters', capacity, thresholds.spimInviteSeconds);
    this.#invitees = new RecentDistinct(this.#sources, thresholds.spimInvitees);
  }

  stanza(scene: Scene): void {
    const { tree, outline } = scene;
    if (outline.type === TYPE.error) return;
    if ((outline.marks & MARK.mucUser) !== 0) {
      const x = tree.child(0, NS.mucUser, NAME.x);
      if (x >= 0 && !scene.isRepeat) this.#mediated(scene, x);
      return;
    }
    const x = tree.child(0, NS.direct, NAME.x);
    if (x < 0 || scene.isRepeat) return;
    const { from, to, view } = scene;
    const room = tree.attrValue(x, NAME.jid);
    if (room !== '')
      this.#note(scene, from, to, this.#room.ofText(room), [view.from, view.to, room]);
  }

  #mediated(scene: Scene, x: number): void {
    const { tree, view } = scene;
    let left = MOST;
    for (let at = tree.firstChild(x); at >= 0 && left > 0; at = tree.nextSibling(at, x)) {
      if (!tree.is(at, NS.mucUser, NAME.invite)) continue;
      left--;
      const named = tree.attrValue(at, NAME.to);
      if (named !== '') {
        // On its way to the room.
        this.#note(scene, scene.from, this.#invitee.ofText(named), scene.to, [
          view.from,
          named,
          view.to,
        ]);
        continue;
      }
      const inviter = tree.attrValue(at, NAME.from);
      this.#inviter.ofText(inviter === '' ? view.from : inviter);
      this.#note(scene, this.#inviter, scene.to, scene.from, [inviter, view.to, view.from]);
    }
  }

  #note(
    scene: Scene,
    inviter: JidKeys,
    invitee: JidKeys,
    room: JidKeys,
    names: readonly [inviter: string, invitee: string, room: string],
  ): void {
    if (scene.hop === HOP.serverless || !inviter.isKnown || !invitee.isKnown) return;
    const { nowUsec } = scene;
    const relation = this.#relations.between(inviter, invitee, nowUsec);
    if (relation !== RELATION.stranger && relation !== RELATION.unknown) return;
    const ofRoom = this.#relations.between(room, invitee, nowUsec);
    if (ofRoom === RELATION.answered || ofRoom === RELATION.contact) return;
    const byInviter = this.#count(inviter.bare, invitee.bare, nowUsec);
    const byRoom = this.#count(room.bare, invitee.bare, nowUsec);
    const invitees = Math.max(byInviter, byRoom);
    if (invitees < this.#thresholds.spimInvitees) return;
    const [who, whom, where] = names.map(bareJid) as [string, string, string];
    const isInviter = byInviter >= this.#thresholds.spimInvitees;
    const { spimInviteSeconds } = this.#thresholds;
    scene.raise(
      INVITATIONS,
      { key: isInviter ? who : where, contributors: [who, where, whom] },
      {
        summary: isInviter
          ? `${shown(who)} invited at least ${counted(invitees, 'account')} that do not know it to rooms, lately ${shown(where)}, within ${span(spimInviteSeconds)}`
          : `At least ${counted(invitees, 'account')} were invited to the room ${shown(where)} by accounts they do not know within ${span(spimInviteSeconds)}`,
        invitees,
        room: where,
        seconds: spimInviteSeconds,
      },
    );
  }

  #count(source: Key, invitee: Key, nowUsec: number): number {
    const slot = this.#sources.claim(source.high, source.low, nowUsec);
    this.#invitees.add(slot, invitee.high, invitee.low, nowUsec);
    return this.#invitees.within(slot, nowUsec, this.#thresholds.spimInviteSeconds);
  }
}
