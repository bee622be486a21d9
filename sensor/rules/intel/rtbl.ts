/**
 * Real-time block lists (xmppbl.org and others): SHA-256 of bare JIDs or domains, or plain domains, as
 * items of a pubsub node saved as XML (XEP-0060: the item's id is the value), or one a line.
 */
import type { IntelItems } from './items.ts';
import { parsePlain } from './plain.ts';
import { canonicalValue } from './values.ts';

const ITEM = /<item\s[^>]{0,1000}?\bid\s*=\s*(?:"([^"]{0,512})"|'([^']{0,512})')/g;
const RETRACTED = /<retract\s/;

export function parseRtbl(text: string, into: IntelItems): void {
  if (!text.trimStart().startsWith('<')) {
    parsePlain(text.replaceAll(/^(\s*[0-9a-f]{64})[\s,;].*$/gim, '$1'), into, 'rtbl');
    return;
  }
  let line = 1;
  let counted = 0;
  for (const match of text.matchAll(ITEM)) {
    if (into.isFull) return;
    line += countNewlines(text, counted, match.index);
    counted = match.index;
    const id = match[1] ?? match[2] ?? '';
    const place = `line ${line}`;
    if (canonicalValue('rtbl', id) !== undefined) into.add('rtbl', id, place);
    else if (canonicalValue('server', id) !== undefined) into.add('server', id, place);
    else into.fail(place, 'id of the item is neither a SHA-256 nor a domain');
  }
  if (RETRACTED.test(text))
    into.skip('retracted items: use --replace to drop what a list no longer has');
}

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1))
    count++;
  return count;
}
