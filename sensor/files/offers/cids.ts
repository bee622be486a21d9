/** Bits of binary (XEP-0231) that are referred to: in formatted text, and by whoever asks for them. */
import { KINDS, TYPE, type Scene, type Watch } from '../../correlation/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import type { FileLedger } from '../ledger.ts';
import type { RoadOptions } from '../watches.ts';
import { nameCid, NO_ERRORS, partiesOf } from './offer-desk.ts';

const BOB = nsId('urn:xmpp:bob');
const XHTML_IM = nsId('http://jabber.org/protocol/xhtml-im');
const XHTML = nsId('http://www.w3.org/1999/xhtml');
const NAME = { data: nameId('data'), cid: nameId('cid'), img: nameId('img'), src: nameId('src') };
/** Elements of a formatted text that are looked at, and how deep. */
const MOST_ELEMENTS = 256;
const MOST_DEPTH = 16;

export function watchCids({ ledger }: RoadOptions): Watch[] {
  return [
    {
      name: 'file-cids',
      kinds: KINDS.message,
      types: NO_ERRORS,
      children: [XHTML_IM],
      stanza: (scene) => {
        readPictures(scene, ledger);
      },
    },
    {
      name: 'file-cid-requests',
      kinds: KINDS.iq,
      types: 1 << TYPE.get,
      children: [BOB],
      stanza: (scene) => {
        const data = scene.tree.child(0, BOB, NAME.data);
        const { from, to } = partiesOf(scene);
        // Who is asked has it.
        nameCid(scene, ledger, { from: to, to: from }, scene.tree.attrValue(data, NAME.cid));
      },
    },
  ];
}

function readPictures(scene: Scene, ledger: FileLedger): void {
  const { tree } = scene;
  let left = MOST_ELEMENTS;
  const walk = (element: number, depth: number): void => {
    for (let at = tree.firstChild(element); at >= 0; at = tree.nextSibling(at, element)) {
      if (left-- <= 0) return;
      if (tree.is(at, XHTML, NAME.img)) {
        const src = tree.attrValue(at, NAME.src);
        if (src.startsWith('cid:')) nameCid(scene, ledger, partiesOf(scene), src.slice(4));
      } else if (depth < MOST_DEPTH) walk(at, depth + 1);
    }
  };
  walk(tree.childInNs(0, XHTML_IM), 0);
}
