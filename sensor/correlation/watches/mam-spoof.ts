/**
 * `mam-spoof`: messages put into somebody's history as results of an archive (XEP-0313) that was not asked, or for
 * a query that was not made. Rooms and pubsub services have archives too, under addresses without a resource.
 */
import { eventId } from '../../core/index.ts';
import { nameId } from '../../xml/index.ts';
import {
  accountOf,
  addressee,
  isEcho,
  isFromAccount,
  isOfClient,
  isOwnService,
  senderOf,
} from '../accounts.ts';
import { HOP, type Scene } from '../scene.ts';
import { archiveChild, type ArchiveQueries } from '../tables/archive-queries.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const ARCHIVE = eventId('spoof.archive');
const QUERY = eventId('spoof.archive_query');
const RESULT = nameId('result');

export function watchMamSpoof({ tables, thresholds }: WatchOptions): Watch {
  return new MamSpoofWatch(tables.archiveQueries, thresholds.answerSeconds * 1e6);
}

class MamSpoofWatch implements Watch {
  readonly name = 'mam-spoof';
  readonly kinds = KINDS.message;
  readonly #queries: ArchiveQueries;
  readonly #settleUsec: number;

  constructor(queries: ArchiveQueries, settleUsec: number) {
    this.#queries = queries;
    this.#settleUsec = settleUsec;
  }

  stanza(scene: Scene): void {
    const result = archiveChild(scene, RESULT);
    if (result < 0 || isEcho(scene)) return;
    const { from, hop } = scene;
    if (hop === HOP.toClient) this.#delivered(scene, result);
    // Between servers and components only rooms and services send results.
    else if (hop === HOP.fromClient ? isOfClient(scene) : from.hasResource) tellArchive(scene);
  }

  #delivered(scene: Scene, result: number): void {
    const { from, to } = scene;
    const isOwn = isFromAccount(scene);
    if (!isOwn && isOwnService(scene)) return;
    if (!isOwn && from.hasResource) {
      tellArchive(scene);
      return;
    }
    const { session } = scene;
    // Queries of an earlier connection may still be answered, and a missed query proves nothing.
    const ageUsec = scene.nowUsec - session.startUsec;
    if (!scene.isWhole || ageUsec < this.#settleUsec) return;
    const archive = isOwn ? to : from;
    const { startUsec } = session;
    if (!isOwn && !this.#queries.hasAsked(scene, to, archive, startUsec)) tellArchive(scene);
    else if (!this.#queries.knowsQuery(scene, result, to, archive, startUsec)) tellQuery(scene);
  }
}

function tellArchive(scene: Scene): void {
  tell(scene, ARCHIVE, 'whose archive was not asked');
}

function tellQuery(scene: Scene): void {
  tell(scene, QUERY, 'under the id of a query that was not made');
}

function tell(scene: Scene, event: number, why: string): void {
  const sender = senderOf(scene);
  const victim = accountOf(addressee(scene));
  const summary = `${shown(victim)} was sent messages as results of an archive by ${shown(sender)}, ${why}`;
  scene.raise(
    event,
    { key: accountOf(sender), contributors: [shown(victim)] },
    { summary, sender: shown(sender), victim: shown(victim) },
  );
}
