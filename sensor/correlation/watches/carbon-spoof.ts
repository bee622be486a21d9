/**
 * `carbon-spoof`: a carbon (XEP-0280) shows what another device of the own account sent or received. Accepted from
 * anybody else it puts words into anybody's mouth.
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { accountOf, addressee, isEcho, isFromAccount, isOfClient, senderOf } from '../accounts.ts';
import { HOP } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';

const CARBON = eventId('spoof.carbon');
const CARBONS = nsId('urn:xmpp:carbons:2');
const SENT = nameId('sent');
const RECEIVED = nameId('received');

export function watchCarbonSpoof(): Watch {
  return {
    name: 'carbon-spoof',
    kinds: KINDS.message,
    children: [CARBONS],
    stanza(scene) {
      if (!scene.holds(CARBONS)) return;
      const { tree, hop } = scene;
      // `private` asks for no carbons, and is all that people send.
      const isCarbon = tree.child(0, CARBONS, SENT) >= 0 || tree.child(0, CARBONS, RECEIVED) >= 0;
      if (!isCarbon || isEcho(scene)) return;
      // Made by the server of the account for its devices: nobody else sends one, and no server passes one on.
      const isDelivered = hop === HOP.toClient || hop === HOP.component;
      if (isDelivered ? isFromAccount(scene) : hop === HOP.fromClient && !isOfClient(scene)) return;
      const sender = senderOf(scene);
      const victim = accountOf(addressee(scene));
      const summary = `${shown(sender)} sent ${shown(victim)} a forged copy of a message, as if another device of that account had sent or received it`;
      scene.raise(
        CARBON,
        { key: accountOf(sender), contributors: [shown(victim)] },
        { summary, sender: shown(sender), victim: shown(victim) },
      );
    },
  };
}
