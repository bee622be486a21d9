/**
 * `roster-push-spoof`: a roster push is the own server's (RFC 6121 section 2.1.6); whoever else gets one accepted
 * adds, renames and removes contacts of the victim.
 */
import { eventId } from '../../core/index.ts';
import { nsId } from '../../xml/index.ts';
import { accountOf, addressee, isFromAccount, isOfClient, senderOf } from '../accounts.ts';
import { TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';

const PUSH = eventId('spoof.roster_push');
const REMOTE = eventId('spoof.roster_remote');
const ROSTER = nsId('jabber:iq:roster');

export function watchRosterPushSpoof(): Watch {
  return {
    name: 'roster-push-spoof',
    kinds: KINDS.iq,
    children: [ROSTER],
    types: 1 << TYPE.set,
    stanza(scene) {
      if (!scene.holds(ROSTER) || scene.view.type !== 'set') return;
      const { from, to, hop } = scene;
      // A component manages rosters for users who let it (XEP-0321), within the own system.
      if (hop === HOP.component || hop === HOP.serverless || isFromAccount(scene)) return;
      if (hop === HOP.fromClient && !isOfClient(scene)) return;
      // To a service a client may write what it likes: it has no roster to change.
      if (hop === HOP.fromClient && !to.hasLocal) return;
      // Between a gateway and the server of its users; a client is sent nothing of that.
      const isGateway = hop === HOP.federation && !(from.hasLocal && to.hasLocal);
      raise(scene, isGateway ? REMOTE : PUSH);
    },
  };
}

function raise(scene: Scene, event: number): void {
  const sender = senderOf(scene);
  const victim = accountOf(addressee(scene));
  const summary = `${shown(sender)} sent ${shown(victim)} a change of the contact list, which only the own server may send`;
  scene.raise(
    event,
    { key: accountOf(sender), contributors: [shown(victim)] },
    { summary, sender: shown(sender), victim: shown(victim) },
  );
}
