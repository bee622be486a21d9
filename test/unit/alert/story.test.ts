import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  alertInBrief,
  partiesInBrief,
  storyOf,
  tellSentence,
  type SentenceFacts,
  type StoryFacts,
} from '../../../sensor/alert/index.ts';
import { parseStory, type StoryPhrase } from '../../../sensor/rules/index.ts';
import { alertRecord } from './sample.ts';

const NOBODY = {
  ...{ from: '', to: '', user: '', domain: '', type: '', stanza: 'message' },
  seenPercent: 100,
};
const FACTS: StoryFacts = {
  ...{ summary: '', signature: 'STANZAWATCH Something', srcIp: '192.0.2.1', destIp: '192.0.2.2' },
  ...{ detection: '', direction: 'to_server', evidence: undefined, context: {} },
  xmpp: NOBODY,
};

function phrase(text: string): StoryPhrase {
  const parsed = parseStory(text);
  if (typeof parsed === 'string') throw new TypeError(parsed);
  return parsed;
}

function told(text: string, facts: Partial<SentenceFacts> = {}): string {
  return tellSentence(phrase(text), { ...FACTS, ...facts });
}

describe('an alert in brief', () => {
  type Names = Partial<typeof NOBODY>;
  const cases: readonly (readonly [Names, direction: string, from: string, to: string])[] = [
    [{ from: 'a@x.example', to: 'b@y.example' }, 'to_server', 'a@x.example', 'b@y.example'],
    [{ from: 'a@x.example', domain: 'corp.example' }, 'to_server', 'a@x.example', 'corp.example'],
    [
      { user: 'alice', domain: 'corp.example' },
      ...(['to_server', 'alice@corp.example', 'corp.example'] as const),
    ],
    [
      { user: 'alice', domain: 'corp.example' },
      ...(['to_client', 'corp.example', 'alice@corp.example'] as const),
    ],
    [{}, 'to_server', '192.0.2.1', '192.0.2.2'],
  ];
  for (const [xmpp, direction, from, to] of cases) {
    it(`names the parties its story names: ${from} to ${to}`, () => {
      const facts = { ...FACTS, direction, xmpp: { ...NOBODY, ...xmpp } };
      assert.deepEqual(partiesInBrief(facts, {}), { from, to });
      assert.equal(storyOf(facts), `${from} sent ${to} a message that fits the rule "Something"`);
    });
  }

  it('names those of the file where it is about one, and nobody where none is known', () => {
    const facts = { ...FACTS, xmpp: undefined };
    const context = { file_id: 'f1', from: 'a@x.example', to: 'b@y.example' };
    assert.deepEqual(partiesInBrief(facts, context), { from: 'a@x.example', to: 'b@y.example' });
    assert.deepEqual(partiesInBrief(facts, {}), { from: '', to: '' });
  });

  it('tells what of the stream was missed, unless it is about that', () => {
    const seen = (seenPercent: number): StoryFacts => ({
      ...{ ...FACTS, summary: 'Alice did it' },
      xmpp: { ...NOBODY, seenPercent },
    });
    assert.equal(storyOf(seen(100)), 'Alice did it');
    assert.equal(storyOf(seen(99.95)), 'Alice did it');
    assert.equal(
      storyOf(seen(99.5)),
      'Alice did it; the sensor missed less than 1 % of the stream',
    );
    assert.equal(storyOf(seen(88)), 'Alice did it; the sensor missed 12 % of the stream');
    assert.equal(storyOf({ ...seen(88), detection: 'pol-sensor-blind' }), 'Alice did it');
  });
});

describe('the sentence of an alert', () => {
  const chat = { ...NOBODY, from: 'Alice@x.example/desk', to: 'bob@y.example/pc', type: 'chat' };
  const card = {
    buffer: 'xmpp.body',
    excerpt: 'it is 4111********1111',
    matches: [{ masked: '********' }, { masked: '4111********1111' }],
  };

  it('says who did what to whom, where, and what was found', () => {
    assert.equal(
      told('sent {to} a card{found} {where}', { xmpp: chat, evidence: card }),
      'alice@x.example sent bob@y.example a card (4111********1111) in a chat message',
    );
  });

  it('shows nothing of a secret that is hidden as a whole', () => {
    const matches = [{ masked: '********' }, { masked: 'password: ********' }];
    const evidence = { ...card, matches };
    assert.equal(
      told('sent {to} a password{found}[ ({value})]', { xmpp: chat, evidence }),
      'alice@x.example sent bob@y.example a password',
    );
  });

  it('leaves out what is not known', () => {
    assert.equal(told('asked for {host}[ behind {port}]'), '192.0.2.1 asked for something unknown');
    assert.equal(
      told('asked for {host}[ behind {port}]', { context: { host: 'h.example', port: 80 } }),
      '192.0.2.1 asked for h.example behind 80',
    );
  });

  it('names devices where both are of one account, and who speaks in a room', () => {
    const own = { ...chat, to: 'alice@x.example/phone' };
    assert.equal(
      told('wrote to {to}', { xmpp: own }),
      'Alice@x.example/desk wrote to alice@x.example/phone',
    );
    const room = { ...chat, from: 'tea@rooms.example/Zed', type: 'groupchat' };
    assert.equal(
      told('wrote to {to} {where}', { xmpp: room, direction: 'to_client' }),
      'tea@rooms.example/Zed wrote to bob@y.example in a room message',
    );
  });

  it('tells of a secret that was cut, and where a leak goes', () => {
    const context = {
      joined: 'Cut over 2 messages within 1 second',
      leak_direction: 'outbound',
    };
    assert.equal(
      told('sent {to} a card {where}', { xmpp: chat, context }),
      'alice@x.example sent bob@y.example a card in a chat message, cut over 2 messages within 1 second, out of the organisation',
    );
  });

  it('is told of every alert, by its msg where the rule has no phrase', () => {
    const { alert } = alertRecord;
    assert.equal(
      alertInBrief(alertRecord).story,
      'alice@corp.example sent bob@partner.example a chat message that fits the rule "DLP Payment card number in clear"',
    );
    const summary = 'It was so';
    const known = { ...alertRecord, alert: { ...alert, context: { summary } } };
    assert.equal(alertInBrief(known).story, summary);
    assert.equal(
      tellSentence(undefined, { ...FACTS, xmpp: undefined, srcIp: '', destIp: '' }),
      'The sensor saw what the rule "Something" is about',
    );
  });

  it('stays one short line whatever traffic puts into it', () => {
    const long = 'x'.repeat(3000);
    const evidence = { ...card, matches: [{ masked: `two\nlines ${long}` }] };
    const xmpp = { ...chat, from: `${long}@x.example`, to: `${long}@y.example`, stanza: '<b>\n' };
    const sentence = told('sent {to} {stanza} with {value}', { xmpp, evidence });
    assert.ok(sentence.length <= 600, String(sentence.length));
    assert.match(sentence, / sent x{10,}… an element with two lines x+…$/);
    const broken = { ...chat, from: 'al\nice@x.example', to: 'room@y.example/a\u2028b\r\nc' };
    for (const direction of ['to_server', 'to_client']) {
      const line = told('sent {to} {stanza}', {
        xmpp: { ...broken, type: 'groupchat' },
        direction,
      });
      assert.doesNotMatch(line, /[\n\r\u2028]/);
      assert.match(line, /^al ice@x\.example sent room@y\.example a room message$/);
    }
  });

  it('knows no fact that the alert has not, whatever it is called', () => {
    assert.equal(told('asked for {constructor}'), '192.0.2.1 asked for something unknown');
    const nobody = { xmpp: undefined, srcIp: '', destIp: '' };
    assert.equal(told('logged in[ as {account}]', nobody), 'somebody unknown logged in');
  });
});

describe('parseStory()', () => {
  for (const [text, problem] of [
    ['', /empty/],
    ['x'.repeat(201), /longer/],
    ['sent {to', /no other end/],
    ['sent to}', /no other end/],
    ['sent [ {to}', /no other end/],
    ['sent [now]', /names no fact/],
    ['sent {To}', /no name of a fact, did you mean \{to\}/],
  ] as const) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
      const parsed = parseStory(text);
      assert.ok(typeof parsed === 'string');
      assert.match(parsed, problem);
    });
  }
});
