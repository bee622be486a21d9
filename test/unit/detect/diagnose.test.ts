import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RuleDiagnosis } from '../../../sensor/detect/index.ts';
import { makeFile } from '../../support/file-view.ts';
import { ruleText, soundRules } from '../../support/rule-lab.ts';
import { makeStanza, type RegionText, type StanzaFacts } from '../../support/stanza-view.ts';

/** Why a rule with these options stays silent on stanzas, one after the other. */
function reason(
  options: string,
  ...stanzas: readonly (readonly [readonly RegionText[], StanzaFacts?])[]
): string | undefined {
  const set = soundRules(ruleText(options));
  const [rule] = set.rules;
  assert.ok(rule !== undefined);
  const diagnosis = new RuleDiagnosis(set, rule);
  for (const [texts, facts] of stanzas) diagnosis.onStanza(makeStanza(texts, facts));
  const said = diagnosis.reason;
  diagnosis.close();
  return said;
}

describe('RuleDiagnosis', () => {
  const options =
    'flow:to_server; xmpp.to; content:"bob"; xmpp.body; content:"cheap"; content:"pills"; within:10;';

  it('names the first term that does not hold, and the text', () => {
    assert.equal(
      reason(options, [
        [
          ['xmpp.to', 'bob@x'],
          ['xmpp.body', 'cheap and good pills'],
        ],
      ]),
      'xmpp.body is "cheap and good pills"; wanted: holds "pills", within 10 bytes behind the match before',
    );
    assert.equal(
      reason(options, [
        [
          ['xmpp.to', 'eve@x'],
          ['xmpp.body', 'cheap pills'],
        ],
      ]),
      'xmpp.to is "eve@x"; wanted: holds "bob"',
    );
  });
  it('takes the text that came closest, and the stanza', () => {
    const near = [
      ['xmpp.to', 'bob@x'],
      ['xmpp.body', 'x'],
      ['xmpp.body', 'cheap'],
    ] as const;
    const wanted =
      'xmpp.body is "cheap"; wanted: holds "pills", within 10 bytes behind the match before';
    const far = [
      ['xmpp.to', 'bob@x'],
      ['xmpp.body', 'x'],
    ] as const;
    assert.equal(reason(options, [far], [near], [far]), wanted);
  });
  it('tells of the wrong direction and of buffers that are not there', () => {
    assert.equal(
      reason(options, [[['xmpp.to', 'bob@x']], { direction: 1 }]),
      'flow wants the way to the server, this went to the client',
    );
    assert.equal(reason(options, [[['xmpp.to', 'bob@x']]]), 'there is no xmpp.body');
  });
  it('looks at each part of a file', () => {
    const set = soundRules(
      ruleText('file.magic; content:"PE32"; xmpp.file_name; content:".jpg"; endswith;'),
    );
    const diagnosis = new RuleDiagnosis(set, set.rules[0] as (typeof set.rules)[number]);
    const member = { path: 'in/tool.exe', magic: 'PE32 executable', data: 'x' };
    diagnosis.onFile(makeFile([{ magic: 'Zip archive', data: 'PK' }, member], { name: 'a.zip' }));
    assert.equal(
      diagnosis.reason,
      'xmpp.file_name is "tool.exe"; wanted: holds ".jpg", at its end',
    );
    diagnosis.close();
    assert.equal(
      reason('file.data; content:"x";', [[['xmpp.body', 'x']]]),
      'there is no file.data',
    );
  });
  it('finds links as the engine does', () => {
    const link = 'xmpp.url; content:"phish.example";';
    assert.equal(reason(link, [[['xmpp.body', 'no link here']]]), 'there is no link in it');
    assert.match(
      reason(link, [[['xmpp.body', 'see http://corp.example/x']]]) ?? '',
      /^xmpp.url is "http:\/\/corp.example\/x"; wanted: holds "phish.example"$/,
    );
    assert.match(
      reason(link, [[['xmpp.body', 'see http://phish.example/x']]]) ?? '',
      /^every term held; the header, a bit/,
    );
  });
  it('tells of each condition whether it held where the rule came closest', () => {
    const set = soundRules(ruleText(options));
    const [rule] = set.rules;
    assert.ok(rule !== undefined);
    const held = (...stanzas: readonly (readonly [readonly RegionText[], StanzaFacts?])[]) => {
      const diagnosis = new RuleDiagnosis(set, rule);
      for (const [texts, facts] of stanzas) diagnosis.onStanza(makeStanza(texts, facts));
      const { conditions } = diagnosis;
      diagnosis.close();
      assert.deepEqual(
        conditions.map(({ condition }) => condition),
        [
          'sent to the server',
          'xmpp.to: holds "bob"',
          'xmpp.body: holds "cheap"',
          'xmpp.body: holds "pills", within 10 bytes behind the match before',
        ],
      );
      return conditions.map((each) => each.held);
    };
    const to = ['xmpp.to', 'bob@x'] as const;
    assert.deepEqual(held([[to, ['xmpp.body', 'cheap pills']]]), [true, true, true, true]);
    assert.deepEqual(held([[to, ['xmpp.body', 'cheap']]]), [true, true, true, false]);
    // Each buffer is looked at by itself, also behind one that does not fit.
    const eve = ['xmpp.to', 'eve@x'] as const;
    assert.deepEqual(held([[eve, ['xmpp.body', 'cheap pills']]]), [true, false, true, true]);
    const back = { direction: 1 } as const;
    assert.deepEqual(held([[to, ['xmpp.body', 'x']], back]), [false, true, false, false]);
    assert.deepEqual(held([[eve]], [[to]], [[eve]]), [true, true, false, false]);
    assert.deepEqual(held(), [false, false, false, false]);
  });
  it('has nothing to say without a stanza, or for an event', () => {
    assert.equal(reason(options), undefined);
    assert.equal(reason('xmpp.event:xml.dtd;', [[['xmpp.body', 'x']]]), undefined);
  });
  it('cuts long texts between characters', () => {
    const said = reason('xmpp.body; content:"zzz";', [[['xmpp.body', '\u{1f600}'.repeat(100)]]]);
    assert.equal(said, `xmpp.body is "${'\u{1f600}'.repeat(60)}"...; wanted: holds "zzz"`);
  });
});
