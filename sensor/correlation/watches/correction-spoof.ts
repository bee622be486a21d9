/**
 * `correction-spoof`: only its author may correct (XEP-0308) or retract (XEP-0424) a message, and only a room moderates
 * (XEP-0425). Reactions (XEP-0444) are to the messages of others by nature.
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { accountOf, addressee, isEcho, isOfClient, senderOf } from '../accounts.ts';
import { HOP, type Scene } from '../scene.ts';
import { isGroupchat, type MessageAuthors } from '../tables/message-authors.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const CORRECTION = eventId('spoof.correction');
const MODERATION = eventId('spoof.moderation');

const CORRECT = nsId('urn:xmpp:message-correct:0');
const RETRACT = nsId('urn:xmpp:message-retract:1');
const MODERATE = nsId('urn:xmpp:message-moderate:1');
const ID = nameId('id');

export function watchCorrectionSpoof({ tables }: WatchOptions): Watch {
  return new CorrectionSpoofWatch(tables.messageAuthors);
}

class CorrectionSpoofWatch implements Watch {
  readonly name = 'correction-spoof';
  readonly kinds = KINDS.message;
  readonly children = [RETRACT, CORRECT];
  readonly #authors: MessageAuthors;

  constructor(authors: MessageAuthors) {
    this.#authors = authors;
  }

  stanza(scene: Scene): void {
    const isRetraction = scene.holds(RETRACT);
    if ((!isRetraction && !scene.holds(CORRECT)) || isEcho(scene)) return;
    const { tree } = scene;
    const element = tree.childInNs(0, isRetraction ? RETRACT : CORRECT);
    if (isRetraction && tree.childInNs(element, MODERATE) >= 0) {
      // The room itself, that is its address without a nickname.
      const isOfRoom = isGroupchat(scene) && !scene.from.hasResource;
      if (scene.hop === HOP.fromClient ? isOfClient(scene) : !isOfRoom) tellModeration(scene);
      return;
    }
    const id = tree.attr(element, ID);
    if (id >= 0 && this.#authors.isOfAnother(scene, id)) tellCorrection(scene, isRetraction);
  }
}

function tellCorrection(scene: Scene, isRetraction: boolean): void {
  const done = isRetraction ? 'retracted' : 'corrected';
  tell(scene, CORRECTION, done, 'that somebody else had written');
}

function tellModeration(scene: Scene): void {
  tell(scene, MODERATION, 'removed', 'in the name of a moderator, which only the room may do');
}

function tell(scene: Scene, event: number, done: string, why: string): void {
  const sender = senderOf(scene);
  // What a room passes on comes from its address; on the first hop it goes there.
  const isRoom = isGroupchat(scene);
  const place = accountOf(isRoom && !scene.isFirstHop ? scene.view.from : addressee(scene));
  const where = isRoom ? `in the room ${shown(place)}` : `to ${shown(place)}`;
  const summary = `${shown(sender)} ${done} a message ${where} ${why}`;
  scene.raise(
    event,
    { key: `${isRoom ? sender : accountOf(sender)} ${place}`, contributors: [shown(sender)] },
    { summary, sender: shown(sender), place: shown(place), done },
  );
}
