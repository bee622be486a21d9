/** What a finding shows: the text, where it matched, and which parts of it must be masked. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bufferId } from '../../../sensor/core/index.ts';
import type { Finding, Validator } from '../../../sensor/detect/index.ts';
import { RuleLab, ruleText } from '../../support/rule-lab.ts';
import type { RegionText } from '../../support/stanza-view.ts';

const SECRET = 'metadata:secret yes;';

function text(finding: Finding | undefined): string {
  return Buffer.from(finding?.evidence ?? []).toString();
}

/** The evidence with its secrets as stars. */
function masked(finding: Finding | undefined): string {
  const bytes = Buffer.from(finding?.evidence ?? []);
  for (const { offset, length } of finding?.secrets ?? []) bytes.fill(42, offset, offset + length);
  return bytes.toString();
}

/** Matched stretches in the evidence region, as text. */
function matched(finding: Finding | undefined): string[] {
  return (finding?.matches ?? [])
    .filter(({ buffer, region }) => buffer === finding?.buffer && region === finding.region)
    .map(({ offset, length }) => {
      const start = offset - (finding?.evidenceOffset ?? 0);
      return Buffer.from(finding?.evidence ?? [])
        .subarray(start, start + length)
        .toString();
    });
}

function find(
  options: string,
  texts: readonly RegionText[],
  validators = new Map<string, Validator>(),
): Finding {
  const [finding] = new RuleLab(ruleText(options), { validators }).stanza(texts);
  assert.ok(finding !== undefined);
  return finding;
}

describe('matches', () => {
  it('are all places of all terms, in text order', () => {
    const finding = find('xmpp.body; content:"abc"; content:"12";', [
      ['xmpp.body', '12 abc abc 12'],
    ]);
    assert.deepEqual(matched(finding), ['12', 'abc', 'abc', '12']);
    assert.equal(finding.evidenceOffset, 0);
    assert.equal(finding.buffer, bufferId('xmpp.body'));
  });

  it('join overlapping places of one term', () => {
    const finding = find('xmpp.body; pcre:"/\\d{3,5}/";', [['xmpp.body', 'a 1234567 b 123 c']]);
    assert.deepEqual(matched(finding), ['1234567', '123']);
  });

  it('leave out places that took no part', () => {
    const near = find('xmpp.body; content:"ab"; content:"cd"; within:3;', [
      ['xmpp.body', 'ab..... abcd cd'],
    ]);
    assert.deepEqual(matched(near), ['ab', 'cd']);
    assert.equal(near.matches[0]?.offset, 8);
    const end = find('xmpp.body; content:"ab"; isdataat:!1,relative;', [['xmpp.body', 'ab ab']]);
    assert.deepEqual(
      end.matches.map(({ offset }) => offset),
      [3],
    );
    const not = find('xmpp.body; content:"ab"; content:!"x"; within:1;', [
      ['xmpp.body', 'abx aby'],
    ]);
    assert.deepEqual(
      not.matches.map(({ offset }) => offset),
      [4],
    );
    const validators = new Map<string, Validator>([
      ['luhn', (bytes, start) => bytes[start] === 0x32],
    ]);
    const checked = find(
      'xmpp.body; pcre:"/\\b\\d\\d\\b/"; luhn;',
      [['xmpp.body', '11 22 13 24']],
      validators,
    );
    assert.deepEqual(matched(checked), ['22', '24']);
  });

  it('come from every region, those of the evidence first, with their region number', () => {
    const finding = find('xmpp.ns; content:"abc"; xmpp.body; content:"longer"; fast_pattern;', [
      ['xmpp.ns', 'x'],
      ['xmpp.ns', 'abc'],
      ['xmpp.body', 'no'],
      ['xmpp.body', 'a longer text'],
      ['xmpp.body', 'longer'],
    ]);
    assert.equal(text(finding), 'a longer text');
    assert.deepEqual(
      finding.matches.map(({ buffer, region, offset, length }) => [buffer, region, offset, length]),
      [
        [bufferId('xmpp.body'), 1, 2, 6],
        [bufferId('xmpp.ns'), 1, 0, 3],
        [bufferId('xmpp.body'), 2, 0, 6],
      ],
    );
    assert.equal(finding.region, 1);
  });

  it('are 64 at most', () => {
    const finding = find('xmpp.body; content:"ab1";', [['xmpp.body', 'ab1 '.repeat(200)]]);
    assert.equal(finding.matches.length, 64);
  });
});

describe('evidence', () => {
  it('is what a validator checked, before what selected the rule', () => {
    const validators = new Map<string, Validator>([['luhn', () => true]]);
    const finding = find(
      'xmpp.subject; pcre:"/\\d{4}/"; luhn; xmpp.body; content:"a long fast pattern";',
      [
        ['xmpp.subject', 'pay 1234'],
        ['xmpp.body', 'with a long fast pattern'],
      ],
      validators,
    );
    assert.equal(text(finding), 'pay 1234');
  });

  it('is cut around the first match, at whole characters', () => {
    const finding = find('xmpp.body; content:"needle";', [
      ['xmpp.body', `${'ж'.repeat(20000)}needle${'я'.repeat(60000)}`],
    ]);
    assert.ok(finding.evidence.length <= 65536 && finding.evidence.length > 65000);
    assert.deepEqual(matched(finding), ['needle']);
    assert.ok(!text(finding).includes('\ufffd'));
    assert.ok(finding.evidenceOffset > 0);
  });
});

describe('secrets', () => {
  it('are the matches of a rule marked so', () => {
    const finding = find(`xmpp.body; pcre:"/\\b\\d{4}\\b/"; ${SECRET}`, [
      ['xmpp.body', 'pins 1234 and 5678'],
    ]);
    assert.equal(masked(finding), 'pins **** and ****');
  });

  it('are masked in the evidence of other rules on the same stanza', () => {
    const lab = new RuleLab(
      [
        ruleText('xmpp.body; content:"transfer";', 1),
        ruleText(`xmpp.text; pcre:"/key-[A-Z]{6}/"; ${SECRET}`, 2),
        ruleText('xmpp.text_folded; content:"transfer";', 3),
        ruleText('xmpp.stanza; content:"transfer";', 4),
        ruleText('xmpp.subject; content:"about";', 5),
      ].join('\n'),
    );
    const body = 'transfer key-ABCDEF now';
    const findings = lab.stanza([
      ['xmpp.body', body],
      ['xmpp.text', body],
      ['xmpp.text_folded', 'transfer key-abcdef now'],
      ['xmpp.stanza', `<body>${body}</body>`],
      ['xmpp.subject', 'about something'],
    ]);
    assert.deepEqual(findings.map(masked), [
      'transfer ********** now',
      'transfer ********** now',
      'transfer ********** now',
      '<body>transfer ********** now</body>',
      'about something',
    ]);
  });

  it('keep raw XML back when they are written in another way there', () => {
    const lab = new RuleLab(
      [
        ruleText(`xmpp.body; pcre:"/key-[A-Z]{6}/"; ${SECRET}`, 1),
        ruleText('xmpp.stanza; content:"<body>";', 2),
      ].join('\n'),
    );
    const findings = lab.stanza([
      ['xmpp.body', 'key-ABCDEF'],
      ['xmpp.stanza', '<body>key-ABC&#68;EF</body>'],
    ]);
    assert.deepEqual(findings.map(masked), ['**********', '']);
  });

  it('keep text back in which they may stand with invisible characters', () => {
    const lab = new RuleLab(
      [
        ruleText(`xmpp.text_folded; content:"hunter22"; ${SECRET}`, 1),
        ruleText('xmpp.body; content:"look";', 2),
      ].join('\n'),
    );
    const shown = (body: string): string =>
      text(
        lab
          .stanza([
            ['xmpp.body', body],
            ['xmpp.text_folded', 'look hunter22'],
          ])
          .find(({ rule }) => rule.sid === 2),
      );
    assert.equal(shown('look h\u200bu\u200bn\u200bt\u200be\u200br22'), '');
    assert.equal(shown('look elsewhere \u2764'), 'look elsewhere \u2764');
  });

  it('count although their own rule is kept back', () => {
    const lab = new RuleLab(
      [
        ruleText(`xmpp.body; pcre:"/key-[A-Z]{6}/"; ${SECRET} noalert;`, 1),
        ruleText('xmpp.body; content:"transfer";', 2),
      ].join('\n'),
    );
    const findings = lab.stanza([['xmpp.body', 'transfer key-ABCDEF']]);
    assert.deepEqual(findings.map(masked), ['transfer **********']);
  });

  it('are all known, also beyond the matches that are listed', () => {
    const finding = find(`xmpp.body; pcre:"/\\b\\d\\d\\b/"; ${SECRET}`, [
      ['xmpp.body', '12 '.repeat(100)],
    ]);
    assert.equal(finding.matches.length, 64);
    assert.equal(masked(finding), '** '.repeat(100));
  });

  it('withhold the text when there are more than can be told', () => {
    const finding = find(`xmpp.body; pcre:"/\\b\\d\\d\\b/"; ${SECRET}`, [
      ['xmpp.body', '12 '.repeat(4000)],
      ['xmpp.body', '34 '.repeat(4000)],
    ]);
    assert.equal(text(finding), '');
  });

  it('do not stay for the next stanza', () => {
    const lab = new RuleLab(
      [
        ruleText(`xmpp.body; pcre:"/key-[A-Z]{6}/"; ${SECRET}`, 1),
        ruleText('xmpp.body; content:"transfer";', 2),
      ].join('\n'),
    );
    lab.stanza([['xmpp.body', 'transfer key-ABCDEF']]);
    assert.deepEqual(lab.stanza([['xmpp.body', 'transfer']]).map(masked), ['transfer']);
  });
});
