/** The engine says what the reference evaluator says, on random rules over random stanzas. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import type { Validator } from '../../sensor/detect/index.ts';
import type { BufferName } from '../../sensor/core/index.ts';
import { evaluateRule } from '../support/reference-evaluator.ts';
import { RuleLab, ruleText, soundRules } from '../support/rule-lab.ts';
import { makeStanza, type RegionText } from '../support/stanza-view.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 150);
const TIME_LIMIT_MS = Number(process.env['PROPERTY_MS'] ?? 60_000);

const BUFFER_NAMES: readonly BufferName[] = ['xmpp.body', 'xmpp.text', 'xmpp.from', 'xmpp.stanza'];

const VALIDATORS = new Map<string, Validator>([
  ['even', (_text, start, end) => (end - start) % 2 === 0],
  ['luhn', (text, start) => text[start] === 0x61],
]);

const folder = mkdtempSync(join(tmpdir(), 'property-'));
after(() => {
  rmSync(folder, { recursive: true });
});
writeFileSync(join(folder, 'words.txt'), 'a\nab\nb1\n1A\n');

const letters = fc.constantFrom('a', 'b', 'A', '1', ' ', '\n');
const shortText = (min: number, max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('a', 'b', 'A', '1'), { minLength: min, maxLength: max })
    .map((c) => c.join(''));

const contentTerm = fc
  .record({
    text: shortText(1, 3),
    negated: fc.boolean(),
    nocase: fc.boolean(),
    place: fc.constantFrom('', 'absolute', 'relative', 'start', 'end', 'both'),
    first: fc.option(fc.integer({ min: 0, max: 4 })),
    distance: fc.option(fc.integer({ min: -3, max: 4 })),
    reach: fc.option(fc.integer({ min: 0, max: 5 })),
  })
  .map(({ text, negated, nocase, place, first, distance, reach }) => {
    const parts = [`content:${negated ? '!' : ''}"${text}";`];
    if (nocase) parts.push('nocase;');
    if (place === 'absolute' && first !== null) parts.push(`offset:${first};`);
    if (place === 'absolute' && reach !== null) parts.push(`depth:${text.length + reach};`);
    if (place === 'relative' && distance !== null) parts.push(`distance:${distance};`);
    if (place === 'relative' && reach !== null) parts.push(`within:${text.length + reach};`);
    if (place === 'start' || place === 'both') parts.push('startswith;');
    if (place === 'end' || place === 'both') parts.push('endswith;');
    return { text: parts.join(' '), canCheck: !negated };
  });

const atom = fc.constantFrom(
  'a',
  'b',
  '1',
  '[ab]',
  '[^a]',
  '.',
  '\\d',
  '\\w',
  '\\s',
  '(?:ab|b)',
  '(a|1b)',
);
const repeat = fc.constantFrom('', '', '', '+', '?', '*', '{2}', '{1,3}', '{2,}', '+?');
const expression = fc
  .record({
    start: fc.constantFrom('', '', '', '^', '\\b', '\\B'),
    head: fc.constantFrom('a', 'b', '1', '[ab]', '\\d', '(?:a|bb)'),
    parts: fc.array(fc.tuple(atom, repeat), { maxLength: 3 }),
    end: fc.constantFrom('', '', '', '\\b'),
  })
  .map(
    ({ start, head, parts, end }) =>
      start + head + parts.map((part) => part.join('')).join('') + end,
  );

const pcreTerm = fc
  .record({
    expressions: fc.array(expression, { minLength: 1, maxLength: 2 }),
    negated: fc.boolean(),
    flags: fc.subarray(['i', 's', 'm', 'R']),
  })
  .map(({ expressions, negated, flags }) => ({
    text: `pcre:${negated ? '!' : ''}"/${expressions.join('|')}/${flags.join('')}";`,
    canCheck: !negated,
  }));

const sizeTerm = fc
  .oneof(
    fc
      .tuple(
        fc.constantFrom('', '!'),
        fc.constantFrom('', '>', '<', '>=', '<='),
        fc.integer({ min: 1, max: 9 }),
      )
      .map(([not, sign, n]) => `bsize:${not}${sign}${n};`),
    fc
      .tuple(
        fc.constantFrom('', '!'),
        fc.integer({ min: 0, max: 8 }),
        fc.constantFrom('', ',relative'),
      )
      .map(([not, n, how]) => `isdataat:${not}${n}${how};`),
  )
  .map((text) => ({ text, canCheck: false }));

const listTerm = fc.constantFrom('isset', 'isnotset').map((command) => ({
  text: `dataset:${command},words,type text,load words.txt;`,
  canCheck: false,
}));

const term = fc.oneof(
  { arbitrary: contentTerm, weight: 5 },
  { arbitrary: pcreTerm, weight: 3 },
  { arbitrary: sizeTerm, weight: 1 },
  { arbitrary: listTerm, weight: 1 },
);

const group = fc
  .record({
    buffer: fc.constantFrom(...BUFFER_NAMES),
    terms: fc.array(fc.tuple(term, fc.constantFrom('', '', '', 'luhn;', 'validate:even;')), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ buffer, terms }) =>
    [
      `${buffer};`,
      ...terms.map(([{ text, canCheck }, check]) => (canCheck ? `${text} ${check}` : text)),
    ].join(' '),
  );

/** What is the fast pattern must not change what matches. */
const rule = fc
  .tuple(fc.array(group, { minLength: 1, maxLength: 3 }), fc.nat({ max: 5 }))
  .map(([groups, chosen]) => {
    let positive = 0;
    return groups
      .join(' ')
      .replace(/content:"\w+";/g, (text) =>
        positive++ === chosen ? `${text} fast_pattern;` : text,
      );
  });

const region = fc.tuple(
  fc.constantFrom(...BUFFER_NAMES),
  fc.array(letters, { maxLength: 14 }).map((chars) => chars.join('')),
);

/** Dense text: nearly every place is a match, so that only the places decide. */
const denseText = fc
  .array(fc.constantFrom('a', 'b'), { maxLength: 12 })
  .map((chars) => chars.join(''));

/** Terms that count from the one before, over the same two letters. */
const link = fc
  .record({
    kind: fc.constantFrom('content', 'content', 'content', 'pcre', 'isdataat'),
    text: fc.constantFrom('a', 'b', 'ab', 'ba', 'aa'),
    not: fc.constantFrom('', '', '!'),
    distance: fc.option(fc.integer({ min: -2, max: 3 })),
    reach: fc.option(fc.integer({ min: 0, max: 3 })),
    expression: fc.constantFrom('ab', 'a+b', '^b', '^a?b', 'ba?a', '\\Bb'),
    bytes: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ kind, text, not, distance, reach, expression: pcre, bytes }) => {
    if (kind === 'pcre') return `pcre:${not}"/${pcre}/R";`;
    if (kind === 'isdataat') return `isdataat:${not}${bytes},relative;`;
    const parts = [`content:${not}"${text}";`];
    if (distance !== null || reach === null) parts.push(`distance:${distance ?? 0};`);
    if (reach !== null) parts.push(`within:${text.length + reach};`);
    return parts.join(' ');
  });

const chain = fc
  .record({
    first: fc.constantFrom('content:"a";', 'content:"b";', 'content:"ab";', 'pcre:"/ab?/";'),
    links: fc.array(link, { minLength: 1, maxLength: 4 }),
    check: fc.constantFrom('', '', 'luhn;', 'validate:even;'),
  })
  .map(({ first, links, check }) => `xmpp.body; ${first} ${check} ${links.join(' ')}`);

/** Both answers must have been seen often: a property that never sees one proves nothing. */
class Answers {
  #fired = 0;
  #quiet = 0;

  /** Compare engine and evaluator on stanzas, each a list of regions. */
  compare(rules: readonly string[], stanzas: readonly (readonly RegionText[])[]): void {
    const text = rules.map((options, i) => ruleText(options, i + 1)).join('\n');
    const ruleSet = soundRules(text, {}, folder);
    const lab = new RuleLab(ruleSet, { validators: VALIDATORS });
    try {
      for (const texts of stanzas) {
        const expected = expectedSids(ruleSet, texts);
        assert.deepEqual(lab.sids(texts), expected, `${text}\n${JSON.stringify(texts)}`);
        this.#fired += expected.length;
        this.#quiet += rules.length - expected.length;
      }
    } finally {
      lab.engine.close();
    }
  }

  assertBoth(least: number): void {
    assert.ok(
      this.#fired > least && this.#quiet > least,
      `${this.#fired} fired, ${this.#quiet} did not`,
    );
  }
}

const PARAMETERS = { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS };

describe('the engine', () => {
  it('fires exactly where the reference evaluator does', () => {
    const answers = new Answers();
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 5 }),
        fc.array(fc.array(region, { minLength: 1, maxLength: 6 }), { minLength: 5, maxLength: 12 }),
        (rules, stanzas) => {
          answers.compare(rules, stanzas);
        },
      ),
      PARAMETERS,
    );
    answers.assertBoth(50);
  });

  it('follows chains of relative terms over all places', () => {
    const answers = new Answers();
    fc.assert(
      fc.property(
        fc.array(chain, { minLength: 8, maxLength: 16 }),
        fc.array(denseText, { minLength: 20, maxLength: 30 }),
        (rules, texts) => {
          answers.compare(
            rules,
            texts.map((text): RegionText[] => [['xmpp.body', text]]),
          );
        },
      ),
      PARAMETERS,
    );
    answers.assertBoth(200);
  });
});

function expectedSids(
  ruleSet: ReturnType<typeof soundRules>,
  texts: readonly RegionText[],
): number[] {
  const view = makeStanza(texts);
  const regions = texts.map((_, i) => {
    const [buffer = 0, offset = 0, length = 0] = view.regions.subarray(3 * i, 3 * i + 3);
    return { buffer, bytes: view.memory.slice(offset, offset + length) };
  });
  return ruleSet.rules
    .filter((candidate) => evaluateRule(candidate, regions, ruleSet, VALIDATORS))
    .map(({ sid }) => sid);
}
