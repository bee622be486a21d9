/**
 * `pol-e2ee-state`: conversations that are encrypted end to end, by what. Their text is hidden from every content
 * rule, which an analyst should know before trusting silence; some sites forbid it, others demand it.
 */
import { eventId } from '../../core/index.ts';
import { NAMESPACES, nsId, type NamespaceUri } from '../../xml/index.ts';
import { bareJid, type StanzaView } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const E2EE = eventId('policy.e2ee');
const LIFE_SECONDS = 24 * 3600;

/** Numbers of the kinds; 0 is none. */
const KIND_NAMES = ['', 'OMEMO 0.3', 'OMEMO 2', 'OpenPGP (OX)', 'legacy OpenPGP', 'OTR'] as const;
const OTR = 5;
const BY_NAMESPACE: readonly (readonly [NamespaceUri, number])[] = [
  ['eu.siacs.conversations.axolotl', 1],
  ['urn:xmpp:omemo:1', 2],
  ['urn:xmpp:omemo:2', 2],
  ['urn:xmpp:openpgp:0', 3],
  ['jabber:x:encrypted', 4],
];
const OTR_MARK = new TextEncoder().encode('?OTR');

/** Kind by interned namespace: one lookup for each child of a message. */
const KINDS_BY_ID = new Uint8Array(NAMESPACES.length);
for (const [uri, kind] of BY_NAMESPACE) KINDS_BY_ID[nsId(uri)] = kind;

export function watchE2ee(options: WatchOptions): Watch {
  return new E2eeWatch(options);
}

class E2eeWatch implements Watch {
  readonly name = 'e2ee';
  readonly kinds = KINDS.message;
  /** By the two parties and the kind. */
  readonly #conversations: LruTable;
  readonly #key = new Key();

  constructor({ memory, limits }: WatchOptions) {
    const capacity = limits.correlationE2eeEntries;
    this.#conversations = new LruTable(memory, 'e2ee', capacity, LIFE_SECONDS);
  }

  stanza(scene: Scene): void {
    const kind = kindOf(scene);
    const { from, to, nowUsec, view } = scene;
    const isError = scene.outline.type === TYPE.error;
    if (kind === 0 || scene.isRepeat || !from.isKnown || !to.isKnown || isError) {
      return;
    }
    const { high, low } = this.#key.ofEither(from.bare, to.bare);
    this.#conversations.claim(high, low ^ kind, nowUsec);
    if (!this.#conversations.wasNew) return;
    const [a, b] = [bareJid(view.from), bareJid(view.to)].sort();
    const name = KIND_NAMES[kind] as string;
    scene.raise(
      E2EE,
      { key: `${a ?? ''} ${b ?? ''} ${name}`, contributors: [view.from] },
      {
        summary: `${shown(a ?? '')} and ${shown(b ?? '')} encrypt end to end by ${name}`,
        kind: name,
      },
    );
  }
}

function kindOf({ tree, view, outline }: Scene): number {
  if ((outline.marks & MARK.encrypted) === 0) return isOtr(view, outline.body) ? OTR : 0;
  for (let at = tree.firstChild(0); at >= 0; at = tree.nextSibling(at, 0)) {
    const kind = KINDS_BY_ID[tree.ns(at)] as number;
    if (kind !== 0) return kind;
  }
  return 0;
}

function isOtr({ memory, regions }: StanzaView, body: number): boolean {
  if (body < 0 || (regions[3 * body + 2] as number) < OTR_MARK.length) return false;
  const offset = regions[3 * body + 1] as number;
  for (let at = 0; at < OTR_MARK.length; at++) {
    if (memory[offset + at] !== OTR_MARK[at]) return false;
  }
  return true;
}
