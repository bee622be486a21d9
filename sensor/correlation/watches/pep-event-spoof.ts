/**
 * `pep-event-spoof`: events of nodes that hold what an account keeps for itself. A client that takes bookmarks from
 * anybody joins the rooms an attacker chose (CVE-2023-28686).
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { accountOf, addressee, isEcho, isFromAccount, isOfClient, senderOf } from '../accounts.ts';
import { HOP } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';

const PRIVATE_NODE = eventId('spoof.private_node');
const PUBSUB_EVENT = nsId('http://jabber.org/protocol/pubsub#event');
const NODE = nameId('node');

/** Nodes only their owner subscribes to, and what they hold: XEP-0048 and 0402, 0490, 0145, 0209. */
const PRIVATE_NODES: ReadonlyMap<string, string> = new Map([
  ['storage:bookmarks', 'bookmarks'],
  ['urn:xmpp:bookmarks:1', 'bookmarks'],
  ['urn:xmpp:bookmarks:0', 'bookmarks'],
  ['urn:xmpp:bookmarks-conversion:0', 'bookmarks'],
  ['urn:xmpp:mds:displayed:0', 'what was read'],
  ['storage:rosternotes', 'notes on contacts'],
  ['storage:metacontacts', 'groups of contacts'],
]);

export function watchPepEventSpoof(): Watch {
  return {
    name: 'pep-event-spoof',
    kinds: KINDS.message,
    children: [PUBSUB_EVENT],
    stanza(scene) {
      if (!scene.holds(PUBSUB_EVENT) || isEcho(scene)) return;
      const { tree, hop } = scene;
      const event = tree.childInNs(0, PUBSUB_EVENT);
      const items = tree.firstChild(event);
      const node = items < 0 ? '' : tree.attrValue(items, NODE);
      const what = PRIVATE_NODES.get(node);
      if (what === undefined) return;
      // Clients publish by iq; an event they send themselves is forged whomever it names.
      if (hop === HOP.fromClient ? !isOfClient(scene) : isFromAccount(scene)) return;
      const sender = senderOf(scene);
      const victim = accountOf(addressee(scene));
      const summary = `${shown(sender)} sent ${shown(victim)} a change of ${what} (${node}), which only the own account may send`;
      scene.raise(
        PRIVATE_NODE,
        { key: accountOf(sender), contributors: [shown(victim)] },
        { summary, sender: shown(sender), victim: shown(victim), node },
      );
    },
  };
}
