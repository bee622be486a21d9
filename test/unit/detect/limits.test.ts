/** Every limit of the room, driven over: work stays bounded and it is said. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultLimits, type LimitValues } from '../../../sensor/core/index.ts';
import { RuleLab, ruleText } from '../../support/rule-lab.ts';
import type { RegionText } from '../../support/stanza-view.ts';

function lab(rules: readonly string[], limits: Partial<LimitValues>): RuleLab {
  const text = [
    ...rules.map((options, i) => ruleText(options, i + 1)),
    ruleText('xmpp.event:detect.match_limit;', 9990),
    ruleText('xmpp.event:detect.work_limit;', 9991),
  ].join('\n');
  return new RuleLab(text, { limits: { ...defaultLimits(), ...limits } });
}

describe('limits', () => {
  it('detect.work_per_stanza stops verifying', () => {
    const work = lab(['xmpp.body; content:"abc"; content:!"x"; content:"zz1"; within:3;'], {
      detectWorkPerStanza: 2000,
    });
    assert.deepEqual(work.sids([['xmpp.body', 'abczz1']]), [1]);
    assert.deepEqual(work.sids([['xmpp.body', 'abc '.repeat(1000)]]), [9991]);
    assert.equal(work.counters.get('detectWorkLimit'), 1);
    // The next stanza has its own budget.
    assert.deepEqual(work.sids([['xmpp.body', 'abczz1']]), [1]);
  });

  it('detect.spans_per_term stops following places', () => {
    const spans = lab(['xmpp.body; content:"a"; content:"b1"; within:2;'], {
      detectSpansPerTerm: 100,
    });
    assert.deepEqual(spans.sids([['xmpp.body', `${'a'.repeat(90)}b1`]]), [1]);
    assert.deepEqual(spans.sids([['xmpp.body', `${'a'.repeat(300)}b1`]]), [9991]);
  });

  it('detect.spans_per_term holds for expressions too', () => {
    const spans = lab(['xmpp.body; pcre:"/a1+/"; content:"b"; within:1;'], {
      detectSpansPerTerm: 300,
    });
    assert.deepEqual(spans.sids([['xmpp.body', `a${'1'.repeat(250)}b`]]), [1]);
    assert.deepEqual(spans.sids([['xmpp.body', `a${'1'.repeat(2000)}b`]]), [9991]);
  });

  it('detect.regions_per_stanza stops looking at regions', () => {
    const regions = lab(['xmpp.ns; content:"needle";'], { detectRegionsPerStanza: 100 });
    const texts = Array.from({ length: 99 }, (): RegionText => ['xmpp.ns', 'hay']);
    const needle: RegionText = ['xmpp.ns', 'needle'];
    assert.deepEqual(regions.sids([...texts, needle]), [1]);
    assert.deepEqual(regions.sids([...texts, needle, needle]), [1, 9990]);
    assert.deepEqual(regions.sids([...texts, ['xmpp.ns', 'hay'], needle]), [9990]);
    assert.equal(regions.counters.get('detectMatchLimit'), 2);
  });

  it('many regions below the limit are all searched', () => {
    const regions = lab(['xmpp.text; content:"needle";'], {});
    const texts = Array.from({ length: 3000 }, (_, i): RegionText => ['xmpp.text', `hay ${i}`]);
    assert.deepEqual(regions.sids(texts), []);
    assert.deepEqual(regions.sids([...texts, ['xmpp.text', 'needle']]), [1]);
    assert.deepEqual(regions.sids([['xmpp.text', 'needle']]), [1]);
  });

  it('detect.matches_per_stanza stops taking matches', () => {
    const rules = Array.from({ length: 1500 }, (_, i) => `xmpp.body; content:"w${i}x";`);
    const text = rules.map((_, i) => `w${i}x`).join('');
    const all = lab(rules, { detectWorkPerStanza: 1e9 });
    assert.equal(all.sids([['xmpp.body', text]]).length, 1500);
    const few = lab(rules, { detectMatchesPerStanza: 1200, detectWorkPerStanza: 1e9 });
    const sids = few.sids([['xmpp.body', text]]);
    assert.equal(sids.length, 1201);
    assert.equal(sids.at(-1), 9990);
  });

  it('detect.urls_per_stanza stops taking links', () => {
    const urls = lab(['xmpp.url; content:"needle";'], { detectUrlsPerStanza: 20 });
    const hosts = (count: number): string =>
      Array.from({ length: count }, (_, i) => `http://h${i}.example/`).join(' ');
    assert.deepEqual(urls.sids([['xmpp.body', `${hosts(19)} http://needle.example/`]]), [1]);
    assert.deepEqual(urls.sids([['xmpp.body', `${hosts(20)} http://needle.example/`]]), [9990]);
  });
});

describe('hostile text', () => {
  it('cannot make verification explode', () => {
    // Every combination of places would be 2^n here; the set of ends is n.
    const terms = Array.from({ length: 10 }, () => 'content:"a"; distance:0;').join(' ');
    const chain = lab([`xmpp.body; content:"a"; ${terms} content:"!"; within:1;`], {});
    const text = 'a'.repeat(20000);
    assert.deepEqual(chain.sids([['xmpp.body', `${text}!`]]), [1]);
    assert.deepEqual(chain.sids([['xmpp.body', text]]), []);
  });

  it('cannot make relative expressions run without end', () => {
    const relative = lab(['xmpp.body; content:"a"; pcre:"/^a*b/R";'], {});
    assert.deepEqual(relative.sids([['xmpp.body', 'a'.repeat(200000)]]), [9991]);
    assert.deepEqual(relative.sids([['xmpp.body', `${'a'.repeat(50)}b`]]), [1]);
  });
});
