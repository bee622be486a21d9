/** What rules find in a file is what they find in a stanza with the same text, however long and wherever it stands. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { makeFile } from '../support/file-view.ts';
import { RuleLab, ruleText } from '../support/rule-lab.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 100);
const TIME_LIMIT_MS = Number(process.env['PROPERTY_MS'] ?? 60_000);

const text = (min: number, max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('a', 'b', 'A', '1', ' ', '\n'), { minLength: min, maxLength: max })
    .map((letters) => letters.join(''));

const word = fc
  .array(fc.constantFrom('a', 'b', 'A', '1'), { minLength: 1, maxLength: 3 })
  .map((letters) => letters.join(''));

/** Terms that mean the same wherever in the text they stand. */
const floating = fc.oneof(
  fc
    .tuple(word, fc.constantFrom('', ' nocase;'))
    .map(([bytes, flag]) => `content:"${bytes}";${flag}`),
  fc.constantFrom(
    ...['pcre:"/a\\w1/";', 'pcre:"/\\bab*\\b/i";', 'pcre:"/^a.*b$/m";', 'pcre:"/1[ab]{2,}/";'],
  ),
);
/** Those that are counted from the match before, or from the start or end. */
const placed = fc.oneof(
  fc
    .tuple(word, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 5 }))
    .map(
      ([bytes, far, reach]) =>
        `content:"${bytes}"; distance:${far}; within:${bytes.length + reach};`,
    ),
  fc
    .tuple(word, fc.integer({ min: 0, max: 4 }))
    .map(([bytes, n]) => `content:"${bytes}"; offset:${n};`),
  word.map((bytes) => `content:"${bytes}"; startswith;`),
  word.map((bytes) => `content:"${bytes}"; endswith;`),
  word.map((bytes) => `content:!"${bytes}";`),
  fc.constantFrom('pcre:"/^b/";', 'pcre:"/1$/";', 'pcre:"/^[ab]/R";', 'bsize:>3;'),
);

function labOf(terms: string): RuleLab {
  return new RuleLab(
    [
      ruleText(`xmpp.text; ${terms} metadata:files yes, detection gathered;`, 1),
      ruleText(`file.data; ${terms} metadata:detection own;`, 2),
      ruleText('xmpp.event:file.ibb_content;', 3),
    ].join('\n'),
  );
}

/** Does the rule fire on a stanza, and does it on a file: gathered and as itself? */
function answers(lab: RuleLab, body: string): { stanza: boolean; gathered: boolean; own: boolean } {
  const stanza = lab.sids([['xmpp.text', body]]).includes(1);
  const { found, unseen } = lab.engine.onFile(makeFile(body));
  assert.equal(unseen, '');
  return { stanza, gathered: 'gathered' in found, own: 'own' in found };
}

describe('rules on files', () => {
  it('find in short texts what they find in stanzas', () => {
    fc.assert(
      fc.property(
        fc.tuple(floating, fc.array(fc.oneof(floating, placed), { maxLength: 2 })),
        fc.array(text(1, 14), { minLength: 4, maxLength: 8 }),
        ([first, rest], bodies) => {
          const lab = labOf([first, ...rest].join(' '));
          for (const body of bodies) {
            const { stanza, gathered, own } = answers(lab, body);
            assert.deepEqual(
              { gathered, own },
              { gathered: stanza, own: stanza },
              JSON.stringify(body),
            );
          }
          lab.engine.close();
        },
      ),
      { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS },
    );
  });

  it('find in long texts what stands in one place of them', () => {
    fc.assert(
      fc.property(
        fc.array(floating, { minLength: 1, maxLength: 2 }),
        fc.array(fc.tuple(text(1, 14), fc.integer({ min: 0, max: 400_000 })), {
          minLength: 2,
          maxLength: 4,
        }),
        (terms, places) => {
          const lab = labOf(terms.join(' '));
          for (const [body, at] of places) {
            const long = `${'.'.repeat(at)}${body}${'.'.repeat(420_000 - at)}`;
            const { stanza, gathered, own } = answers(lab, long);
            assert.deepEqual(
              { gathered, own },
              { gathered: stanza, own: stanza },
              `${body} at ${at}`,
            );
          }
          lab.engine.close();
        },
      ),
      { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS },
    );
  });
});
