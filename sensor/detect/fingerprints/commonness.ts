/**
 * Which shingles say nothing about a document: those of texts that are nobody's own (licences, footers of mails), and
 * those that stand in several documents, as every company's boilerplate does. Versions of one document are one document
 * here: what they share is what they are about.
 */
import type { FingerprintedDocument } from './library.ts';

/** In so many documents that are not versions of each other, a shingle is boilerplate. */
const COMMON_FROM = 3;
/** Documents that share so much of the smaller one are versions of each other. */
const VERSION_SHARE = 0.5;
/** Boilerplate stands in hundreds of documents: whose else it is does not matter. */
const MAX_OWNERS = 16;

/** Sorts the shingles of all documents anew. `common`: shingles that are nobody's own, as pairs of words. */
export function arrange(
  documents: readonly FingerprintedDocument[],
  common: readonly Uint32Array[] = [],
): FingerprintedDocument[] {
  const all = documents.map((document) => keysOf(document.shingles, document.boilerplate));
  const own = documents.map(({ isCommon }) => !isCommon);
  const owners = ownersOf(all, own);
  const groups = groupVersions(all, own, owners);
  const nobodys = new Set([
    ...common.flatMap((pairs) => [...keysOf(pairs)]),
    ...all.flatMap((keys, i) => (own[i] === true ? [] : [...keys])),
  ]);
  for (const [key, list] of owners) {
    if (new Set(list.map((document) => groups[document])).size >= COMMON_FROM) nobodys.add(key);
  }
  return documents.map((document, i) => {
    const keys = all[i] ?? NO_KEYS;
    const isOut = (key: bigint): boolean => own[i] === true && nobodys.has(key);
    const shingles = pairsOf(keys.filter((key) => !isOut(key)));
    return {
      ...document,
      group: groups[i] ?? 0,
      shingles,
      boilerplate: pairsOf(keys.filter(isOut)),
    };
  });
}

const NO_KEYS = new BigUint64Array(0);

function keysOf(...lists: readonly Uint32Array[]): BigUint64Array {
  const keys = new BigUint64Array(lists.reduce((sum, list) => sum + list.length / 2, 0));
  let count = 0;
  for (const list of lists) {
    for (let i = 0; i < list.length; i += 2) {
      keys[count++] = (BigInt(list[i] as number) << 32n) | BigInt(list[i + 1] as number);
    }
  }
  return keys;
}

function pairsOf(keys: BigUint64Array): Uint32Array {
  const pairs = new Uint32Array(2 * keys.length);
  keys.forEach((key, i) => {
    pairs[2 * i] = Number(key >> 32n);
    pairs[2 * i + 1] = Number(key & 0xffffffffn);
  });
  return pairs;
}

/** In which documents a shingle stands, as far as it matters. */
function ownersOf(all: readonly BigUint64Array[], own: readonly boolean[]): Map<bigint, number[]> {
  const owners = new Map<bigint, number[]>();
  all.forEach((keys, document) => {
    if (own[document] !== true) return;
    for (const key of keys) {
      const list = owners.get(key);
      if (list === undefined) owners.set(key, [document]);
      else if (list.length < MAX_OWNERS) list.push(document);
    }
  });
  return owners;
}

/** The group of each document; numbers count up from 0. */
function groupVersions(
  all: readonly BigUint64Array[],
  own: readonly boolean[],
  owners: ReadonlyMap<bigint, readonly number[]>,
): number[] {
  const parent = all.map((_, document) => document);
  const root = (document: number): number => {
    let at = document;
    while (parent[at] !== at) at = parent[at] as number;
    return at;
  };
  all.forEach((keys, document) => {
    if (own[document] !== true) return;
    const shared = new Map<number, number>();
    for (const key of keys) {
      for (const other of owners.get(key) ?? []) {
        if (other < document) shared.set(other, (shared.get(other) ?? 0) + 1);
      }
    }
    for (const [other, count] of shared) {
      const least = Math.min(keys.length, all[other]?.length ?? 0);
      if (count >= VERSION_SHARE * least) parent[root(document)] = root(other);
    }
  });
  const numbers = new Map<number, number>();
  return all.map((_, document) => {
    const top = root(document);
    const known = numbers.get(top) ?? numbers.size;
    numbers.set(top, known);
    return known;
  });
}
