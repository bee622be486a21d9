/**
 * libhs against the regular expressions of JavaScript, which report a match ending at `to` exactly when
 * a lookbehind for the expression holds there.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { CompileError, FLAG, Scanner, Database, type Expression } from 'hyperscan-js';
import { bytes, matchesIn, scanBlock, withScanner, type Match } from './support.ts';

const SETTINGS = { seed: 20261121, numRuns: 80 };

/** Source of an expression and how many of its parts vary in length, which is what RegExp's time goes by. */
interface Sample {
  readonly source: string;
  readonly weight: number;
}

const once = (source: string): Sample => ({ source, weight: 0 });
const chars = fc.constantFrom('a', 'b', 'c', '1', '2', ' ', ':', '-', '\\.', '\\x00', '\\xff');
const classes = fc.constantFrom('\\d', '\\w', '[a-c]', '[^a]', '.', '[\\x80-\\xff]', '[ :-]');
const quantifiers = fc.constantFrom('', '', '', '?', '+', '*', '{2}', '{1,5}', '{3,}', '{0,9}');
const groupQuantifiers = fc.constantFrom('', '', '?', '{2}', '{0,3}');

function repeat(quantifier: string, { source, weight }: Sample): Sample {
  const times = quantifier === '{2}' ? 2 : quantifier === '{0,3}' ? 3 : 1;
  const varies = quantifier !== '' && quantifier !== '{2}' ? 1 : 0;
  return { source: source + quantifier, weight: weight * times + varies };
}

function join(parts: readonly Sample[], separator: string): Sample {
  return {
    source: parts.map(({ source }) => source).join(separator),
    weight: parts.reduce((sum, { weight }) => sum + weight, 0),
  };
}

const { sequence } = fc.letrec<{ sequence: Sample; atom: Sample; group: Sample }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(quantifiers, chars.map(once)).map(([quantifier, part]) => repeat(quantifier, part)),
    fc.tuple(quantifiers, classes.map(once)).map(([quantifier, part]) => repeat(quantifier, part)),
    fc.tuple(groupQuantifiers, tie('group')).map(([quantifier, part]) => repeat(quantifier, part)),
  ),
  group: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => {
    const { source, weight } = join(parts, '|');
    return { source: `(?:${source})`, weight };
  }),
  sequence: fc.array(tie('atom'), { minLength: 1, maxLength: 4 }).map((parts) => join(parts, '')),
}));

function bodies(maxWeight: number): fc.Arbitrary<string> {
  return sequence.filter(({ weight }) => weight <= maxWeight).map(({ source }) => source);
}

function expressions(maxWeight: number): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom('', '', '', '^', '\\b'),
      bodies(maxWeight),
      fc.constantFrom('', '', '', '\\b'),
    )
    .map(([before, body, after]) => `${before}(?:${body})${after}`);
}

/** Mostly what expressions are made of, in runs, with any byte between; never a newline, see oracle. */
function inputs(parts: number, longestRun: number): fc.Arbitrary<string> {
  const char = fc.constantFrom('a', 'b', 'c', '1', '2', ' ', ':', '-', '.', '\0', '\xff', 'A', 'B');
  return fc
    .array(
      fc.oneof(
        char,
        fc.tuple(char, fc.nat(longestRun)).map(([value, count]) => value.repeat(count)),
        fc.integer({ min: 11, max: 255 }).map((code) => String.fromCharCode(code)),
      ),
      { maxLength: parts },
    )
    .map((list) => list.join(''));
}

/** Ends of all matches. Dotall and no newline in the input: there the two languages differ. */
function oracle(source: string, caseless: boolean, text: string): number[] {
  const behind = new RegExp(`(?<=${source})`, caseless ? 'isy' : 'sy');
  const ends: number[] = [];
  for (let at = 0; at <= text.length; at++) {
    behind.lastIndex = at;
    if (behind.test(text)) ends.push(at);
  }
  return ends;
}

function flagsOf(caseless: boolean): number {
  return FLAG.dotall | FLAG.allowempty | (caseless ? FLAG.caseless : 0);
}

/** Undefined when libhs refuses the expression as too large. */
function compile(list: readonly Expression[]): Database | undefined {
  try {
    return Database.compile(list);
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}

/** One region for each text; the distinct matches: with allowempty libhs repeats empty ones. */
function scanTexts(database: Database, texts: readonly string[]): Match[] {
  const scanner = new Scanner([database]);
  const out = new Uint32Array(4 * 50_000);
  const regions = new Uint32Array(3 * texts.length);
  let offset = 0;
  for (const [i, text] of texts.entries()) {
    regions.set([0, offset, text.length], 3 * i);
    offset += text.length;
  }
  const count = scanner.scanRegions(bytes(texts.join('')), regions, texts.length, out);
  scanner.close();
  database.close();
  return matchesIn(out, count).filter(
    (match, i, all) => i === 0 || match.some((word, k) => word !== all[i - 1]?.[k]),
  );
}

// Caseless text stays in ASCII: JavaScript folds accented letters too, libhs without utf8 does not.
const ascii = (text: string): string => text.replace(/[\x80-\xff]/g, '~');

describe('libhs and RegExp', () => {
  const cases = [
    { name: 'short text, involved expressions', weight: 5, parts: 20, run: 4 },
    { name: 'long text, simple expressions', weight: 1, parts: 30, run: 90 },
  ];
  for (const { name, weight, parts, run } of cases) {
    it(`agree on every end of every expression of a set: ${name}`, () => {
      let refused = 0;
      let found = 0;
      fc.assert(
        fc.property(
          fc.array(fc.tuple(expressions(weight), fc.boolean()), { minLength: 1, maxLength: 12 }),
          fc.array(inputs(parts, run), { minLength: 1, maxLength: 4 }),
          (sources, texts) => {
            const list = sources.map(([source, caseless], id) => ({
              expression: source,
              id,
              flags: flagsOf(caseless),
            }));
            const database = compile(list);
            if (database === undefined) {
              refused++;
              return;
            }
            const plain = sources.some(([, caseless]) => caseless) ? texts.map(ascii) : texts;
            const expected = plain.flatMap((text, region) =>
              sources.flatMap(([source, caseless], id) =>
                oracle(source, caseless, text).map((to) => [region, id, 0, to]),
              ),
            );
            assert.deepEqual(scanTexts(database, plain), expected);
            found += expected.length;
          },
        ),
        SETTINGS,
      );
      assert.ok(found > 1000, `${found} matches are too few to tell`);
      assert.ok(refused < SETTINGS.numRuns / 4, `${refused} sets refused`);
    });
  }

  it('agree on literals, cased and caseless', () => {
    const literal = fc.oneof(
      fc.string({
        unit: fc.constantFrom('a', 'b', '\0', '.', '\xe9'),
        minLength: 1,
        maxLength: 20,
      }),
      fc
        .uint8Array({ minLength: 1, maxLength: 5 })
        .map((data) => Buffer.from(data).toString('latin1')),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(literal, fc.boolean()), { minLength: 1, maxLength: 40 }),
        fc.array(fc.oneof(literal, inputs(3, 90)), { maxLength: 12 }),
        (literals, parts) => {
          const text = ascii([...parts, ...literals.slice(0, 4).map(([value]) => value)].join(''));
          const list = literals.map(([value, caseless], id) => ({
            expression: bytes(ascii(value)),
            id,
            flags: caseless ? FLAG.caseless : 0,
          }));
          const expected = literals.flatMap(([value, caseless], id) => {
            const source = ascii(value).replace(/[^]/g, (char) => {
              return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
            });
            return oracle(source, caseless, text).map((to) => [id, 0, to]);
          });
          assert.deepEqual(scanBlock(list, bytes(text), { literal: true }), expected);
        },
      ),
      SETTINGS,
    );
  });

  it('agree on the leftmost start', () => {
    const body = bodies(4).filter((source) => !new RegExp(`^(?:${source})$`, 's').test(''));
    let found = 0;
    fc.assert(
      fc.property(body, inputs(12, 6), (source, text) => {
        const list = [{ expression: source, id: 1, flags: FLAG.dotall | FLAG.somLeftmost }];
        const database = compile(list);
        if (database === undefined) return;
        database.close();
        const whole = new RegExp(`^(?:${source})$`, 's');
        const expected = oracle(source, false, text).map((to) => {
          let from = 0;
          while (!whole.test(text.slice(from, to))) from++;
          return [1, from, to];
        });
        assert.deepEqual(scanBlock(list, bytes(text)), expected);
        found += expected.length;
      }),
      { ...SETTINGS, numRuns: 400 },
    );
    assert.ok(found > 200, `${found} matches are too few to tell`);
  });
});

describe('the three modes', () => {
  it('report the same, wherever the text is cut', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(expressions(8), { minLength: 1, maxLength: 6 }),
        fc.array(inputs(8, 90), { minLength: 1, maxLength: 8 }),
        (sources, pieces) => {
          const list = sources.map((source, id) => ({
            expression: source,
            id,
            flags: flagsOf(false),
          }));
          const first = compile(list);
          if (first === undefined) return;
          first.close();
          const out = new Uint32Array(4 * 50_000);
          const distinct = (matches: number[][]): string[] =>
            [...new Set(matches.map((match) => match.join()))].sort();
          const buffers = pieces.map(bytes);
          const block = distinct(scanBlock(list, Buffer.concat(buffers)));
          const vectored = withScanner(list, { mode: 'vectored' }, (scanner) =>
            matchesIn(out, scanner.scanVector(0, buffers, out)).map(([, ...match]) => match),
          );
          const streamed = withScanner(list, { mode: 'stream' }, (scanner) => {
            const stream = scanner.openStream(0);
            const matches: number[][] = [];
            for (const piece of [...buffers, undefined]) {
              const count = piece === undefined ? stream.close(out) : stream.write(piece, out);
              matches.push(...matchesIn(out, count).map(([, ...match]) => match));
            }
            return matches;
          });
          assert.deepEqual(distinct(vectored), block);
          assert.deepEqual(distinct(streamed), block);
          found += block.length;
        },
      ),
      SETTINGS,
    );
    assert.ok(found > 500, `${found} matches are too few to tell`);
  });
});
