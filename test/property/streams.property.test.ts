/** Stream rules fire where a naive reader of all bytes says, however the stream is cut. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { bufferId, defaultLimits } from '../../sensor/core/index.ts';
import type { Rule, RuleSet, RuleTerm } from '../../sensor/rules/index.ts';
import { evaluateRule } from '../support/reference-evaluator.ts';
import { soundRules } from '../support/rule-lab.ts';
import { StreamLab, streamRule } from '../support/stream-lab.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 150);
const TIME_LIMIT_MS = Number(process.env['PROPERTY_MS'] ?? 60_000);
/** Small, so that streams outgrow it. */
const WINDOW = 24;
const LIMITS = { ...defaultLimits(), detectStreamWindowBytes: WINDOW };
const STREAM = bufferId('stream');

const letters = (min: number, max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('a', 'a', 'b', 'A', '1'), { minLength: min, maxLength: max })
    .map((list) => list.join(''));

const relative = fc.record({
  distance: fc.option(fc.integer({ min: -3, max: 4 })),
  reach: fc.option(fc.integer({ min: 0, max: 6 })),
});

const modifiers = (
  length: number,
  { distance, reach }: { distance: number | null; reach: number | null },
): string =>
  (distance === null ? '' : ` distance:${distance};`) +
  (reach === null ? '' : ` within:${length + reach};`);

const firstTerm = fc
  .record({ text: letters(1, 5), nocase: fc.boolean() })
  .map(({ text, nocase }) => `content:"${text}";${nocase ? ' nocase;' : ''}`);

const nextTerm = fc.oneof(
  fc
    .record({ text: letters(1, 4), nocase: fc.boolean(), place: relative })
    .map(
      ({ text, nocase, place }) =>
        `content:"${text}";${nocase ? ' nocase;' : ''}${modifiers(text.length, place)}`,
    ),
  fc
    .record({ text: letters(1, 3), distance: fc.integer({ min: -2, max: 3 }), reach: fc.nat(6) })
    .map(
      ({ text, distance, reach }) =>
        `content:!"${text}"; distance:${distance}; within:${text.length + reach};`,
    ),
  fc
    .record({
      expression: fc.constantFrom('ab+', '[ab]1', 'a.{2,4}b', '(?:1|A)a', '\\d{2}'),
      flags: fc.subarray(['i', 's', 'R']),
    })
    .map(({ expression, flags }) => `pcre:"/${expression}/${flags.join('')}";`),
  fc.integer({ min: 1, max: 6 }).map((count) => `isdataat:${count},relative;`),
);

const options = fc.oneof(
  fc.tuple(firstTerm, fc.array(nextTerm, { maxLength: 3 })).map(([a, b]) => [a, ...b].join(' ')),
  // Contents that overlap themselves, pcres alone, matches that are far apart.
  letters(1, 3).map((text) => `content:"${text}";`),
  fc.constantFrom(
    'content:"aa";',
    'content:"aba"; nocase;',
    'pcre:"/a[b1]+A/";',
    'pcre:"/b.{1,9}b/s"; content:"1"; distance:0;',
    'content:"bb1"; pcre:"/Aa1/";',
    'content:"1A1"; content:"b"; distance:-20; pcre:"/a1a/";',
  ),
);

/** Negated contents wait for the bytes they speak about. */
function waiting(rule: Rule): Rule {
  const terms = rule.terms.flatMap((term): RuleTerm[] => {
    if (term.kind !== 'content' || !term.negated) return [term];
    const min = (term.distance ?? 0) + (term.within ?? 0);
    const { buffer, group } = term;
    return [
      term,
      { kind: 'isdataat', buffer, group, negated: false, min, max: Infinity, relative: true },
    ];
  });
  return { ...rule, terms };
}

/** Positions behind which the rule fires; the last is that of the end, when it fires there. */
function naive(rule: Rule, bytes: Uint8Array, ruleSet: RuleSet): number[] {
  const holds = (asked: Rule, from: number, end: number): boolean =>
    evaluateRule(asked, [{ buffer: STREAM, bytes: bytes.subarray(from, end) }], ruleSet, new Map());
  const flowing = waiting(rule);
  const ends: number[] = [];
  let consumed = 0;
  for (let end = 1; end <= bytes.length; end++) {
    if (!holds(flowing, Math.max(consumed, end - WINDOW), end)) continue;
    ends.push(end);
    consumed = end;
  }
  const waits = flowing.terms.length > rule.terms.length;
  if (waits && holds(rule, Math.max(consumed, bytes.length - WINDOW), bytes.length)) ends.push(0);
  return ends;
}

describe('stream rules', () => {
  it('fire where a naive reader of all bytes says, at every segmentation', () => {
    fc.assert(
      fc.property(
        fc.array(options, { minLength: 1, maxLength: 4 }),
        letters(1, 90),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 90 }),
        (list, text, sizes) => {
          const ruleSet = soundRules(list.map((rule, i) => streamRule(rule, i + 1)).join('\n'));
          const bytes = Buffer.from(text);
          const pieces: Buffer[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            pieces.push(bytes.subarray(at, at + size));
            at += size;
          }
          const lab = new StreamLab(ruleSet, { limits: LIMITS });
          lab.feed(pieces);
          lab.close();
          const told = lab.findings.map(({ rule, tsUsec }) => `${rule.sid} at ${tsUsec}`).sort();
          lab.engine.close();
          const behind = (end: number): number => {
            let position = 0;
            for (const piece of pieces) {
              position += piece.length;
              if (end > 0 && position >= end) return position;
            }
            return 0;
          };
          const expected = ruleSet.rules
            .flatMap((rule) =>
              naive(rule, bytes, ruleSet).map((end) => `${rule.sid} at ${behind(end)}`),
            )
            .sort();
          assert.deepEqual(told, expected, `${list.join(' | ')} on ${text}`);
        },
      ),
      { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS },
    );
  });
});
