import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadRuleSources } from '../../../sensor/rules/index.ts';

/** Problems of a rule with these options, as `severity offset: message`. */
function problems(options: string, requireDetection = false, header = 'alert xmpp'): string[] {
  const text = `${header} any any -> any any (${options})`;
  return loadRuleSources([{ file: 'l.rules', text }], { requireDetection }).problems.map(
    ({ severity, column, message }) => `${severity} ${column}: ${message}`,
  );
}

const ID = 'msg:"m"; sid:1; classtype:none;'.replace(' classtype:none;', '');

/** Problems besides the missing classtype. */
function others(options: string): string[] {
  return problems(`${ID} ${options}`).filter((text) => !text.includes('classtype'));
}

describe('lint', () => {
  it('has nothing to say about a sound rule but the missing classtype', () => {
    assert.deepEqual(problems(`${ID} xmpp.body; content:"abc";`), [
      'warning 1: Rule lacks classtype',
    ]);
  });

  it('demands msg and sid', () => {
    assert.deepEqual(
      problems('xmpp.body; content:"abc";').filter((text) => text.startsWith('error')),
      ['error 1: Rule lacks msg', 'error 1: Rule lacks sid'],
    );
  });

  it('demands exactly one slug of shipped rules', () => {
    const shipped = (metadata: string): string =>
      problems(`${ID} xmpp.body; content:"abc"; ${metadata}`, true)
        .filter((text) => text.startsWith('error'))
        .join();
    assert.match(shipped(''), /Rule lacks metadata detection/);
    assert.match(shipped('metadata:detection a, detection b;'), /must be exactly one slug/);
    assert.match(shipped('metadata:detection Dlp_Pan;'), /must be exactly one slug/);
    assert.equal(shipped('metadata:detection dlp-pan;'), '');
  });

  it('wants whole numbers as weights of the SPIM score', () => {
    const weigh = (metadata: string): string =>
      others(`xmpp.body; content:"abc"; metadata:${metadata};`).join();
    for (const weight of ['20', '-20', '100', '0']) assert.equal(weigh(`spim_score ${weight}`), '');
    for (const weight of ['2.5', 'much', '101', '1e2', '+20']) {
      assert.match(
        weigh(`spim_score ${weight}`),
        /error \d+: metadata spim_score must be one whole/,
      );
    }
    assert.match(
      weigh('spim_score 20, spim_score 30'),
      /must be one whole number from -100 to 100/,
    );
  });

  it('wants a story that can be told, once', () => {
    const tell = (metadata: string): string =>
      others(`xmpp.body; content:"abc"; metadata:${metadata};`).join();
    assert.equal(tell('story sent {to} a number[ ({value})] {where}'), '');
    assert.match(tell('story'), /error \d+: metadata story cannot be told: it is empty/);
    assert.match(tell('story sent {too'), /cannot be told: a bracket or brace/);
    assert.match(tell('story a, story b'), /cannot be told: it stands there twice/);
  });

  it('refuses a rule that matches everything', () => {
    assert.match(others('').join(), /error 1: Rule matches everything/);
    assert.match(others('xmpp.body;').join(), /Rule matches everything/);
    assert.match(others('flow:to_server;').join(), /Rule matches everything/);
  });

  it('refuses what cannot be combined', () => {
    assert.match(
      others('xmpp.event:xml.dtd; xmpp.body; content:"abc";').join(),
      /names an event and matches a buffer/,
    );
    assert.match(
      problems(`${ID} xmpp.body; content:"abc";`, false, 'alert tcp').join(),
      /Buffers of xmpp in a tcp rule/,
    );
    assert.match(
      others('xmpp.body; content:"abc"; offset:1; within:5;').join(),
      /Content mixes places counted from the start/,
    );
    assert.match(
      others('xmpp.body; content:"abc"; startswith; depth:5;').join(),
      /startswith and also offset or depth/,
    );
    assert.match(
      others('xmpp.body; content:"abc"; fast_pattern; content:"def"; fast_pattern;').join(),
      /more than one fast_pattern/,
    );
  });

  it('refuses constraints that nothing can meet', () => {
    assert.match(
      others('xmpp.body; content:"abc"; depth:2;').join(),
      /error .*depth 2 is less than its 3/,
    );
    assert.match(
      others('xmpp.body; content:"abc"; content:"def"; within:2;').join(),
      /within 2 is less than its 3/,
    );
    assert.match(
      others('xmpp.body; content:"abcdef"; bsize:<6;').join(),
      /warning .*Can never match: it needs 6 bytes, bsize allows 5/,
    );
    assert.match(others('xmpp.body; pcre:"/a.{4}b/"; bsize:3;').join(), /it needs 6 bytes/);
    assert.deepEqual(others('xmpp.body; content:"abcdef"; bsize:6;'), []);
    assert.deepEqual(others('xmpp.body; bsize:<4; content:!"abcdef"; content:"abc";'), []);
  });

  it('refuses a pcre that matches the empty text', () => {
    assert.match(others('xmpp.body; pcre:"/a*/";').join(), /pcre matches the empty text/);
  });

  it('warns of relative matches with nothing before them', () => {
    const text = /nothing on this buffer matches before it/;
    assert.match(others('xmpp.body; content:"abc"; within:5;').join(), text);
    assert.match(others('xmpp.body; pcre:"/abc/R";').join(), text);
    assert.match(others('xmpp.body; content:!"xyz"; content:"abc"; distance:1;').join(), text);
    assert.match(
      others('xmpp.body; content:"abc"; xmpp.text; content:"def"; distance:1;').join(),
      text,
    );
    assert.deepEqual(others('xmpp.body; content:"abc"; content:"def"; distance:1;'), []);
  });

  it('warns of patterns that select too much', () => {
    assert.match(others('xmpp.body; content:"ab";').join(), /Fast pattern has fewer than 3/);
    assert.match(others('xmpp.body; content:"ab"; fast_pattern; content:"abc";').join(), /fewer/);
    assert.match(others('xmpp.body; content:!"abc";').join(), /Nothing selects the stanzas/);
    assert.match(others('xmpp.body; bsize:>100;').join(), /Nothing selects the stanzas/);
    assert.deepEqual(others('xmpp.kind; content:"iq"; xmpp.body; content:"abc";'), []);
    assert.deepEqual(others('xmpp.kind; content:"iq";'), []);
  });

  it('warns of nocase on letters it does not fold', () => {
    assert.match(others('xmpp.body; content:"пароль"; nocase;').join(), /ASCII letters only/);
  });
});
