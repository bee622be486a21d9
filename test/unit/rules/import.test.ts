/** Foreign rules: what is taken as it is, what becomes of the rest, and where it is said. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defaultLimits } from '../../../sensor/core/index.ts';
import {
  importRules,
  loadRuleSources,
  type ImportedRule,
  type ImportReport,
} from '../../../sensor/rules/index.ts';
import { EditedText } from '../../../sensor/rules/text-edits.ts';

const signatures = join(process.cwd(), 'signatures');
const CONFIGS = {
  classificationFile: join(signatures, 'classification.config'),
  referenceFile: join(signatures, 'reference.config'),
};

function report(text: string, file = 'foreign.rules'): ImportReport {
  return importRules([{ file, text }], { ...CONFIGS, limits: defaultLimits() });
}

/** A sound rule with these options in it. */
function foreign(options: string, header = 'alert tcp any any -> any 5222'): string {
  return `${header} (msg:"m"; ${options} classtype:misc-activity; sid:7; rev:1;)`;
}

function one(text: string): ImportedRule {
  const { rules } = report(text);
  assert.equal(rules.length, 1);
  return rules[0] as ImportedRule;
}

describe('a foreign rule', () => {
  it('is taken as it is when nothing stands against it', () => {
    const text = foreign('flow:to_server,established; content:"<message"; nocase; depth:40;');
    const rule = one(text);
    assert.deepEqual([rule.status, rule.sid, rule.msg, rule.text], ['loaded', 7, 'm', text]);
    assert.deepEqual([rule.changes, rule.reasons, rule.warnings], [[], [], []]);
  });

  const TRANSLATED: readonly (readonly [from: string, to: string, note: RegExp])[] = [
    ['content:"abc"; rawbytes;', 'content:"abc";', /rawbytes.*searched as it is/],
    ['pkt_data; content:"abc";', 'content:"abc";', /pkt_data/],
    ['content:"abcdef"; fast_pattern:1,4;', 'content:"abcdef"; fast_pattern;', /whole content/],
    ['content:"abc"; tag:session,5,packets;', 'content:"abc";', /tag/],
    ['flow:established,no_frag; content:"abc";', 'flow:established; content:"abc";', /no_frag/],
    ['flow:no_frag; content:"abc";', 'content:"abc";', /no_frag/],
    [
      'content:"abc"; isdataat:4,relative,rawbytes;',
      'content:"abc"; isdataat:4,relative;',
      /rawbytes/,
    ],
    ['pcre:"/a\\d+bc/siO";', 'pcre:"/a\\d+bc/si";', /flag O/],
    ['pcre:!"/xyz/B"; content:"abc";', 'pcre:!"/xyz/"; content:"abc";', /flag B/],
    ['pcre:"/abc|def/A";', 'pcre:"/^(?:abc|def)/";', /flag A became \^/],
    ['pcre:"/abc+/GE";', 'pcre:"/abc+/";', /flag G.*flag E/],
    ['content:"abc"; priority:9;', 'content:"abc"; priority:4;', /priority 9 became 4/],
    ['content:"abc"; app-layer-protocol:jabber;', 'content:"abc";', /only protocol inspected/],
    ['content:"abc"; reference:somewhere,1;', 'content:"abc";', /reference type somewhere/],
  ];
  for (const [from, to, note] of TRANSLATED) {
    it(`is translated: ${from}`, () => {
      const rule = one(foreign(from));
      assert.deepEqual(rule.reasons, []);
      assert.equal(rule.status, 'translated');
      assert.equal(rule.text, foreign(to));
      const [change] = rule.changes;
      assert.match(`${change?.keyword} ${change?.message}`, note);
      assert.equal(
        loadRuleSources([{ file: join(signatures, 'x.rules'), text: rule.text }]).failed,
        0,
      );
    });
  }

  it('blocks nothing here, whatever it does elsewhere', () => {
    for (const action of ['drop', 'reject', 'rejectsrc', 'sdrop']) {
      const rule = one(foreign('content:"abc";', `${action} tcp any any -> any 5222`));
      assert.equal(rule.status, 'translated', action);
      assert.match(rule.text, /^alert tcp/);
    }
    const ip = one(foreign('content:"abc";', 'alert ip any any -> any any'));
    assert.match(ip.text, /^alert tcp/);
  });

  const REFUSED: readonly (readonly [
    options: string,
    header: string,
    keyword: string,
    reason: RegExp,
  ])[] = [
    ['content:"abc";', 'alert http any any -> any any', '', /Protocol http/],
    ['content:"abc";', 'alert udp any any -> any any', '', /Protocol udp/],
    ['content:"abc";', 'alert tcp-pkt any any -> any any', '', /single packets/],
    ['content:"abc";', 'log tcp any any -> any any', '', /raises no alert/],
    ['content:"abc";', 'alert tcp $NOWHERE any -> any any', '', /\$NOWHERE is not defined/],
    ['uricontent:"/x";', '', 'uricontent', /HTTP/],
    ['content:"abc"; http_uri;', '', 'http_uri', /HTTP/],
    ['http.method; content:"POST";', '', 'http.method', /HTTP/],
    ['tls.sni; content:"abc";', '', 'tls.sni', /another protocol/],
    ['dsize:>40; content:"abc";', '', 'dsize', /single packets/],
    ['flags:S; content:"abc";', '', 'flags', /single packets/],
    ['ttl:<3; content:"abc";', '', 'ttl', /single packets/],
    ['pcre:"/abc/Ui";', '', 'pcre', /flag U names a part of HTTP/],
    ['pcre:"/(?=abc)/";', '', 'pcre', /Lookaround/],
    ['pcre:"/abc$/E";', '', 'pcre', /flag E/],
    ['flow:not_established; content:"abc";', '', 'flow', /can never match/],
    ['flow:no_stream; content:"abc";', '', 'flow', /can never match/],
    ['content:"abc"; byte_test:1,>,4,0;', '', 'byte_test', /not supported/],
    ['content:"abc"; app-layer-protocol:!jabber;', '', 'app-layer-protocol', /not inspected/],
    ['content:"abc"; frobnicate:3;', '', 'frobnicate', /unknown/],
    ['content:!"abc";', '', 'content', /must be there/],
    ['content:"abc"; bsize:3;', '', 'bsize', /does not go with the stream/],
    ['flow:established;', '', '', /matches everything/],
    ['content:"ab\ufffdc";', '', '', /no UTF-8/],
  ];
  for (const [options, header, keyword, reason] of REFUSED) {
    it(`is refused: ${header} ${options}`, () => {
      const rule = one(foreign(options, header === '' ? undefined : header));
      assert.equal(rule.status, 'refused');
      assert.match(rule.reasons.map(({ message }) => message).join(), reason);
      assert.ok(
        rule.reasons.some((said) => said.keyword === keyword),
        JSON.stringify(rule.reasons),
      );
      assert.equal(rule.text, '');
    });
  }

  it('is refused at the place of the mistake, also behind what was changed and over several lines', () => {
    const text = [
      'alert tcp any any -> any 5222 (msg:"m"; \\',
      '  content:"abc"; rawbytes; priority:9; \\',
      '  pcre:"/a(?=b)/i"; sid:7;)',
    ].join('\n');
    const [reason] = one(text).reasons;
    assert.deepEqual([reason?.line, reason?.column, reason?.keyword], [3, 11, 'pcre']);
  });

  it('names every reason, not the first alone', () => {
    const { reasons } = one(foreign('dsize:3; content:"abc"; http_uri; ttl:4;'));
    assert.deepEqual(
      reasons.map(({ keyword }) => keyword),
      ['dsize', 'http_uri', 'ttl'],
    );
  });

  it('keeps its severity, with any classtype', () => {
    const load = (text: string): number | undefined =>
      loadRuleSources([{ file: join(signatures, 'x.rules'), text }]).rules[0]?.severity;
    const rule = (classtype: string): string =>
      `alert tcp any any -> any any (msg:"m"; content:"abc"; classtype:${classtype}; sid:7;)`;
    assert.equal(load(one(rule('trojan-activity')).text), 1);
    assert.equal(load(one(rule('attempted-recon')).text), 2);
    const unknown = one(rule('chat-nonsense'));
    assert.match(unknown.changes[0]?.message ?? '', /chat-nonsense.*default severity/);
    assert.equal(load(unknown.text), 3);
  });

  it('is warned of when its ports are none of XMPP', () => {
    const warnings = (header: string): number =>
      one(foreign('content:"abc";', header)).warnings.length;
    assert.equal(warnings('alert tcp any any -> any 25'), 1);
    assert.equal(warnings('alert tcp any [80,443] -> any any'), 1);
    assert.equal(warnings('alert tcp any any -> any !80'), 0);
    assert.equal(warnings('alert tcp any any -> any [80,5222]'), 0);
    assert.equal(warnings('alert tcp any any -> any any'), 0);
  });
});

describe('rule files', () => {
  const rule = (sid: number, rev: number, mark = ''): string =>
    `${mark}alert tcp any any -> any 5222 (msg:"m${rev}"; content:"abc"; classtype:misc-activity; sid:${sid}; rev:${rev};)`;

  it('give one rule a number: the newest revision, before disabled ones', () => {
    const { rules } = report(
      [rule(1, 1), rule(1, 3), rule(1, 2), rule(2, 1), rule(2, 9, '# ')].join('\n'),
    );
    assert.deepEqual(
      rules.map(({ status }) => status),
      ['refused', 'loaded', 'refused', 'loaded', 'refused'],
    );
    assert.match(rules[0]?.reasons[0]?.message ?? '', /sid 1 is taken from foreign.rules:2/);
  });

  it('keep disabled rules disabled', () => {
    const { rules, output } = report([rule(1, 1, '#'), rule(2, 1), '# a remark'].join('\n'));
    assert.deepEqual(
      rules.map(({ isDisabled, status }) => [isDisabled, status]),
      [
        [true, 'loaded'],
        [false, 'loaded'],
      ],
    );
    assert.equal(output, `# File foreign.rules\n# ${rule(1, 1)}\n${rule(2, 1)}\n`);
    const set = loadRuleSources([{ file: join(signatures, 'x.rules'), text: output }]);
    assert.deepEqual([set.rules.length, set.disabled, set.failed], [1, 1, 0]);
  });

  it('are read whatever stands in them, and every line that is a rule is told of', () => {
    const lines = ['var HOME_NET any', 'include other.rules', rule(1, 1), 'alert tcp', ')(;"'];
    const { rules } = report(lines.join('\r\n'));
    assert.deepEqual(
      rules.map(({ line, status }) => [line, status]),
      [
        [1, 'refused'],
        [2, 'refused'],
        [3, 'loaded'],
        [4, 'refused'],
        [5, 'refused'],
      ],
    );
    for (const { status, reasons } of rules) assert.equal(reasons.length > 0, status === 'refused');
  });

  it('are bounded: a rule too long and rules too many are told of', () => {
    const limits = { ...defaultLimits(), rulesRuleChars: 400, rulesRules: 2 };
    const long = rule(9, 1).replace('abc', 'x'.repeat(500));
    const text = [rule(1, 1), long, rule(2, 1), rule(3, 1), rule(4, 1)].join('\n');
    const { rules } = importRules([{ file: 'f.rules', text }], { ...CONFIGS, limits });
    const refused = rules.filter(({ status }) => status === 'refused');
    assert.deepEqual(refused.map(({ line }) => line).sort(), [2, 4, 5]);
    assert.match(refused.map(({ reasons }) => reasons[0]?.message).join(), /longer than 400/);
  });
});

describe('an edited text', () => {
  it('knows where each of its places comes from', () => {
    const edited = new EditedText('abcdefghij', [
      { start: 6, end: 8, text: '' },
      { start: 2, end: 4, text: 'XYZW' },
    ]);
    assert.equal(edited.text, 'abXYZWefij');
    const origins = Array.from({ length: 11 }, (_, i) => edited.originalOffset(i));
    assert.deepEqual(origins, [0, 1, 2, 2, 2, 2, 4, 5, 8, 9, 10]);
  });
});
