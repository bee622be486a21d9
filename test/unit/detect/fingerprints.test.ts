/** Fingerprints: what of a document is recognised in a text, and what is not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Counters } from '../../../sensor/core/index.ts';
import {
  FingerprintIndex,
  LibraryError,
  ShingleReader,
  arrange,
  decodeLibrary,
  encodeLibrary,
  type FingerprintedDocument,
} from '../../../sensor/detect/index.ts';
import { Sightings } from '../../../sensor/detect/fingerprints/sightings.ts';

const KEY = new Uint8Array(32).fill(3);
const LEAST = 4;
const encoder = new TextEncoder();
const reader = new ShingleReader(KEY);

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Words as a language has them: few that are frequent, many that are rare. */
function prose(words: number, seed: number): string[] {
  const next = random(seed);
  return Array.from({ length: words }, () => `w${Math.floor(2000 ** next())}`);
}

function documentOf(
  name: string,
  text: string,
  facts: Partial<FingerprintedDocument> = {},
): FingerprintedDocument {
  const bytes = encoder.encode(text);
  const { words, shingles } = reader.select(bytes, 0, bytes.length);
  return {
    ...{ set: 'set', name, added: '2026-11-21', words, isCommon: false, group: 0 },
    ...{ shingles, boilerplate: new Uint32Array(0) },
    ...facts,
  };
}

/** Different shingles of each document that stand in a text, by name. */
function found(index: FingerprintIndex, text: string): Record<string, number> {
  const bytes = encoder.encode(`before it ${text}`);
  index.read(bytes, 10, bytes.length);
  const seen = new Map<string, Set<number>>();
  for (let i = 0; i < index.hitCount; i++) {
    const name = index.documents[index.hits[2 * i] as number]?.name ?? '';
    const ordinals = seen.get(name) ?? new Set<number>();
    ordinals.add(index.hits[2 * i + 1] as number);
    seen.set(name, ordinals);
  }
  return Object.fromEntries([...seen].map(([name, ordinals]) => [name, ordinals.size]));
}

describe('shingles', () => {
  it('are of words alone: case, punctuation, white space and breaks do not count', () => {
    const plain = 'one two three four five six seven eight nine ten eleven twelve thirteen';
    const written =
      'One, two;\r\n three\t"four" (five) SIX... seven - eight!\n\nNine; ten? eleven/twelve\u2014thirteen';
    const of = (text: string): Uint32Array => {
      const bytes = encoder.encode(text);
      return reader.select(bytes, 0, bytes.length).shingles;
    };
    assert.ok(of(plain).length > 0);
    assert.deepEqual(of(plain), of(written));
    assert.notDeepEqual(of(plain), of(plain.replace('six', 'sax')));
    assert.deepEqual(of('one two three four five six seven'), new Uint32Array(0));
  });

  it('are of sixteen ideographs, or of both kinds of words', () => {
    const chinese = '关于北方工厂关闭以及机器搬迁到海岸的决定将在三月九日监事会投票之后宣布';
    const index = new FingerprintIndex(
      [documentOf('plan', `${chinese}。${chinese.slice(5)}`)],
      KEY,
    );
    assert.ok((found(index, `他说：${chinese.slice(2, 34)}，对吗？`)['plan'] ?? 0) >= LEAST);
    assert.deepEqual(found(index, '三月九日监事会投票'), {});
    const mixed = `Projekt ${chinese.slice(0, 12)} uses the new plant in ${chinese.slice(12, 30)} until March of the next year`;
    const both = new FingerprintIndex([documentOf('mixed', mixed)], KEY);
    assert.ok((found(both, mixed)['mixed'] ?? 0) >= LEAST);
  });

  it('are every second one of a text, and of another key others', () => {
    const bytes = encoder.encode(prose(20_000, 1).join(' '));
    const { words, shingles } = reader.select(bytes, 0, bytes.length);
    assert.equal(words, 20_000);
    assert.ok(Math.abs(shingles.length / 2 - 10_000) < 400, `${shingles.length / 2}`);
    const other = new ShingleReader(new Uint8Array(32).fill(4)).select(bytes, 0, bytes.length);
    const own = new Set(shingles.filter((_, i) => i % 2 === 0));
    assert.ok(other.shingles.filter((word, i) => i % 2 === 0 && own.has(word)).length < 5);
  });
});

describe('a document', () => {
  const words = prose(3000, 7);
  const index = new FingerprintIndex([documentOf('own', words.join(' '))], KEY);

  it('is recognised by any 45 words in a row', () => {
    let fewest = Infinity;
    for (let at = 0; at + 45 <= words.length; at += 3) {
      fewest = Math.min(fewest, found(index, words.slice(at, at + 45).join(' '))['own'] ?? 0);
    }
    assert.ok(fewest >= LEAST, `${fewest}`);
  });

  it('is recognised by 60 words of which every fifteenth was changed', () => {
    let missed = 0;
    let tried = 0;
    for (let at = 0; at + 60 <= words.length; at += 30) {
      const part = words.slice(at, at + 60).map((word, i) => (i % 15 === 7 ? 'changed' : word));
      tried++;
      if ((found(index, part.join(' '))['own'] ?? 0) < LEAST) missed++;
    }
    assert.ok(missed <= tried / 20, `${missed} of ${tried}`);
  });

  it('is not recognised in other texts of its language', () => {
    for (let seed = 100; seed < 140; seed++) {
      assert.deepEqual(found(index, prose(3000, seed).join(' ')), {}, `${seed}`);
    }
  });

  it('is not recognised by its own words in another order', () => {
    const next = random(5);
    const shuffled = words.map((word) => ({ word, at: next() })).sort((a, b) => a.at - b.at);
    assert.deepEqual(found(index, shuffled.map(({ word }) => word).join(' ')), {});
  });
});

describe('boilerplate', () => {
  const footer = prose(80, 50).join(' ');
  const common = documentOf('licence', prose(300, 51).join(' '), { isCommon: true });
  const licence = prose(300, 51).join(' ');
  const names = ['a', 'b', 'c'];
  const texts = names.map((_, i) => `${prose(400, 60 + i).join(' ')} ${footer}`);

  it('of three documents, or of a common text, counts for none', () => {
    const documents = arrange([
      ...names.map((name, i) => documentOf(name, texts[i] ?? '')),
      documentOf('d', `${prose(400, 70).join(' ')} ${licence}`),
      common,
    ]);
    const index = new FingerprintIndex(documents, KEY);
    assert.deepEqual(
      index.documents.map(({ name }) => name),
      ['a', 'b', 'c', 'd'],
    );
    assert.deepEqual(found(index, footer), {}, 'up to its edges');
    assert.deepEqual(found(index, licence), {});
    assert.ok((found(index, texts[1] ?? '')['b'] ?? 0) > 100);
  });

  it('counts again when there are two of them', () => {
    const documents = arrange(
      arrange(names.map((name, i) => documentOf(name, texts[i] ?? ''))).slice(0, 2),
    );
    const index = new FingerprintIndex(documents, KEY);
    assert.deepEqual(Object.keys(found(index, footer)).sort(), ['a', 'b']);
  });

  it('is not what versions of one document share', () => {
    const base = prose(500, 80);
    const versions = [0, 1, 2, 3].map((n) =>
      documentOf(`v${n}`, base.map((word, i) => (i % 97 === n ? `edited${n}` : word)).join(' ')),
    );
    const documents = arrange(versions);
    assert.equal(new Set(documents.map(({ group }) => group)).size, 1);
    assert.ok(documents.every(({ boilerplate }) => boilerplate.length === 0));
  });
});

describe('ordinary chat', () => {
  it('of 60,000 lines holds no shingle of long English documents', () => {
    const paths = ['README.md', 'signatures/README.md', 'signatures/common-texts/licences.txt'];
    const documents = paths.map((path) => documentOf(path, readFileSync(path, 'utf8')));
    const index = new FingerprintIndex(documents, KEY);
    const packed = readFileSync(join('..', 'shared', 'data', 'text', 'irc-ham.jsonl.gz'));
    const lines = gunzipSync(packed).toString('utf8').trim().split('\n');
    const hits = lines.filter((line) => {
      const bytes = encoder.encode((JSON.parse(line) as { text: string }).text);
      index.read(bytes, 0, bytes.length);
      return index.hitCount > 0;
    });
    assert.ok(lines.length >= 60_000);
    assert.deepEqual(hits, []);
  });
});

describe('a library', () => {
  const documents = arrange([
    documentOf('one', prose(300, 1).join(' ')),
    documentOf('zwei: ü', prose(300, 2).join(' '), { set: 'b' }),
    documentOf('licence', prose(100, 3).join(' '), { isCommon: true }),
  ]);

  it('is read as it was written', () => {
    assert.deepEqual(decodeLibrary(encodeLibrary(documents, KEY), KEY), documents);
    assert.deepEqual(decodeLibrary(encodeLibrary([], KEY), KEY), []);
  });

  it('shows neither names nor shingles, and not that it is the same', () => {
    const file = Buffer.from(encodeLibrary(documents, KEY));
    assert.ok(!file.includes('zwei') && !file.includes('licence'));
    const { buffer } = documents[0]?.shingles ?? assert.fail();
    assert.ok(!file.includes(Buffer.from(buffer)));
    assert.notDeepEqual(file, Buffer.from(encodeLibrary(documents, KEY)));
  });

  it('that is cut, changed or foreign is refused', () => {
    const file = encodeLibrary(documents, KEY);
    const changed = file.slice();
    changed[60] = (changed[60] ?? 0) ^ 1;
    const foreign = new Uint8Array(32).fill(9);
    for (const bad of [
      file.subarray(0, 20),
      file.subarray(0, -1),
      changed,
      encoder.encode('hello'),
    ]) {
      assert.throws(() => decodeLibrary(bad, KEY), LibraryError);
    }
    assert.throws(() => decodeLibrary(file, foreign), /key of another sensor/);
  });
});

describe('sightings', () => {
  const counters = new Counters();
  const limits = { dlpSightings: 3, dlpSightingBytes: 1_000_000 };

  it('count each shingle once, until the last piece is long ago', () => {
    const sightings = new Sightings({ counters, limits, windowSeconds: 60 });
    const first = sightings.open('a', 100, 0);
    assert.equal(Sightings.add(first, 99), true);
    assert.equal(Sightings.add(first, 99), false);
    assert.equal(Sightings.addRecipient(first, 'bob'), true);
    assert.equal(Sightings.addRecipient(first, 'bob'), false);
    assert.equal(sightings.open('a', 100, 60e6), first);
    assert.equal(sightings.open('a', 100, 121e6).found, 0, 'forgotten');
  });

  it('forget the one untouched for longest', () => {
    const sightings = new Sightings({ counters, limits, windowSeconds: 60 });
    const a = sightings.open('a', 100, 0);
    for (const key of ['b', 'c']) sightings.open(key, 100, 1);
    sightings.open('a', 100, 2);
    sightings.open('d', 100, 3);
    assert.equal(counters.get('stateEvictions'), 1);
    assert.equal(sightings.open('a', 100, 4), a);
  });

  it('stay within their memory', () => {
    const small = { dlpSightings: 1000, dlpSightingBytes: 100 };
    const sightings = new Sightings({ counters: new Counters(), limits: small, windowSeconds: 60 });
    const a = sightings.open('a', 320, 0);
    sightings.open('b', 320, 0);
    sightings.open('c', 320, 0);
    assert.notEqual(sightings.open('a', 320, 0), a);
  });
});

describe('common texts', () => {
  it('that ship are read, and are long enough to count', () => {
    for (const name of ['licences.txt', 'mail-footers.txt']) {
      const text = readFileSync(join(process.cwd(), 'signatures', 'common-texts', name), 'utf8');
      assert.ok(documentOf(name, text).shingles.length / 2 > 100, name);
    }
  });
});
