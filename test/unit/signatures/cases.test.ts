/** Every shipped signature fires on its cases and stays silent on its near misses, however the bytes are cut. */
import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import {
  disguisedBodies,
  loadCases,
  withMessage,
  type SignatureCase,
} from '../../../sensor/rules/index.ts';
import { segmentations, sidsOf } from '../../../sensor/case-player.ts';
import { SIGNATURES, shippedPlayer } from '../../support/case-player.ts';

const cases = loadCases(join(SIGNATURES, 'cases'));
const player = shippedPlayer();

/** Letters written as references are a finding of their own. */
const REFERENCES = 1510100;

const byFile = new Map<string, SignatureCase[]>();
for (const source of cases) {
  const name = basename(source.file);
  byFile.set(name, [...(byFile.get(name) ?? []), source]);
}

for (const [file, group] of byFile) {
  describe(file, () => {
    for (const source of group) {
      it(`${source.sid} ${source.isFiring ? 'fires on' : 'is silent on'} ${source.name}`, () => {
        for (const segmentation of segmentations(source)) {
          const sids = sidsOf(player.play(source, segmentation));
          assert.deepEqual(sids, source.fires, `line ${source.line}, pieces of ${segmentation}`);
        }
      });
    }
  });
}

describe('text rules', () => {
  const messages = cases.filter((source) => source.body !== undefined && source.isFiring);
  for (const source of messages) {
    it(`${source.sid} fires on ${source.name} as references and in CDATA`, () => {
      for (const message of disguisedBodies(source.body ?? '')) {
        const disguised = withMessage(source, message);
        for (const segmentation of [7, Infinity]) {
          const sids = sidsOf(player.play(disguised, segmentation));
          assert.deepEqual(
            sids.filter((sid) => sid !== REFERENCES),
            source.fires.filter((sid) => sid !== REFERENCES),
            message,
          );
        }
      }
    });
    it(`${source.sid} fires once for ${source.name}`, () => {
      const sids = player.play(source).map(({ rule }) => rule.sid);
      assert.deepEqual(sids, [...new Set(sids)]);
    });
  }
});

describe('every shipped signature', () => {
  for (const rule of player.rules.rules) {
    it(`${rule.sid} has a case and a near miss`, () => {
      const own = cases.filter((source) => source.sid === rule.sid);
      assert.ok(
        own.some((source) => source.isFiring),
        `no case for ${rule.sid}`,
      );
      assert.ok(
        own.some((source) => !source.isFiring),
        `no near miss for ${rule.sid}`,
      );
    });
  }
  it('is named by cases that exist', () => {
    const sids = new Set(player.rules.rules.map((rule) => rule.sid));
    for (const source of cases) {
      for (const sid of [source.sid, ...source.fires]) {
        assert.ok(sids.has(sid), `${basename(source.file)}:${source.line} names ${sid}`);
      }
    }
  });
});
