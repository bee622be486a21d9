/** xmpp.attr: what the attributes of a stanza say, and what fits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everySegmentation, login, play } from '../../support/dialogue.ts';

function attributes(xml: string): string | undefined {
  return play([...login(), ['C', xml]]).stanzas.at(-1)?.buffers['xmpp.attr']?.[0];
}

describe('xmpp.attr', () => {
  const command =
    "<iq type='set' id='1' to='corp.example'><c:command xmlns:c='http://jabber.org/protocol/commands' node='http://jabber.org/protocol/admin&#35;add-user' action=\"execute\"/></iq>";

  it('is one line per attribute, decoded, without prefixes and declarations', () => {
    everySegmentation([...login(), ['C', command]], (seen) => {
      assert.deepEqual(seen.stanzas.at(-1)?.buffers['xmpp.attr'], [
        '/command@node=http://jabber.org/protocol/admin#add-user\n/command@action=execute\n',
      ]);
    });
  });

  it('leaves out what has a buffer of its own, at the stanza only', () => {
    assert.equal(
      attributes(
        "<message xml:lang='de' from='alice@corp.example' to='b@x.example' id='1' type='chat'><item id='2' to='c@x.example'/></message>",
      ),
      '/message@lang=de\n/item@id=2\n/item@to=c@x.example\n',
    );
    assert.equal(attributes("<message to='b@x.example'><body>x</body></message>"), undefined);
  });

  it('keeps a value on its line', () => {
    assert.equal(
      attributes("<message><x xmlns='urn:example' a='1&#10;/command@node=2'/></message>"),
      '/x@a=1 /command@node=2\n',
    );
  });

  it('cuts long values and stops where its space ends', () => {
    const cut = attributes(
      `<message><x xmlns='urn:example' a='${'v'.repeat(3000)}' b='1'/></message>`,
    );
    assert.equal(cut, `/x@a=${'v'.repeat(1024)}\n/x@b=1\n`);
    const many = attributes(
      `<message>${`<x xmlns='urn:example' a='${'v'.repeat(1000)}'/>`.repeat(50)}</message>`,
    );
    assert.ok(many !== undefined && many.length > 15_000 && many.length <= 16_384);
    assert.ok(many.endsWith('v\n'));
  });

  it('says nothing of secrets', () => {
    assert.equal(
      attributes("<message><token xmlns='urn:xmpp:fast:0' token='s3cr3t-token'/></message>"),
      '/token@token=************\n',
    );
  });
});
