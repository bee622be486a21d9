import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ruleLines, ruleTokens } from '../../../dashboards/console/src/logic/rule-tokens.ts';

const RULE =
  'alert xmpp $HOME_NET any -> any 5222 (msg:"A card; \\"really\\""; xmpp.body; content:"4|31 31|1"; nocase; depth:10; ' +
  'content:!"test"; pcre:"/a(b|c);d/i"; luhn; metadata:detection dlp-pan, confidence high; sid:1560001; rev:2;)';

const kinds = (text: string, kind: string): string[] =>
  ruleTokens(text)
    .filter((token) => token.kind === kind)
    .map((token) => token.text);

describe('ruleTokens', () => {
  it('tells the parts of a rule', () => {
    assert.deepEqual(kinds(RULE, 'action'), ['alert']);
    assert.deepEqual(kinds(RULE, 'proto'), ['xmpp']);
    assert.deepEqual(kinds(RULE, 'address'), ['$HOME_NET', 'any', 'any', '5222']);
    assert.deepEqual(kinds(RULE, 'arrow'), ['->']);
    assert.deepEqual(kinds(RULE, 'buffer'), ['xmpp.body']);
    assert.deepEqual(kinds(RULE, 'bytes'), ['|31 31|']);
    assert.deepEqual(kinds(RULE, 'negation'), ['!']);
    assert.deepEqual(kinds(RULE, 'number'), ['10', '1560001', '2']);
    assert.ok(kinds(RULE, 'string').includes('A card; \\"really\\"'));
    assert.ok(kinds(RULE, 'keyword').includes('pcre'));
  });

  it('reads comments and several lines', () => {
    const text = `# why\n${RULE}\n# alert xmpp off`;
    assert.deepEqual(kinds(text, 'comment'), ['# why', '# alert xmpp off']);
    assert.deepEqual(kinds(text, 'action'), ['alert']);
  });

  it('loses nothing of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(join(ruleTokens(text)), text);
      }),
    );
    fc.assert(
      fc.property(ruleLike(), (text) => {
        assert.equal(join(ruleTokens(text)), text);
      }),
    );
  });
});

describe('ruleLines', () => {
  it('gives every option its line, with what changes it', () => {
    const lines = ruleLines(RULE).map(join);
    assert.equal(lines[0], 'alert xmpp $HOME_NET any -> any 5222 (');
    assert.equal(lines[1], 'msg:"A card; \\"really\\"";');
    assert.ok(lines.includes('content:"4|31 31|1"; nocase; depth:10;'));
    assert.ok(lines.includes('pcre:"/a(b|c);d/i"; luhn;'));
    assert.ok(lines.includes('metadata:detection dlp-pan, confidence high;'));
    assert.equal(lines.at(-1), ')');
  });

  it('keeps all but spaces of every shipped rule', () => {
    let rules = 0;
    for (const file of readdirSync('signatures').filter((name) => name.endsWith('.rules'))) {
      for (const line of readFileSync(`signatures/${file}`, 'utf8').split('\n')) {
        if (!/^(?:alert|pass) /.test(line)) continue;
        rules += 1;
        assert.equal(join(ruleTokens(line)), line);
        const shown = ruleLines(line);
        const bare = (text: string): string => text.replaceAll(/\s/g, '');
        assert.equal(bare(shown.map(join).join('')), bare(line));
        assert.equal(join(shown.at(-1) ?? []), ')');
      }
    }
    assert.ok(rules > 300);
  });
});

function join(tokens: readonly { readonly text: string }[]): string {
  return tokens.map(({ text }) => text).join('');
}

function ruleLike(): fc.Arbitrary<string> {
  const pieces = [
    'alert',
    'xmpp',
    '->',
    '(',
    ')',
    ';',
    ':',
    '"',
    '\\',
    '!',
    '|',
    '#',
    '\n',
    ' ',
    ',',
  ];
  return fc.array(fc.constantFrom(...pieces)).map((all) => all.join(''));
}
