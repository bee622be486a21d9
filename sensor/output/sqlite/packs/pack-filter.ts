/**
 * The filter of alerts on packs. Each test takes alerts away from a mask, a byte for each place. What packs do not know
 * (texts, resources, campaigns, files, flows) is left to whoever looks at the alerts.
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
import { PACK_ALERTS, withoutCase, type KeyColumn, type Pack } from './pack-columns.ts';

type Mask = Uint8Array;
type Test = (columns: Pack, mask: Mask) => void;

export class PackFilter {
  readonly #tests: readonly Test[];
  readonly #excluded: (readonly Test[])[] = [];
  /** Nothing is left to look at in the alerts. */
  readonly isWhole: boolean;
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
    this.#tests = tests;
    let isWhole = isKnown(filter);
    for (const match of not) {
      const excluded = this.#testsOf(match);
      // One that is known in part would leave out too many.
      if (!isKnown(match)) isWhole = false;
      else if (excluded.length > 0) this.#excluded.push(excluded);
    }
    this.isWhole = isWhole;
  }

  /** Those of the pack that fit, as far as packs know. */
  mask({ columns, present }: OpenPack): Mask {
    const mask = present.slice();
    for (const test of this.#tests) test(columns, mask);
    for (const tests of this.#excluded) {
      const excluded = mask.slice();
      for (const test of tests) test(columns, excluded);
      for (let i = 0; i < PACK_ALERTS; i++) {
        mask[i] = (mask[i] as number) & ~(excluded[i] as number);
      }
    }
    return mask;
  }

  #testsOf(match: AlertMatch): Test[] {
    const { severities, statuses, detection, gid, sid, jid, ip, category } = match;
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
    if (sid !== undefined) tests.push(keyTest(['signature'], (low) => low === sid));
    if (gid !== undefined) tests.push(keyTest(['signature'], (_, high) => high === gid));
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
          : this.#nameTest(['words'], [withoutCase(category)]),
      );
    }
    if (jid !== undefined) {
      const columns = jid.includes('@')
        ? (['from', 'to'] as const)
        : (['fromDomain', 'toDomain'] as const);
      tests.push(this.#nameTest(columns, [bareJid(jid)]));
    }
    if (ip !== undefined) tests.push(this.#nameTest(['source', 'destination'], [parseAddress(ip)]));
    return tests;
  }

  #nameTest(columns: readonly KeyColumn[], names: readonly string[]): Test {
    const keys = names.map((name) => {
      this.#hash.hash(name);
      return [this.#hash.low, this.#hash.high] as const;
    });
    return keyTest(columns, (low, high) => keys.some(([l, h]) => l === low && h === high));
  }
}

function isKnown({ text, campaignId, fileId, communityId, jid }: AlertMatch): boolean {
  const isResource = jid?.includes('@') === true && jid.includes('/');
  return !isResource && [text, campaignId, fileId, communityId].every((part) => part === undefined);
}

function timeTest(column: 'first' | 'last', holds: (usec: number) => boolean): Test {
  return (columns, mask) => {
    const times = columns.times(column);
    for (let i = 0; i < PACK_ALERTS; i++) {
      if (mask[i] === 1 && !holds(times[i] as number)) mask[i] = 0;
    }
  };
}

function byteTest(column: 'severity' | 'status', values: readonly number[]): Test {
  const allowed = new Uint8Array(256);
  for (const value of values) allowed[value] = 1;
  return (columns, mask) => {
    const bytes = columns.bytes(column);
    for (let i = 0; i < PACK_ALERTS; i++) {
      mask[i] = (mask[i] as number) & (allowed[bytes[i] as number] as number);
    }
  };
}

/** One of the columns has such a key. */
function keyTest(names: readonly KeyColumn[], holds: (low: number, high: number) => boolean): Test {
  return (columns, mask) => {
    const either = new Uint8Array(PACK_ALERTS);
    for (const name of names) {
      const { index, keys } = columns.keys(name);
      const allowed = new Uint8Array(keys.length / 2);
      let some = 0;
      for (let key = 0; key < allowed.length; key++) {
        const isAllowed = Number(holds(keys[key * 2] as number, keys[key * 2 + 1] as number));
        allowed[key] = isAllowed;
        some |= isAllowed;
      }
      if (some === 0) continue;
      for (let i = 0; i < PACK_ALERTS; i++) {
        either[i] = (either[i] as number) | (allowed[index[i] as number] as number);
      }
    }
    for (let i = 0; i < PACK_ALERTS; i++) mask[i] = (mask[i] as number) & (either[i] as number);
  };
}
