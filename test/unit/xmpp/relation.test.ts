/** xmpp.relation: how near sender and addressee are, on every leg. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { federation, login, play, type DialogueOptions } from '../../support/dialogue.ts';

function relation(who: 'C' | 'S', xml: string, options: DialogueOptions = {}): string | undefined {
  const start = options.serverPort === 5269 ? federation() : login();
  const stanza = play([...start, [who, xml]], options).stanzas.at(-1);
  return stanza?.buffers['xmpp.relation']?.[0];
}

describe('xmpp.relation', () => {
  it('knows the own account, however it is written', () => {
    assert.equal(relation('C', "<iq type='get' id='1'/>"), 'self');
    assert.equal(relation('C', "<iq type='get' id='1' to='alice@corp.example/phone'/>"), 'self');
    assert.equal(relation('S', "<iq type='get' id='1' from='Alice@Corp.Example/x'/>"), 'self');
    assert.equal(relation('S', "<iq type='result' id='1'/>"), 'self');
  });

  it('knows the own domain and what lies below it', () => {
    assert.equal(relation('C', "<message to='bob@corp.example'/>"), 'local');
    assert.equal(relation('C', "<message to='corp.example'/>"), 'local');
    assert.equal(relation('C', "<message to='room@rooms.CORP.example'/>"), 'local');
    assert.equal(relation('S', "<message from='rooms.corp.example'/>"), 'local');
  });

  it('knows other domains, also those that end alike', () => {
    assert.equal(relation('C', "<message to='bob@ext.example'/>"), 'foreign');
    assert.equal(relation('C', "<message to='bob@notcorp.example'/>"), 'foreign');
    assert.equal(
      relation('S', "<message from='alice@ext.example' to='alice@corp.example/desk'/>"),
      'foreign',
    );
    assert.equal(relation('C', "<message to='example'/>"), 'local');
  });

  it('needs both addresses between servers', () => {
    const s2s = { serverPort: 5269 };
    assert.equal(
      relation('C', "<message from='a@ext.example' to='b@corp.example'/>", s2s),
      'foreign',
    );
    assert.equal(relation('C', "<message from='a@ext.example'/>", s2s), undefined);
    assert.equal(relation('C', "<message to='b@corp.example'/>", s2s), undefined);
  });
});
