/** flowbits, xbits, threshold, detection_filter, target, requires: what they read and what they refuse. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadRuleSources, type Rule, type RuleSet } from '../../../sensor/rules/index.ts';

const HEAD = 'alert xmpp any any -> any any (msg:"m"; sid:1; xmpp.body; content:"abc"; ';

function load(options: string): RuleSet {
  return loadRuleSources([{ file: 'k.rules', text: `${HEAD}${options})` }]);
}

function rule(options: string): Rule {
  const { rules, problems } = load(options);
  assert.ok(rules[0] !== undefined, JSON.stringify(problems));
  return rules[0];
}

/** The only error: offset in the options, message, hint. */
function error(options: string): string {
  const errors = load(options).problems.filter(({ severity }) => severity === 'error');
  assert.equal(errors.length, 1, `${options} -> ${JSON.stringify(errors)}`);
  const [{ column, message, hint } = { column: 0, message: '', hint: '' }] = errors;
  return `${column - 1 - HEAD.length}: ${message} (${hint ?? ''})`;
}

function assertErrors(cases: readonly (readonly [options: string, expected: RegExp])[]): void {
  for (const [options, expected] of cases) assert.match(error(options), expected, options);
}

describe('flowbits', () => {
  it('tests and changes bits of the flow, in any number', () => {
    const found = rule(
      'flowbits:isset,a.b; flowbits:isnotset, C|d | e; flowbits:set,x; flowbits:unset,a.b; flowbits:toggle,y;',
    );
    assert.deepEqual(found.bitTests, [
      { track: 'flow', names: ['a.b'], wantsSet: true },
      { track: 'flow', names: ['C', 'd', 'e'], wantsSet: false },
    ]);
    assert.deepEqual(
      found.bitChanges.map(({ action, name, track, expireSeconds }) => [
        action,
        name,
        track,
        expireSeconds,
      ]),
      [
        ['set', 'x', 'flow', Infinity],
        ['unset', 'a.b', 'flow', Infinity],
        ['toggle', 'y', 'flow', Infinity],
      ],
    );
    assert.equal(found.noalert, false);
    assert.equal(rule('flowbits:set,x; flowbits:noalert;').noalert, true);
  });

  it('refuses what it cannot mean, at its place', () => {
    assertErrors([
      ['flowbits:sets,a;', /^9: flowbits command "sets" is not supported \(did you mean set\?\)/],
      ['flowbits:set;', /^0: flowbits lacks the name of a bit/],
      ['flowbits:isset,;', /^0: flowbits lacks the name of a bit/],
      ['flowbits:set,a b;', /^13: "a b" is no name of a bit/],
      ['flowbits:isset,a||b;', /^17: "" is no name of a bit/],
      ['flowbits:set,a|b;', /^15: flowbits:set takes one bit \(lists with \| are for isset/],
      ['flowbits:set,a,b;', /^15: flowbits:set takes no further value/],
      ['flowbits:noalert,a;', /^17: flowbits:noalert takes no further value/],
      ['flowbits:isset,a; flowbits:isnotset,a;', /^18: .*can never match/],
      [`flowbits:isset,${'a|'.repeat(16)}a;`, /^15: More than 16 bits in one flowbits/],
    ]);
  });

  it('warns of a set without effect and of a bit that nobody sets', () => {
    const warnings = load('flowbits:isset,a; flowbits:isset,b; flowbits:set,b;')
      .problems.filter(({ severity }) => severity === 'warning')
      .map(({ column, message }) => `${column - 1 - HEAD.length}: ${message}`);
    assert.ok(warnings.includes('0: flowbit a is tested, but no rule sets it'), warnings.join());
    assert.ok(!warnings.some((text) => text.includes('flowbit b')), warnings.join());
  });
});

describe('xbits', () => {
  it('names what the bit belongs to and how long it lasts', () => {
    const found = rule(
      'xbits:set,bad,track ip_src,expire 3600; xbits:toggle, x, track by_jid_pair; xbits:isset,bad,track ip_dst;',
    );
    assert.deepEqual(found.bitChanges, [
      { track: 'ip_src', name: 'bad', action: 'set', expireSeconds: 3600 },
      { track: 'by_jid_pair', name: 'x', action: 'toggle', expireSeconds: 30 },
    ]);
    assert.deepEqual(found.bitTests, [{ track: 'ip_dst', names: ['bad'], wantsSet: true }]);
    assert.equal(rule('xbits:noalert;').noalert, true);
  });

  it('refuses what it cannot mean, at its place', () => {
    assertErrors([
      ['xbits:set,a;', /^0: xbits lacks track \(write xbits:set,name,track ip_pair/],
      ['xbits:set,a,track ip_source;', /^18: xbits track "ip_source" is not supported/],
      ['xbits:set,a,track tx;', /^18: xbits track "tx" is not supported/],
      ['xbits:set,a,track ip_src,expire 0;', /^32: expire 0 is outside/],
      ['xbits:set,a,track ip_src,expires 5;', /^25: xbits option "expires" .*did you mean expire/],
      ['xbits:set,a,track ip_src,track ip_dst;', /^25: track is given twice/],
      ['xbits:set,track ip_src;', /^10: "track ip_src" is no name of a bit/],
      ['xbits:isset,a,track;', /^14: track lacks its value/],
      ['xbits:noalert,a;', /^14: xbits:noalert takes no further value/],
    ]);
  });
});

describe('threshold', () => {
  it('is read with our own tracks, in any order', () => {
    assert.deepEqual(
      rule('threshold:track by_from_jid, type both, seconds 60, count 5;').threshold,
      { type: 'both', track: 'by_from_jid', count: 5, seconds: 60, multiplier: 0 },
    );
    assert.deepEqual(
      rule('threshold:type backoff, track by_flow, count 5, multiplier 10;').threshold,
      { type: 'backoff', track: 'by_flow', count: 5, seconds: 0, multiplier: 10 },
    );
  });

  it('refuses unknown and missing parts', () => {
    assertErrors([
      ['threshold:type limits, track by_src, count 1, seconds 1;', /^15: threshold type "limits"/],
      ['threshold:type limit, track by_jid, count 1, seconds 1;', /^28: track "by_jid"/],
      ['threshold:type limit, count 1, seconds 1;', /^0: threshold lacks track/],
      ['threshold:type limit, track by_src, count 0, seconds 1;', /^42: count 0 is outside/],
      ['threshold:type limit, track by_src, count 1, seconds 0;', /^53: seconds 0 is outside/],
      ['threshold:types limit;', /^10: threshold option "types"/],
      ['threshold:type limit, type both;', /^22: type is given twice/],
      [
        'threshold:type limit, track by_src, count 1, seconds 9, multiplier 2;',
        /^67: multiplier is for type backoff/,
      ],
      ['threshold:type backoff, track by_src, count 1, multiplier 2;', /^30: .*counts by_flow/],
      ['threshold:type backoff, track by_flow, count 1;', /^0: threshold lacks multiplier/],
      [
        'threshold:type backoff, track by_flow, count 1, multiplier 1;',
        /^59: multiplier 1 is outs/,
      ],
      [
        'threshold:type backoff, track by_flow, count 1, multiplier 2, seconds 3;',
        /^70: type backoff has no window/,
      ],
    ]);
  });
});

describe('detection_filter', () => {
  it('is a rate', () => {
    assert.deepEqual(rule('detection_filter:track by_src,count 30, seconds 2;').detectionFilter, {
      track: 'by_src',
      count: 30,
      seconds: 2,
    });
  });

  it('refuses unknown and missing parts', () => {
    assertErrors([
      ['detection_filter:track by_src, count 1;', /^0: detection_filter lacks seconds/],
      ['detection_filter:type limit, track by_src;', /^17: detection_filter option "type"/],
      [
        'detection_filter:track by_src, count 1, seconds 2, unique_on dst_port;',
        /^51: detection_filter option "unique_on" is not supported/,
      ],
    ]);
  });
});

describe('target', () => {
  it('is one end of the packet', () => {
    assert.equal(rule('target:dest_ip;').target, 'dest_ip');
    assert.equal(rule('').target, undefined);
    assertErrors([
      ['target:dst_ip;', /^7: target "dst_ip" is not supported \(did you mean (src|dest)_ip/],
      ['target:src_ip; target:src_ip;', /^15: Keyword target is given twice/],
    ]);
  });
});

describe('app-layer-event', () => {
  it('names events of ours, with and without the protocol before them', () => {
    const events = (options: string): readonly number[] => {
      const text = `alert xmpp any any -> any any (msg:"m"; sid:1; ${options})`;
      return loadRuleSources([{ file: 'k.rules', text }]).rules[0]?.events ?? [];
    };
    const [id] = events('xmpp.event:xml.dtd;');
    assert.ok(id !== undefined);
    assert.deepEqual(events('app-layer-event:xml.dtd;'), [id]);
    assert.deepEqual(events('app-layer-event:xmpp.xml.dtd;'), [id]);
    assert.deepEqual(events('xmpp.event:xmpp.xml.dtd;'), []);
    assert.deepEqual(events('app-layer-event:http.xml.dtd;'), []);
  });
});

describe('requires', () => {
  const skipped = (options: string): RuleSet['skipped'] => {
    const { skipped: found, failed, problems } = load(options);
    assert.equal(failed, 0, JSON.stringify(problems));
    return found;
  };

  it('keeps rules whose requirements are met', () => {
    for (const met of [
      'feature stanzawatch',
      'version >= 7.0.3',
      'version>=7',
      'version > 6.9 < 8, keyword flowbits, feature xmpp',
      'version >= 8.0.3 | >= 7.0.3 < 8',
      'version <= 7.0.15',
    ]) {
      assert.equal(rule(`requires:${met};`).sid, 1, met);
      assert.deepEqual(skipped(`requires:${met};`), []);
    }
  });

  it('skips the others with a reason, whatever else they hold', () => {
    for (const [unmet, reason] of [
      ['feature geoip', 'it requires feature geoip'],
      ['version >= 8', 'it requires version >= 8'],
      ['version < 7.0.15', 'it requires version < 7.0.15'],
      ['version > 7.0.15', 'it requires version > 7.0.15'],
      ['feature xmpp, keyword ja4.hash', 'it requires keyword ja4.hash'],
      ['moon full', 'it requires moon full'],
    ] as const) {
      const [found] = skipped(`ja4.hash; content:"x"; requires:${unmet}; nonsense:1;`);
      assert.deepEqual(found, { file: 'k.rules', line: 1, sid: 1, reason }, unmet);
    }
  });

  it('refuses what is no requirement', () => {
    assertErrors([
      ['requires:version 7;', /^17: requires version is not a comparison/],
      ['requires:version >= 7 &;', /^21: requires version is not a comparison/],
      ['requires:version >= 7, version < 8;', /^23: requires names version twice/],
      ['requires:feature xmpp,;', /^22: requires lacks a requirement/],
    ]);
  });
});
