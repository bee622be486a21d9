/**
 * `dlp-pii-geo`: what the protocol itself tells people of other organisations: addresses of the own network, as
 * candidates of calls (XEP-0176) and stream hosts of files (XEP-0065), and where somebody is (XEP-0080). Every call has
 * candidates, so this is a note, one that grows for each account.
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { STANZA, bareJid, type StanzaTree } from '../../xmpp/index.ts';
import { TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const ADDRESS = eventId('dlp.address_exposed');
const LOCATION = eventId('dlp.location_exposed');

const JINGLE = nsId('urn:xmpp:jingle:1');
const BYTESTREAMS = nsId('http://jabber.org/protocol/bytestreams');
const PUBSUB_EVENT = nsId('http://jabber.org/protocol/pubsub#event');
const GEOLOC = nsId('http://jabber.org/protocol/geoloc');
const [HOST, IP] = [nameId('host'), nameId('ip')];

/** RFC 1918 and RFC 4193: what no router outside knows. */
const PRIVATE = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:)/i;
/** Elements of one stanza that are looked at. */
const MOST_ELEMENTS = 512;

export function watchExposure({ site }: WatchOptions): Watch {
  return {
    name: 'dlp-exposure',
    kinds: KINDS.message | KINDS.iq,
    types: ~((1 << TYPE.error) | (1 << TYPE.get)),
    children: [JINGLE, BYTESTREAMS, PUBSUB_EVENT],
    stanza(scene) {
      const { view, tree } = scene;
      const isIq = view.kind === STANZA.iq;
      const ns = isIq ? tree.ns(tree.firstChild(0)) : PUBSUB_EVENT;
      if (!isIq && !scene.holds(PUBSUB_EVENT)) return;
      const found =
        ns === PUBSUB_EVENT
          ? find(tree, (at) => (tree.ns(at) === GEOLOC ? 'where they are' : ''))
          : find(tree, (at) => privateAddress(tree, at));
      if (found === '' || !site.isLeaving(view.from, view.to) || scene.isRepeat) return;
      tell(scene, ns === PUBSUB_EVENT ? LOCATION : ADDRESS, found);
    },
  };
}

/** The private address a candidate or stream host has, '' when it has none. */
function privateAddress(tree: StanzaTree, at: number): string {
  for (const name of [IP, HOST]) {
    const address = tree.attrValue(at, name);
    if (PRIVATE.test(address)) return address;
  }
  return '';
}

/** What is asked for, in the first element of the stanza that has it. */
function find(tree: StanzaTree, of: (element: number) => string): string {
  const open: number[] = [0];
  for (let looked = 0; open.length > 0 && looked < MOST_ELEMENTS; looked++) {
    const element = open.pop() as number;
    const found = element === 0 ? '' : of(element);
    if (found !== '') return found;
    for (let at = tree.firstChild(element); at >= 0; at = tree.nextSibling(at, element)) {
      if (open.length < MOST_ELEMENTS) open.push(at);
    }
  }
  return '';
}

function tell(scene: Scene, event: number, what: string): void {
  const { from, to } = scene.view;
  const said = event === LOCATION ? what : `the address ${shown(what)} of its network`;
  const summary = `${shown(from)} told ${shown(to)}, of another organisation, ${said}`;
  scene.raise(event, { key: bareJid(from), contributors: [to] }, { summary });
}
