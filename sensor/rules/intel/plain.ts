/**
 * Lists of one value a line, also with a comment behind it, or with an address before it as in hosts
 * files. `kind` says what all values are; without it each is what it looks like.
 */
import type { IntelItems, IntelKind } from './items.ts';
import { guessKind, canonicalValue } from './values.ts';

const COMMENT = /^(?:#|\/\/|;|!)/;
const HOSTS = /^(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+(\S+)$/;

export function parsePlain(text: string, into: IntelItems, kind?: IntelKind): void {
  let line = 0;
  for (const raw of text.split('\n')) {
    line++;
    if (into.isFull) return;
    const trimmed = raw.trim();
    if (trimmed === '' || COMMENT.test(trimmed)) continue;
    const bare = trimmed.replace(/\s+(?:#|\/\/|;).*$/, '');
    const value = HOSTS.exec(bare)?.[1] ?? bare;
    const place = `line ${line}`;
    const what = kind ?? guessKind(value);
    if (what === undefined || canonicalValue(what, value) === undefined) {
      into.fail(
        place,
        kind === undefined ? 'not a value of any kind' : `not a value of kind ${kind}`,
      );
    } else into.add(what, value, place);
  }
}

/** The JabberSPAM list: one server a line. */
export function parseJabberSpam(text: string, into: IntelItems): void {
  parsePlain(text, into, 'server');
}
