/** The catalogue of thresholds and the events of stateful detectors: nothing in them is dead, and a rule tells of each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  EVENTS,
  THRESHOLDS,
  eventName,
  findEventId,
  thresholdValues,
  type ThresholdInfo,
} from '../../sensor/core/index.ts';
import { shippedRules } from '../support/case-player.ts';
import { sources } from './tree.ts';

const files = sources();
const code = files.filter(({ path }) => !path.startsWith('core/'));
const catalogue = Object.entries<ThresholdInfo>(THRESHOLDS);
const { rules } = shippedRules();
const named = new Set(rules.flatMap(({ events }) => events.map(eventName)));

describe('thresholds', () => {
  it('are used by the code', () => {
    const text = code.map((file) => file.text).join('\n');
    const keys = catalogue.map(([key]) => key);
    assert.deepEqual(
      keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(text)),
      [],
    );
  });
  it('have a key and a name of their own', () => {
    // Of two families with the same key one would be lost without a word.
    const keys = files
      .filter(({ path }) => path.startsWith('core/thresholds/'))
      .flatMap(({ text }) => [...text.matchAll(/^ {2}(\w+): threshold\(/gm)].map((m) => m[1]));
    assert.deepEqual([...new Set(keys)].sort(), Object.keys(THRESHOLDS).sort());
    assert.equal(keys.length, catalogue.length);
    assert.equal(new Set(catalogue.map(([, { name }]) => name)).size, catalogue.length);
  });
  for (const [key, { name, unit, reason, source, events, ...info }] of catalogue) {
    it(`${key} says what it is`, () => {
      assert.match(name, /^[a-z0-9]+\.[a-z][a-z0-9_]*$/);
      assert.ok(['items', 'seconds', 'percent', 'bytes', 'points'].includes(unit));
      assert.ok(Number.isFinite(info.default) && info.default >= 0, 'default');
      assert.match(reason, /^\S.{14,}\.$/s, 'the reason is a sentence');
      assert.ok(source.length >= 5, 'no source');
      for (const event of events) {
        assert.ok(findEventId(event) !== undefined, `there is no event ${event}`);
        assert.ok(named.has(event), `no rule names ${event}`);
      }
    });
  }
  it('take values by name, and keep the rest', () => {
    const values = thresholdValues({ 'malware.command_pairs': 99 });
    assert.equal(values.commandPairs, 99);
    assert.equal(values.commandTargets, THRESHOLDS.commandTargets.default);
  });
});

describe('events of correlation/', () => {
  const [own, others] = [true, false].map((isOwn) =>
    code
      .filter(({ room }) => (room === 'correlation') === isOwn)
      .map(({ text }) => text)
      .join(''),
  );
  // What other rooms raise the watches only hear.
  const raised = new Set(
    [...(own ?? '').matchAll(/\beventId\('([^']+)'\)/g)]
      .map(([, event = '']) => event)
      .filter((event) => others?.includes(`'${event}'`) === false),
  );
  it('are there', () => {
    assert.ok(raised.size > 3);
  });
  for (const event of raised) {
    it(`${event} is in the catalogue, and a shipped rule names it`, () => {
      assert.ok(EVENTS.some(({ name }) => name === event));
      assert.ok(named.has(event));
    });
  }
  it('have rules without a rate: firings are folded into one alert', () => {
    const ids = new Set([...raised].map((event) => findEventId(event)));
    const rated = rules.filter(
      ({ events, threshold, detectionFilter }) =>
        events.some((event) => ids.has(event)) && (threshold ?? detectionFilter) !== undefined,
    );
    assert.deepEqual(
      rated.map(({ sid }) => sid),
      [],
    );
  });
});
