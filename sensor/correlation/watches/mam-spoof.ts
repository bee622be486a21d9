/**
 * `mam-spoof`: messages put into somebody's history as results of an archive (XEP-0313) that was not asked, or for
 * a query that was not made. Rooms and pubsub services have archives too, under addresses without a resource.
 */
import { eventId } from '../../core/index.ts';
import { nameId } from '../../xml/index.ts';
import type { XmppSession } from '../../xmpp/index.ts';
import {
  accountOf,
  addressee,
  isEcho,
  isFromAccount,
  isOfClient,
  isOwnService,
  senderOf,
} from '../accounts.ts';
import { Accusations, type Charge } from '../accusations.ts';
import { HOP, type Scene } from '../scene.ts';
import {
  ARCHIVE_NAMESPACES,
  archiveChild,
  type ArchiveQueries,
} from '../tables/archive-queries.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const ARCHIVE = eventId('spoof.archive');
const QUERY = eventId('spoof.archive_query');
const RESULT = nameId('result');
const NOT_ASKED = 'whose archive was not asked';

export function watchMamSpoof(options: WatchOptions): Watch {
  return new MamSpoofWatch(options);
}

class MamSpoofWatch implements Watch {
  readonly name = 'mam-spoof';
  readonly kinds = KINDS.message;
  readonly children = ARCHIVE_NAMESPACES;
  readonly #queries: ArchiveQueries;
  readonly #settleUsec: number;
  readonly #accusations: Accusations;

  constructor({ tables, thresholds, teller }: WatchOptions) {
    this.#queries = tables.archiveQueries;
    this.#settleUsec = thresholds.answerSeconds * 1e6;
    this.#accusations = new Accusations(teller, thresholds.lostSeconds);
  }

  stanza(scene: Scene): void {
    const result = archiveChild(scene, RESULT);
    if (result < 0 || isEcho(scene)) return;
    const { from, hop } = scene;
    if (hop === HOP.toClient) this.#delivered(scene, result);
    // Between servers and components only rooms and services send results.
    else if (hop === HOP.fromClient ? isOfClient(scene) : from.hasResource) tellArchive(scene);
  }

  tick(tsUsec: number): void {
    this.#accusations.tick(tsUsec);
  }

  sessionEnd(session: XmppSession): void {
    this.#accusations.end(session);
  }

  #delivered(scene: Scene, result: number): void {
    const { from, to, session, nowUsec, isWhole } = scene;
    const isOwn = isFromAccount(scene);
    if (!isOwn && isOwnService(scene)) return;
    if (!isOwn && from.hasResource) {
      tellArchive(scene);
      return;
    }
    // Queries of an earlier connection may still be answered, and a missed query proves nothing.
    const { startUsec } = session;
    if (!isWhole || nowUsec - startUsec < this.#settleUsec) return;
    const archive = isOwn ? to : from;
    if (!isOwn && !this.#queries.hasAsked(scene, to, archive, startUsec)) {
      this.#accuse(scene, ARCHIVE, NOT_ASKED);
    } else if (!this.#queries.knowsQuery(scene, result, to, archive, startUsec)) {
      this.#accuse(scene, QUERY, 'under the id of a query that was not made');
    }
  }

  #accuse(scene: Scene, event: number, why: string): void {
    const isExplained = this.#queries.again(scene.session.startUsec);
    this.#accusations.add(scene, { event, ...chargeOf(scene, why), isExplained });
  }
}

function tellArchive(scene: Scene): void {
  const { incident, context } = chargeOf(scene, NOT_ASKED);
  scene.raise(ARCHIVE, incident, context);
}

function chargeOf(scene: Scene, why: string): Pick<Charge, 'incident' | 'context'> {
  const sender = senderOf(scene);
  const victim = accountOf(addressee(scene));
  const summary = `${shown(victim)} was sent messages as results of an archive by ${shown(sender)}, ${why}`;
  return {
    incident: { key: accountOf(sender), contributors: [shown(victim)] },
    context: { summary, sender: shown(sender), victim: shown(victim) },
  };
}
