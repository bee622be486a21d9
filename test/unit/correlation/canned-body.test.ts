import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SceneLab, client } from '../../support/scene-lab.ts';

const TO = 'bob@corp.example/phone';
const OMEMO = "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>";
const EME = "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>";
const CALL = "<propose xmlns='urn:xmpp:jingle-message:0' id='c'/>";

interface Case {
  readonly body: string;
  readonly from?: string;
  readonly extra?: string;
  readonly type?: string;
}

function isCanned({ body, from = 'eve@ext.example/x', extra = '', type = 'chat' }: Case): boolean {
  const room = new SceneLab({
    botAllow: ['news@ext.example', 'bots.example', 'Mail@Ext.Example/x'],
  });
  const bob = client(room.lab, TO);
  const text = `<message from='${from}' to='${TO}' type='${type}' id='1'><body>${body}</body>${extra}</message>`;
  const [judged] = room.say(() => bob.s(text));
  return judged?.isCanned === true;
}

describe('CannedBodyGate', () => {
  it('sets aside what clients and servers write for everybody', () => {
    const canned: readonly Case[] = [
      {
        body: 'I sent you an OMEMO encrypted message but your client can not read it.',
        extra: OMEMO,
      },
      { body: 'This message is encrypted with OpenPGP.', extra: EME },
      { body: '?OTR:AAMDJ+MVmSfjFZcAAAAAAQ' },
      { body: '?OTRv23? I would like to talk in private' },
      { body: 'Incoming call', extra: CALL },
      { body: 'Maintenance tonight at ten, please log out', from: 'corp.example' },
      {
        body: 'Your messages are blocked, please solve the puzzle',
        from: 'muc.ext.example',
        extra: "<captcha xmlns='urn:xmpp:captcha'/>",
      },
      { body: 'buy our cheap pills today', type: 'error' },
    ];
    for (const example of canned) assert.equal(isCanned(example), true, example.body);
  });

  it('sets aside what everybody says', () => {
    for (const body of [
      'ok',
      'Ja',
      'да',
      'yes!',
      '👍🏽 😀😀',
      '...',
      '!!!!!!!!',
      '❤️❤️❤️❤️❤️',
      '…?',
    ]) {
      assert.equal(isCanned({ body }), true, body);
    }
  });

  it('sets aside bots that are allowed, by account and by domain', () => {
    const body = 'The build of this morning has failed again';
    for (const from of [
      'news@ext.example/1',
      'a@bots.example',
      'bots.example/x',
      'mail@ext.example',
    ]) {
      assert.equal(isCanned({ body, from }), true, from);
    }
    for (const from of ['news@ext.example.org', 'other@ext.example', 'x@sub.bots.example']) {
      assert.equal(isCanned({ body, from }), false, from);
    }
  });

  it('lets no text through for a marker alone', () => {
    const ad = 'cheap pills at http://pills.example/now';
    const written: readonly Case[] = [
      { body: ad },
      { body: ad, extra: OMEMO },
      { body: ad, extra: EME },
      { body: ad, extra: CALL },
      { body: ad, extra: "<captcha xmlns='urn:xmpp:captcha'/>" },
      { body: `omemo ${'cheap pills '.repeat(60)}`, extra: EME },
      {
        body: 'see below',
        extra: "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'/>",
      },
      { body: ad, from: 'ext.example' },
      { body: ad, from: 'evil.corp.example.net' },
    ];
    for (const example of written) assert.equal(isCanned(example), false, JSON.stringify(example));
  });

  it('takes short words of other scripts for words', () => {
    for (const body of ['hello', 'привет', '你好吗朋友', 'مرحبا', '12345', '😀 buy']) {
      assert.equal(isCanned({ body }), false, body);
    }
  });
});
