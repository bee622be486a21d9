/** What the alert of the SPIM score says; which messages get one is in the cases. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadCases } from '../../../sensor/rules/index.ts';
import { SIGNATURES, shippedPlayer, shippedRules } from '../../support/case-player.ts';

const SCORE = 1550200;
const rules = shippedRules();
const player = shippedPlayer(rules);
const cases = loadCases(join(SIGNATURES, 'cases')).filter(({ sid }) => sid === SCORE);

function contextOf(name: string): Readonly<Record<string, string | number>> | undefined {
  const source = cases.find((one) => one.name === name);
  assert.ok(source !== undefined, name);
  return player.play(source).find(({ rule }) => rule.sid === SCORE)?.context;
}

describe('SPIM score', () => {
  after(() => {
    player.close();
  });

  it('tells its parts, the heaviest first', () => {
    const context = contextOf('popup of a stranger with an odd link adds up');
    assert.equal(context?.['score'], 60);
    assert.equal(
      context['breakdown'],
      'odd message type +25, stranger +15, link shape +10, new sender +10',
    );
    assert.equal(
      context['summary'],
      'ad@ext.example sent bob@corp.example a message that scores 60 of 100 for spam: odd message type +25, stranger +15, link shape +10, new sender +10',
    );
  });

  it('counts rules of one detection once, and ends at a hundred', () => {
    const context = contextOf('listed link of a stranger');
    assert.equal(context?.['breakdown'], 'listed link +60, stranger +15, new sender +10');
    assert.equal(context['score'], 85);
  });

  it('weighs by rules whose weight is a number', () => {
    const weighed = rules.rules.filter(({ metadata }) => metadata.has('spim_score'));
    assert.ok(weighed.length > 30);
    for (const { metadata, sid } of weighed) {
      assert.match(metadata.get('spim_score')?.join() ?? '', /^\d{2}$/, String(sid));
    }
  });
});
