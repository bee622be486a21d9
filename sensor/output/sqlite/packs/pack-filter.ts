/**
 * The filter of alerts on packs. Each test takes alerts away from a mask, a byte for each place.
 */
import { bareJid } from '../../../alert/index.ts';
import { TRIAGE_STATUSES, parseAddress } from '../../../core/index.ts';
import {
  CLASS_NAME,
  type AlertFilter,
  type AlertMatch,
  type DetectionsOf,
} from '../alert-filter.ts';
import type { OpenPack } from './alert-packs.ts';
import type { NameHash } from './name-hash.ts';
import { PACK_ALERTS, withoutCase, type KeyColumn } from './pack-columns.ts';
import { SoughtText } from './pack-texts.ts';

type Mask = Uint8Array;
type Test = (pack: OpenPack, mask: Mask) => void;

export class PackFilter {
  readonly #tests: readonly Test[];
  readonly #excluded: (readonly Test[])[] = [];
  readonly #detectionsOf: DetectionsOf;
  readonly #hash: NameHash;

  constructor(filter: AlertFilter, hash: NameHash, detectionsOf: DetectionsOf) {
    this.#hash = hash;
    this.#detectionsOf = detectionsOf;
    const { sinceUsec, untilUsec, not = [] } = filter;
    const tests = this.#testsOf(filter);
    if (sinceUsec !== undefined) {
      tests.push(timeTest('last', (usec) => usec >= sinceUsec));
    }
    if (untilUsec !== undefined) tests.push(timeTest('first', (usec) => usec < untilUsec));
    // Alerts of no campaign are not those of one without a name.
    if (filter.campaignId === '' || filter.fileId === '') tests.push((_, mask) => mask.fill(0));
    this.#tests = tests;
    for (const match of not) {
      const excluded = this.#testsOf(match);
      if (excluded.length > 0) this.#excluded.push(excluded);
    }
  }

  /** Those of the pack that fit. */
  mask(pack: OpenPack): Mask {
    const mask = pack.present.slice();
    tried(pack, mask, this.#tests);
    for (const tests of this.#excluded) {
      const excluded = mask.slice();
      tried(pack, excluded, tests);
      for (let i = 0; i < PACK_ALERTS; i++) {
        mask[i] = (mask[i] as number) & ~(excluded[i] as number);
      }
    }
    return mask;
  }

  #testsOf(match: AlertMatch): Test[] {
    const { severities, statuses, detection, gid, sid, jid, ip, category, text } = match;
    const { campaignId, fileId, communityId } = match;
    const tests: Test[] = [];
    if (severities !== undefined && severities.length > 0) {
      tests.push(byteTest('severity', severities));
    }
    if (statuses !== undefined && statuses.length > 0) {
      tests.push(
        byteTest(
          'status',
          statuses.map((status) => TRIAGE_STATUSES.indexOf(status)),
        ),
      );
    }
    if (sid !== undefined) tests.push(signatureTest(0, sid));
    if (gid !== undefined) tests.push(signatureTest(1, gid));
    if (detection !== undefined) {
      const slugs = detection.endsWith('*')
        ? this.#detectionsOf(detection.slice(0, -1))
        : [detection];
      tests.push(this.#nameTest(['detection'], slugs));
    }
    if (category !== undefined) {
      tests.push(
        CLASS_NAME.test(category)
          ? this.#nameTest(['classtype'], [category])
          : this.#nameTest(['categoryAnyCase'], [withoutCase(category)]),
      );
    }
    if (jid !== undefined) {
      const columns = jid.includes('@')
        ? (['from', 'to'] as const)
        : (['fromDomain', 'toDomain'] as const);
      tests.push(this.#nameTest(columns, [bareJid(jid)]));
      if (jid.includes('@') && jid.includes('/')) {
        tests.push(this.#nameTest(['fromFull', 'toFull'], [jid]));
      }
    }
    if (campaignId !== undefined) tests.push(this.#nameTest(['campaign'], [campaignId]));
    if (fileId !== undefined) tests.push(this.#nameTest(['file'], [fileId]));
    if (communityId !== undefined) tests.push(this.#nameTest(['flow'], [communityId]));
    if (ip !== undefined) tests.push(this.#nameTest(['source', 'destination'], [parseAddress(ip)]));
    // Last, where alerts are left.
    if (text !== undefined) tests.push(textTest(text));
    return tests;
  }

  #nameTest(columns: readonly KeyColumn[], names: readonly string[]): Test {
    const wanted = names.map((name) => {
      // As SQLite reads it: half a character is none.
      this.#hash.hash(Buffer.from(name).toString());
      return [this.#hash.low, this.#hash.high] as const;
    });
    return keyTest(columns, (keys) =>
      wanted.map(([low, high]) => numberOf(keys, low, high)).filter((number) => number >= 0),
    );
  }
}

/** Test after test, as long as there is something left. */
function tried(pack: OpenPack, mask: Mask, tests: readonly Test[]): void {
  for (const test of tests) {
    test(pack, mask);
    if (!mask.includes(1)) return;
  }
}

function textTest(words: string): Test {
  // Every text has the empty one.
  if (words === '') return () => undefined;
  const text = new SoughtText(words);
  return ({ having }, mask) => {
    keep(mask, having(text));
  };
}

function timeTest(column: 'first' | 'last', holds: (usec: number) => boolean): Test {
  return ({ columns }, mask) => {
    const times = columns.times(column);
    for (let i = 0; i < PACK_ALERTS; i++) {
      if (mask[i] === 1 && !holds(times[i] as number)) mask[i] = 0;
    }
  };
}

function byteTest(column: 'severity' | 'status', values: readonly number[]): Test {
  const allowed = new Uint8Array(256);
  for (const value of values) allowed[value] = 1;
  return ({ columns }, mask) => {
    const bytes = columns.bytes(column);
    for (let i = 0; i < PACK_ALERTS; i++) {
      mask[i] = (mask[i] as number) & (allowed[bytes[i] as number] as number);
    }
  };
}

/** By the sid (half 0 of the key) or the gid. */
function signatureTest(half: 0 | 1, value: number): Test {
  return keyTest(['signature'], (keys) => {
    const numbers: number[] = [];
    for (let i = half; i < keys.length; i += 2) if (keys[i] === value) numbers.push(i >> 1);
    return numbers;
  });
}

/** One of the columns has one of the keys that `numbersIn` finds in it. */
function keyTest(
  names: readonly KeyColumn[],
  numbersIn: (keys: Uint32Array) => readonly number[],
): Test {
  return ({ columns }, mask) => {
    const either = new Uint8Array(PACK_ALERTS);
    for (const name of names) {
      const { index, keys } = columns.keys(name);
      const numbers = numbersIn(keys);
      if (numbers.length === 0) continue;
      const allowed = new Uint8Array(keys.length / 2);
      for (const number of numbers) allowed[number] = 1;
      for (let i = 0; i < PACK_ALERTS; i++) {
        either[i] = (either[i] as number) | (allowed[index[i] as number] as number);
      }
    }
    keep(mask, either);
  };
}

/** Each key is once in its pack; -1 for one that is not. */
function numberOf(keys: Uint32Array, low: number, high: number): number {
  for (let i = 0; i < keys.length; i += 2) {
    if (keys[i] === low && keys[i + 1] === high) return i >> 1;
  }
  return -1;
}

function keep(mask: Mask, those: Uint8Array): void {
  for (let i = 0; i < PACK_ALERTS; i++) mask[i] = (mask[i] as number) & (those[i] as number);
}
