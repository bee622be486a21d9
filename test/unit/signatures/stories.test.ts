/** Every shipped signature tells its alerts in one plain sentence, whatever raised them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createAlerter, type AlertRecord } from '../../../sensor/alert/index.ts';
import { Counters, thresholdValues } from '../../../sensor/core/index.ts';
import { loadCases, type Rule } from '../../../sensor/rules/index.ts';
import { SIGNATURES, shippedPlayer } from '../../support/case-player.ts';
import { LIMITS, flowFacts, makeFlow } from '../alert/sample.ts';

const MOST_CHARS = 300;
const cases = loadCases(join(SIGNATURES, 'cases'));
const player = shippedPlayer();
const { rules } = player.rules;

/** Their cases hold text that breaks every grammar. */
const HOSTILE: ReadonlySet<number> = new Set([1520102]);

/** Fails unless it reads as a sentence does that somebody wrote. */
function assertSentence(text: string, about: string): void {
  const what = `${about}: ${text}`;
  assert.ok(text.length > 10 && text.length <= MOST_CHARS, what);
  assert.match(text, /^(?:[A-Z]|[^\s@]+@|\d|[\w-]+\.[\w.-]+ )/, `begins with who did it: ${what}`);
  assert.doesNotMatch(text, /[.,;:\s]$/, `ends with a word: ${what}`);
  assert.doesNotMatch(text, /[,;:]{2}|\.\.(?!\/)|[,;:]\.|\s{2}|\s[,;:)]|\(\s|\(\)/, what);
  assert.doesNotMatch(text, /[[\]]|\{(?:[a-z_]+)\}|undefined|null|NaN|\[object/, what);
  assert.doesNotMatch(text, /something unknown|somebody unknown/, what);
  assert.doesNotMatch(text, /\b(\w{2,}) \1\b/i, `says a word twice: ${what}`);
  assert.doesNotMatch(text, /\b1 (?:accounts|strangers|messages|times|seconds|minutes)\b/, what);
  assert.doesNotMatch(text, /\b[Aa] [aeioAEIO][a-z]|\ban [bcdfgjkpqtvwz]/, `article: ${what}`);
}

/** The alerts of a rule on its own cases, in its own words. */
function alertsOf(rule: Rule): AlertRecord[] {
  const records: AlertRecord[] = [];
  const source = cases.find((one) => one.sid === rule.sid && one.isFiring);
  assert.ok(source !== undefined, `no case for ${rule.sid}`);
  const alerter = createAlerter({
    sensorName: 'sensor-1',
    hmacKey: new Uint8Array(32),
    flowFacts: { ...flowFacts(), info: (flow) => makeFlow(flow), hasGap: () => false },
    origin: () => ({ fileName: '', interfaceName: '', packetNumber: 1 }),
    counters: new Counters(),
    limits: LIMITS,
    thresholds: thresholdValues(),
    emit: (record) => {
      if (record.kind === 'alert') records.push(record.record);
    },
  });
  for (const finding of player.play(source))
    if (finding.rule.sid === rule.sid) alerter.onFinding(finding);
  alerter.shutdown();
  return records;
}

describe('the story of every shipped signature', () => {
  for (const rule of rules.filter(({ noalert, action }) => !noalert && action === 'alert')) {
    it(`${rule.sid} ${rule.msg}`, () => {
      const records = alertsOf(rule);
      for (const { alert } of records) {
        const story = String(alert.context['summary']);
        // What hostile names and texts look like is not ours to judge.
        if (!HOSTILE.has(rule.sid)) assertSentence(story, `${rule.sid}`);
        assert.doesNotMatch(story, /fits the rule/, 'has words of its own');
        assert.equal(alert.metadata['story'], undefined, 'its phrase stays with the rule');
      }
      // Only findings that a detector raises, and tells, come without.
      assert.ok(records.length > 0 || rule.events.length > 0, 'has an alert');
    });
  }
});
