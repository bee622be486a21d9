/** What a stanza says of a file: the elements of XEP-0234, XEP-0385 and XEP-0446, the attributes of XEP-0096. */
import { nameId, nsId } from '../../xml/index.ts';
import type { StanzaTree } from '../../xmpp/index.ts';
import type { FileOffer } from '../types.ts';

const HASHES: readonly number[] = [nsId('urn:xmpp:hashes:2'), nsId('urn:xmpp:hashes:1')];
const THUMBS = nsId('urn:xmpp:thumbs:1');
const NAME = {
  name: nameId('name'),
  size: nameId('size'),
  mediaType: nameId('media-type'),
  mimeType: nameId('mime-type'),
  desc: nameId('desc'),
  range: nameId('range'),
  offset: nameId('offset'),
  length: nameId('length'),
  hash: nameId('hash'),
  hashes: nameId('hashes'),
  algo: nameId('algo'),
  thumbnail: nameId('thumbnail'),
  uri: nameId('uri'),
};
/** Bytes of the digests a file can be compared by. */
const DIGEST_BYTES: Readonly<Record<string, number>> = { 'sha-256': 32, 'sha-1': 20, md5: 16 };
const MOST_CHILDREN = 32;
/** Below 10 TB; what claims more is no file. */
const SIZE = /^\d{1,13}$/;

/** The facts of a FileOffer that are about the file itself. */
export type FileFacts = Pick<
  FileOffer,
  'name' | 'size' | 'mime' | 'description' | 'sha256' | 'md5' | 'sha1'
>;

export interface StatedFile {
  readonly facts: FileFacts;
  /** What should be a number and is none: "size -5". '' when all is well. */
  readonly oddity: string;
  /** Content ids of its thumbnails (XEP-0264). */
  readonly thumbnails: readonly string[];
}

export const NO_FACTS: FileFacts = {
  name: '',
  size: -1,
  mime: '',
  description: '',
  sha256: '',
  md5: '',
};

/** Of elements: `<file><name/><size/>...</file>`. */
export function readFileElement(tree: StanzaTree, file: number): StatedFile {
  const ns = tree.ns(file);
  const said = (name: number): string => tree.textOf(tree.child(file, ns, name)).trim();
  const sizeText = said(NAME.size);
  const range = tree.child(file, ns, NAME.range);
  const whole = {
    name: said(NAME.name),
    size: sizeOf(sizeText),
    mime: said(NAME.mediaType),
    description: said(NAME.desc),
    ...hashesOf(tree, file),
  };
  const part = range < 0 ? undefined : rangeOf(tree, range);
  return {
    facts: part === undefined ? whole : ranged(whole, part),
    oddity: oddityOf(sizeText) || (part?.oddity ?? ''),
    thumbnails: thumbnailsOf(tree, file),
  };
}

/** Of attributes: `<file name='' size='' hash=''><desc/></file>` in `<si mime-type=''/>`. */
export function readSiFile(tree: StanzaTree, si: number, file: number): StatedFile {
  const sizeText = tree.attrValue(file, NAME.size).trim();
  return {
    facts: {
      name: tree.attrValue(file, NAME.name),
      size: sizeOf(sizeText),
      mime: tree.attrValue(si, NAME.mimeType),
      description: tree.textOf(tree.child(file, tree.ns(file), NAME.desc)),
      sha256: '',
      md5: digestOf(tree.attrValue(file, NAME.hash), 16),
    },
    oddity: oddityOf(sizeText),
    thumbnails: [],
  };
}

/** The digests below an element, of which some may be wrapped in `<hashes/>` (XEP-0300). */
export function hashesOf(
  tree: StanzaTree,
  parent: number,
): Pick<FileFacts, 'sha256' | 'md5' | 'sha1'> {
  const found: Record<string, string> = {};
  let left = MOST_CHILDREN;
  const walk = (element: number): void => {
    for (
      let at = tree.firstChild(element);
      at >= 0 && left > 0;
      at = tree.nextSibling(at, element)
    ) {
      left--;
      if (!HASHES.includes(tree.ns(at))) continue;
      if (tree.name(at) === NAME.hashes) walk(at);
      if (tree.name(at) !== NAME.hash) continue;
      const algo = tree.attrValue(at, NAME.algo).toLowerCase();
      found[algo] ??= digestOf(tree.textOf(at).trim(), DIGEST_BYTES[algo] ?? 0);
    }
  };
  walk(parent);
  const sha1 = found['sha-1'] ?? '';
  const hashes = { sha256: found['sha-256'] ?? '', md5: found['md5'] ?? '' };
  return sha1 === '' ? hashes : { ...hashes, sha1 };
}

/** What part of a file is asked for or offered (XEP-0234 section 6, XEP-0096 section 3). */
export interface FileRange {
  readonly offset: number;
  /** -1: to its end. */
  readonly length: number;
  readonly oddity: string;
}

/** Undefined when all of it is: `<range/>` only says that ranges are understood. */
export function rangeOf(tree: StanzaTree, range: number): FileRange | undefined {
  const offsetText = tree.attrValue(range, NAME.offset).trim();
  const lengthText = tree.attrValue(range, NAME.length).trim();
  const oddity = oddityOf(offsetText, 'range offset') || oddityOf(lengthText, 'range length');
  const offset = Math.max(0, sizeOf(offsetText));
  const length = sizeOf(lengthText);
  return offset === 0 && length < 0 && oddity === '' ? undefined : { offset, length, oddity };
}

/** What is known of a part: its size; digests are of the whole. */
export function ranged<T extends FileFacts>(facts: T, { offset, length, oddity }: FileRange): T {
  if (oddity !== '' || (offset === 0 && length < 0)) return facts;
  const rest = facts.size < 0 ? -1 : Math.max(0, facts.size - offset);
  const size = length < 0 ? rest : rest < 0 ? length : Math.min(length, rest);
  return { ...facts, size, sha256: '', md5: '', ...(facts.sha1 === undefined ? {} : { sha1: '' }) };
}

/** A digest as small hex, written as hex or as base64; '' when it is none. */
export function digestOf(text: string, bytes: number): string {
  if (bytes === 0) return '';
  if (text.length === 2 * bytes && /^[0-9a-f]+$/i.test(text)) return text.toLowerCase();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return '';
  const digest = Buffer.from(text, 'base64');
  return digest.length === bytes ? digest.toString('hex') : '';
}

/** Bytes as a decimal number; -1 for anything else. */
export function sizeOf(text: string): number {
  return SIZE.test(text) ? Number(text) : -1;
}

/** What is odd about a size: not said is not odd. */
export function oddityOf(text: string, what = 'size'): string {
  return text === '' || SIZE.test(text) ? '' : `${what} ${text.slice(0, 64)}`;
}

function thumbnailsOf(tree: StanzaTree, file: number): string[] {
  const cids: string[] = [];
  let left = MOST_CHILDREN;
  for (let at = tree.firstChild(file); at >= 0 && left > 0; at = tree.nextSibling(at, file)) {
    left--;
    if (!tree.is(at, THUMBS, NAME.thumbnail)) continue;
    const uri = tree.attrValue(at, NAME.uri);
    if (uri.startsWith('cid:')) cids.push(uri.slice(4));
  }
  return cids;
}
