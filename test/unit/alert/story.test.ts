import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partiesInBrief, storyOf, type StoryFacts } from '../../../sensor/alert/index.ts';

const NOBODY = { from: '', to: '', user: '', domain: '', type: '', stanza: 'message' };
const FACTS: StoryFacts = {
  ...{ summary: '', signature: 'STANZAWATCH Something', srcIp: '192.0.2.1', destIp: '192.0.2.2' },
  xmpp: NOBODY,
};

describe('an alert in brief', () => {
  const cases: readonly (readonly [xmpp: Partial<typeof NOBODY>, from: string, to: string])[] = [
    [{ from: 'a@x.example', to: 'b@y.example' }, 'a@x.example', 'b@y.example'],
    [{ from: 'a@x.example', domain: 'corp.example' }, 'a@x.example', 'corp.example'],
    [{ user: 'alice', domain: 'corp.example' }, 'alice', 'corp.example'],
    [{}, '192.0.2.1', '192.0.2.2'],
  ];
  for (const [xmpp, from, to] of cases) {
    it(`names the parties its story names: ${from} to ${to}`, () => {
      const facts = { ...FACTS, xmpp: { ...NOBODY, ...xmpp } };
      assert.deepEqual(partiesInBrief(facts, {}), { from, to });
      assert.equal(storyOf(facts), `${from} to ${to}, message: Something`);
    });
  }

  it('names those of the file where it is about one, and nobody where none is known', () => {
    const facts = { ...FACTS, xmpp: undefined };
    const context = { file_id: 'f1', from: 'a@x.example', to: 'b@y.example' };
    assert.deepEqual(partiesInBrief(facts, context), { from: 'a@x.example', to: 'b@y.example' });
    assert.deepEqual(partiesInBrief(facts, {}), { from: '', to: '' });
  });
});
