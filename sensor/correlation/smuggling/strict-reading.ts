/** What the tokenizer made of a first-level element: the other side of the comparison. */
import { nameId } from '../../xml/index.ts';
import type { StanzaTree } from '../../xmpp/index.ts';
import type { ReadElement } from './loose-reader.ts';

const [FROM, TO, TYPE, ID] = [nameId('from'), nameId('to'), nameId('type'), nameId('id')];

export function strictReading(tree: StanzaTree): ReadElement {
  return {
    name: tree.localName(0),
    from: tree.attrValue(0, FROM),
    to: tree.attrValue(0, TO),
    type: tree.attrValue(0, TYPE),
    id: tree.attrValue(0, ID),
    isComplete: true,
  };
}
