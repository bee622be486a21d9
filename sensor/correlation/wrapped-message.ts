/** The message inside a carbon (XEP-0280) or an archive result (XEP-0313): who wrote it to whom. Reused. */
import { NAMESPACES, nameId, nsId, type NamespaceUri } from '../xml/index.ts';
import type { StanzaTree, StanzaView } from '../xmpp/index.ts';
import { JidKeys } from './keys.ts';
import { HOP, type Scene } from './scene.ts';

const FORWARD = nsId('urn:xmpp:forward:0');
const CLIENT = nsId('jabber:client');
const SERVER = nsId('jabber:server');
const [FORWARDED, MESSAGE, BODY, FROM, TO] = [
  nameId('forwarded'),
  nameId('message'),
  nameId('body'),
  nameId('from'),
  nameId('to'),
];
const WRAPPERS: readonly NamespaceUri[] = [
  'urn:xmpp:carbons:2',
  'urn:xmpp:mam:2',
  'urn:xmpp:mam:1',
  'urn:xmpp:mam:0',
  'urn:xmpp:mam:tmp',
];
const IS_WRAPPER = new Uint8Array(NAMESPACES.length);
for (const uri of WRAPPERS) IS_WRAPPER[nsId(uri)] = 1;

export class WrappedMessage {
  readonly from = new JidKeys();
  readonly to = new JidKeys();
  hasBody = false;

  /** @returns false when there is no message with sender and addressee inside. */
  read(view: StanzaView): boolean {
    const { tree, memory } = view;
    const message = innerMessage(tree);
    if (message < 0) return false;
    const from = tree.attr(message, FROM);
    const to = tree.attr(message, TO);
    if (from < 0 || to < 0) return false;
    this.from.ofBytes(memory, tree.valueOffset(from), tree.valueLength(from));
    this.to.ofBytes(memory, tree.valueOffset(to), tree.valueLength(to));
    const ns = tree.ns(message);
    this.hasBody = tree.child(message, ns, BODY) >= 0;
    return true;
  }
}

/**
 * Does the wrapper come from where copies may come from, the own account or its server? Anybody can write one.
 */
export function isOwnWrapper({ hop, from, to }: Scene): boolean {
  if (hop !== HOP.toClient) return false;
  if (!from.isKnown) return true;
  return to.isKnown && (from.bare.equals(to.bare) || from.bare.equals(to.domain));
}

function innerMessage(tree: StanzaTree): number {
  for (let at = tree.firstChild(0); at >= 0; at = tree.nextSibling(at, 0)) {
    if (IS_WRAPPER[tree.ns(at)] === 0) continue;
    const forwarded = tree.child(at, FORWARD, FORWARDED);
    if (forwarded < 0) return -1;
    const message = tree.child(forwarded, CLIENT, MESSAGE);
    return message >= 0 ? message : tree.child(forwarded, SERVER, MESSAGE);
  }
  return -1;
}
