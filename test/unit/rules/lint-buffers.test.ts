import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadRuleSources } from '../../../sensor/rules/index.ts';

/** Warnings, each as `column: message (hint)`. */
function warnings(options: string): string[] {
  const text = `alert xmpp any any -> any any (${options} msg:"m"; sid:1;)`;
  return loadRuleSources([{ file: 'l.rules', text }])
    .problems.filter(({ message }) => !message.includes('classtype'))
    .map(({ column, message, hint }) => `${column}: ${message} (${hint ?? ''})`);
}

describe('buffers that never hold what is looked for', () => {
  it('are those of small letters', () => {
    assert.deepEqual(warnings('xmpp.from_domain; content:"Corp.example";'), [
      '50: Can never match: xmpp.from_domain is in small letters (write "corp.example")',
    ]);
    assert.deepEqual(warnings('xmpp.kind; content:"iq"; file.md5; content:!"ABCD";'), [
      '67: Always holds: file.md5 is in small letters (write "abcd")',
    ]);
    assert.deepEqual(warnings('xmpp.from_domain; content:"corp.example";'), []);
    assert.deepEqual(warnings('xmpp.from_domain; content:"Corp.example"; nocase;'), []);
    assert.deepEqual(warnings('xmpp.from; content:"Corp.example";'), []);
  });
  it('are those of a few words', () => {
    assert.deepEqual(warnings('xmpp.kind; content:"msg";'), [
      '43: Can never match: xmpp.kind is one of message, presence, iq, nonza, header (correct the word)',
    ]);
    assert.deepEqual(warnings('xmpp.kind; content:"mess"; startswith;'), []);
    assert.match(warnings('xmpp.relation; content:"stranger";').join(), /self, local, foreign/);
    assert.deepEqual(warnings('xmpp.relation; content:"foreign";'), []);
  });
  it('are those of the other direction', () => {
    const term = 'xmpp.sasl_mechanism; content:"PLAIN";';
    assert.deepEqual(warnings(`flow:to_client; ${term}`), [
      '69: Can never match: xmpp.sasl_mechanism is what a client sends, flow says to_client (write flow:to_server or leave flow out)',
    ]);
    assert.deepEqual(warnings(`flow:to_server; ${term}`), []);
    assert.deepEqual(warnings(term), []);
    assert.deepEqual(warnings('flow:to_client; xmpp.body; content:"PLAIN";'), []);
  });
  it('are folded texts, for capital letters', () => {
    assert.deepEqual(warnings('xmpp.text_folded; content:"Bitcoin";'), [
      '50: Capital letters on xmpp.text_folded: disguised text is unfolded to small letters (write small letters and nocase)',
    ]);
    assert.deepEqual(warnings('xmpp.text_folded; content:"bitcoin"; nocase;'), []);
    assert.deepEqual(warnings('xmpp.text; content:"Bitcoin";'), []);
  });
});
