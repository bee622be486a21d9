/** Buffers, groups, regions: which text a rule's terms look at, and which rules are looked at. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BUFFERS, type BufferName } from '../../../sensor/core/index.ts';
import { MAX_BUFFERS } from '../../../sensor/detect/plan.ts';
import { loadRules } from '../../../sensor/rules/index.ts';
import { RuleLab, ruleText } from '../../support/rule-lab.ts';

describe('buffers', () => {
  it('are few enough for a presence mask', () => {
    const count: number = BUFFERS.length;
    assert.ok(count <= MAX_BUFFERS);
  });

  it('keep their texts apart, each of them', () => {
    // The stream and what is in files are no texts of a stanza: streams.test.ts, files.test.ts.
    const others = ['stream', 'file.data', 'file.magic'];
    const names = BUFFERS.filter((name) => !others.includes(name));
    const lab = new RuleLab(
      names.map((name, id) => ruleText(`${name}; content:"needle";`, id + 1)).join('\n'),
    );
    names.forEach((name, id) => {
      assert.deepEqual(lab.sids([[name, 'a needle here']]), [id + 1], name);
      assert.deepEqual(lab.sids([[name, 'a need le']]), []);
    });
  });

  it('of files select nothing in stanzas, even where a stanza had such a text', () => {
    const lab = new RuleLab(
      [
        ruleText('file.data; content:"needle";', 1),
        ruleText('file.magic; content:"needle"; xmpp.from; content:"romeo";', 2),
        ruleText('file.data; content:!"hay"; file.sha256; content:"needle";', 3),
        ruleText('xmpp.file_name; content:"needle";', 4),
        ruleText('file.sha256; content:"needle"; xmpp.file_name; content:"needle";', 5),
      ].join('\n'),
    );
    const text = 'a needle here';
    const everywhere = BUFFERS.map((name): [BufferName, string] => [name, text]);
    assert.deepEqual(lab.sids(everywhere), [4, 5]);
    for (const name of ['file.data', 'file.magic', 'xmpp.from', 'xmpp.text'] as const) {
      assert.equal(lab.engine.buffers.has(BUFFERS.indexOf(name)), false, name);
    }
  });

  it('begin and end where they do, although small ones are scanned as one text', () => {
    const lab = new RuleLab(
      [
        ruleText('xmpp.from; content:"ann"; startswith;', 1),
        ruleText('xmpp.to; content:"example"; endswith;', 2),
        ruleText('xmpp.type; pcre:"/^set$/";', 3),
        ruleText('xmpp.resource; pcre:"/(?:^|-)home\\z/";', 4),
        ruleText('xmpp.ns; pcre:"/\\Aurn:[$^]?x/i";', 5),
        ruleText('xmpp.path; pcre:"/^\\/iq$/m";', 6),
        ruleText('xmpp.id; content:"n1"; offset:1; depth:2;', 7),
        ruleText('xmpp.from; pcre:"/an.*set/s";', 8),
      ].join('\n'),
    );
    const stanza = (...[from, to, type, resource, ns, path, id]: readonly string[]): number[] =>
      lab.sids(
        (
          [
            ['xmpp.from', from],
            ['xmpp.to', to],
            ['xmpp.type', type],
            ['xmpp.resource', resource],
            ['xmpp.ns', ns],
            ['xmpp.path', path],
            ['xmpp.id', id],
          ] as const
        ).map(([name, text]): [BufferName, string] => [name, text ?? '']),
      );
    const all = [1, 2, 3, 4, 5, 6, 7];
    assert.deepEqual(stanza('ann@a', 'b.example', 'set', 'my-home', 'URN:$x', '/iq', 'an1'), all);
    assert.deepEqual(stanza('ann', 'example', 'set\n', 'home', 'urn:x', '/a\n/iq\n/b', 'xn1'), all);
    assert.deepEqual(stanza('jann', 'examples', 'sets', 'homes', '-urn:x', '/iqs', 'xan1'), []);
    // Neighbours do not make up for each other.
    assert.deepEqual(stanza('an', 'nexample-', 'reset', 'ahome', 'aurn:x', '/iq/', 'n1'), []);
  });

  it('that share their bytes are told apart', () => {
    const lab = new RuleLab(
      [
        ruleText('xmpp.body; content:"abc";', 1),
        ruleText('xmpp.text; content:"abc";', 2),
        ruleText('xmpp.text_folded; content:"abc";', 3),
        ruleText('xmpp.subject; content:"abc";', 4),
        ruleText('xmpp.text; pcre:"/a.c/";', 5),
      ].join('\n'),
    );
    const body: [BufferName, string] = ['xmpp.body', 'abc'];
    assert.deepEqual(
      lab.sids([body, ['xmpp.text', 'abc'], ['xmpp.text_folded', 'abc']]),
      [1, 2, 3, 5],
    );
    assert.deepEqual(lab.sids([body]), [1]);
    assert.deepEqual(lab.sids([['xmpp.text', 'abc'], body], { shareBytes: false }), [1, 2, 5]);
    assert.deepEqual(lab.sids([['xmpp.subject', 'abc']]), [4]);
  });

  it('may be empty, or not there', () => {
    const lab = new RuleLab(
      [
        ruleText('xmpp.body; bsize:0;', 1),
        ruleText('xmpp.body; content:!"a";', 2),
        ruleText('xmpp.body; bsize:!0;', 3),
      ].join('\n'),
    );
    assert.deepEqual(lab.sids([['xmpp.body', '']]), [1, 2]);
    assert.deepEqual(lab.sids([['xmpp.body', 'a']]), [3]);
    assert.deepEqual(lab.sids([['xmpp.text', 'b']]), []);
    assert.deepEqual(lab.sids([]), []);
  });
});

describe('groups', () => {
  it('hold within one region, not across regions', () => {
    const lab = new RuleLab(ruleText('xmpp.ns; content:"abc"; content:"def";'));
    assert.deepEqual(
      lab.sids([
        ['xmpp.ns', 'abc'],
        ['xmpp.ns', 'def'],
      ]),
      [],
    );
    assert.deepEqual(
      lab.sids([
        ['xmpp.ns', 'xyz'],
        ['xmpp.ns', 'def abc'],
      ]),
      [1],
    );
  });

  it('of the same buffer may hold in different regions', () => {
    const lab = new RuleLab(ruleText('xmpp.ns; content:"abc"; xmpp.ns; content:"def";'));
    assert.deepEqual(
      lab.sids([
        ['xmpp.ns', 'abc'],
        ['xmpp.ns', 'def'],
      ]),
      [1],
    );
    assert.deepEqual(lab.sids([['xmpp.ns', 'abc def']]), [1]);
    assert.deepEqual(lab.sids([['xmpp.ns', 'abc']]), []);
  });

  it('of several buffers must all hold', () => {
    const lab = new RuleLab(
      ruleText('xmpp.kind; content:"iq"; startswith; endswith; xmpp.body; content:"abc";'),
    );
    assert.deepEqual(
      lab.sids([
        ['xmpp.kind', 'iq'],
        ['xmpp.body', 'abc'],
      ]),
      [1],
    );
    assert.deepEqual(
      lab.sids([
        ['xmpp.kind', 'iqx'],
        ['xmpp.body', 'abc'],
      ]),
      [],
    );
    assert.deepEqual(lab.sids([['xmpp.body', 'abc']]), []);
  });
});

describe('fast patterns', () => {
  const explain = (options: string): string => {
    const lab = new RuleLab(ruleText(options));
    const { selectedBy } = lab.engine.explain(1) ?? {};
    return selectedBy?.kind === 'pattern'
      ? `${selectedBy.buffer} ${selectedBy.pattern}`
      : (selectedBy?.kind ?? '');
  };

  it('are the rarest match: long text before short, human text before protocol words', () => {
    assert.equal(explain('xmpp.body; content:"ab"; content:"longer";'), 'xmpp.body "longer"');
    assert.equal(
      explain('xmpp.kind; content:"message"; xmpp.body; content:"abc";'),
      'xmpp.body "abc"',
    );
    assert.equal(explain('xmpp.body; content:"abc"; pcre:"/abc\\d{6}/";'), 'xmpp.body /abc\\d{6}/');
    assert.equal(explain('xmpp.body; content:"abcdef"; pcre:"/x.y/";'), 'xmpp.body "abcdef"');
  });

  it('follow fast_pattern, and never a negated match', () => {
    assert.equal(
      explain('xmpp.body; content:"ab1"; fast_pattern; content:"longer";'),
      'xmpp.body "ab1"',
    );
    assert.equal(explain('xmpp.body; content:!"longer text"; content:"abc";'), 'xmpp.body "abc"');
  });

  it('are never an expression that looks back at the match before', () => {
    assert.equal(explain('xmpp.body; content:"ab"; pcre:"/^abcdefgh/R";'), 'xmpp.body "ab"');
    assert.equal(explain('xmpp.body; content:"ab"; pcre:"/abcdefgh/R";'), 'xmpp.body /abcdefgh/');
  });

  it('are written as a rule would write them', () => {
    assert.equal(
      explain('xmpp.body; content:"a|0d 0a|\\"b"; nocase;'),
      'xmpp.body "a|0d 0a 22|b" nocase',
    );
  });

  it('are missing where events or mere presence select', () => {
    assert.equal(explain('xmpp.event:xml.dtd;'), 'event');
    assert.equal(explain('xmpp.body; bsize:3;'), 'presence');
  });

  it('find all the same when rules share one, with or without places', () => {
    const lab = new RuleLab(
      [
        ruleText('xmpp.body; content:"abc";', 1),
        ruleText('xmpp.body; content:"abc"; content:"def";', 2),
        ruleText('xmpp.body; content:"abc"; offset:3;', 3),
        ruleText('xmpp.body; content:"abc"; depth:3;', 4),
        ruleText('xmpp.body; content:"abc"; nocase;', 5),
        ruleText('xmpp.text; content:"abc";', 6),
      ].join('\n'),
    );
    assert.deepEqual(lab.sids([['xmpp.body', 'abcdef']]), [1, 2, 4, 5]);
    assert.deepEqual(lab.sids([['xmpp.body', 'ABC abc']]), [1, 3, 5]);
  });
});

describe('datasets', () => {
  it('select by themselves and narrow down others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'detect-'));
    const load = 'bad,type domain,load bad.txt';
    writeFileSync(join(folder, 'bad.txt'), 'evil.example\n');
    writeFileSync(
      join(folder, 'd.rules'),
      [
        ruleText(`xmpp.from_domain; dataset:isset,${load};`, 1),
        ruleText(`xmpp.from_domain; dataset:isset,${load}; xmpp.body; content:"abc";`, 2),
        ruleText(`xmpp.from_domain; dataset:isnotset,${load}; xmpp.body; content:"abc";`, 3),
        ruleText(`xmpp.from_domain; dataset:isnotset,${load};`, 4),
      ].join('\n'),
    );
    const ruleSet = loadRules([join(folder, 'd.rules')]);
    rmSync(folder, { recursive: true });
    const lab = new RuleLab(ruleSet);
    const body: [BufferName, string] = ['xmpp.body', 'abc'];
    assert.deepEqual(lab.sids([['xmpp.from_domain', 'a.evil.example'], body]), [1, 2]);
    assert.deepEqual(lab.sids([['xmpp.from_domain', 'good.example'], body]), [3, 4]);
    assert.deepEqual(
      lab.sids([
        ['xmpp.from_domain', 'evil.example'],
        ['xmpp.body', 'x'],
      ]),
      [1],
    );
    assert.deepEqual(lab.sids([body]), []);
    const [finding] = lab.stanza([['xmpp.from_domain', 'evil.example']]);
    assert.equal(Buffer.from(finding?.evidence ?? []).toString(), 'evil.example');
    assert.deepEqual(
      finding?.matches.map(({ offset, length }) => [offset, length]),
      [[0, 12]],
    );
  });
});

describe('direction', () => {
  it('is demanded by flow', () => {
    const lab = new RuleLab(
      [
        ruleText('xmpp.body; content:"abc"; flow:to_server,established;', 1),
        ruleText('xmpp.body; content:"abc"; flow:to_client;', 2),
        ruleText('xmpp.body; content:"abc"; flow:established;', 3),
      ].join('\n'),
    );
    assert.deepEqual(lab.sids([['xmpp.body', 'abc']], { direction: 0 }), [1, 3]);
    assert.deepEqual(lab.sids([['xmpp.body', 'abc']], { direction: 1 }), [2, 3]);
  });
});
