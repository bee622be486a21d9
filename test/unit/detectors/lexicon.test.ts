import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OperatorError } from '../../../sensor/core/index.ts';
import { createLexiconDetector } from '../../../sensor/detect/detectors/lexicon.ts';
import { parseLexicon } from '../../../sensor/detect/detectors/lexicon-file.ts';
import { examine, stanzaOf, type Emitted } from './stanza.ts';

const terms = parseLexicon(
  'test.tsv',
  [
    '# comment',
    'card\t60\ten\tfresh dumps',
    'card\t30\ten\tcvv',
    'card\t30\tru\tобнал*',
    'pivot\t40\ten\tt.me/*',
    'bait\t5\ten\thow are you',
    '',
  ].join('\n'),
);
const detector = createLexiconDetector({ terms, score: 100, fold: (text) => text.toLowerCase() });

function ask(...texts: readonly string[]): Emitted[] {
  return examine(detector, stanzaOf(texts.map((text) => ['xmpp.text_folded', text] as const)));
}

describe('createLexiconDetector()', () => {
  it('raises spim.lexicon when the terms of a stanza reach the score', () => {
    assert.deepEqual(ask('fresh dumps and cvv, write t.me/shop'), [
      {
        event: 'spim.lexicon',
        context: { score: 130, terms: 3, families: 'card,pivot' },
        region: 0,
      },
    ]);
  });
  it('says nothing below the score, and counts a term once', () => {
    assert.deepEqual(ask('cvv cvv cvv cvv cvv'), []);
    assert.deepEqual(ask('fresh dumps, how are you'), []);
  });
  it('adds up over the texts of a stanza and shows the one that adds most', () => {
    const [emitted] = ask('cvv', 'fresh dumps and t.me/x');
    assert.equal(emitted?.context['score'], 130);
    assert.equal(emitted.region, 1);
  });
  it('forgets a stanza when the next one comes', () => {
    assert.deepEqual(ask('fresh dumps'), []);
    assert.deepEqual(ask('write t.me/shop'), []);
    assert.deepEqual(ask('nothing here'), []);
  });
  it('matches between word boundaries only, in any script', () => {
    for (const [word, score] of [
      ['cvv', 130],
      ['(cvv)', 130],
      ['«cvv»', 130],
      ['cvv2', 100],
      ['xcvv', 100],
      ['пcvv', 100],
      ['cvvп', 100],
      ['обналичка', 130],
      ['необнал', 100],
    ] as const) {
      const [emitted] = ask(`fresh dumps t.me/a ${word}`);
      assert.equal(emitted?.context['score'], score, word);
    }
  });
});

describe('parseLexicon()', () => {
  it('reads columns and the star of open endings', () => {
    assert.deepEqual(terms[2], {
      family: 'card',
      weight: 30,
      language: 'ru',
      term: 'обнал',
      isPrefix: true,
    });
  });
  for (const [row, message] of [
    ['card\t60\ten', /test\.tsv:1: term '' is shorter/],
    ['card\t60\ten\ta b\tc', /more than four columns/],
    ['Card\t60\ten\tcvv', /family 'Card'/],
    ['card\tmany\ten\tcvv', /weight 'many'/],
    ['card\t0\ten\tcvv', /weight '0'/],
    ['card\t5\ten\tcvv\ncard\t6\ten\tcvv', /test\.tsv:2: term 'cvv' is listed twice/],
  ] as const) {
    it(`refuses ${JSON.stringify(row)}`, () => {
      assert.throws(
        () => parseLexicon('test.tsv', row),
        (error: unknown) => error instanceof OperatorError && message.test(error.message),
      );
    });
  }
  it('reads the shipped lexicon', () => {
    const file = join(process.cwd(), 'signatures', 'lexicon.tsv');
    const shipped = parseLexicon('lexicon.tsv', readFileSync(file, 'utf8'));
    assert.ok(shipped.length > 500);
    const families = new Set(shipped.map((term) => term.family));
    for (const family of [
      'card',
      'trade',
      'hack',
      'drugs',
      'money',
      'adult',
      'jabber',
      'bait',
      'pivot',
    ]) {
      assert.ok(families.has(family), family);
    }
  });
});
