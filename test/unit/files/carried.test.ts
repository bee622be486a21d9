import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'node:test';
import type { FinishedFile } from '../../../sensor/files/index.ts';
import { client } from '../../support/scene-lab.ts';
import { ALICE, BOB, FilesLab } from '../../support/ledger-lab.ts';
import { base64Of, bytesOf, sha256Of } from '../../support/sample-bytes.ts';

const XMPP_BOB = 'urn:xmpp:bob';
const PUBSUB = 'http://jabber.org/protocol/pubsub';
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const ACCOUNT = 'alice@corp.example';

function png(size: number, seed = 1): Buffer {
  return Buffer.concat([PNG, bytesOf(size - PNG.length, seed)]);
}

function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

function only(lab: FilesLab): FinishedFile {
  assert.equal(lab.finished.length, 1);
  return lab.finished[0] as FinishedFile;
}

function lines(text: string): string {
  return text.replaceAll(/.{76}/g, '$&\n');
}

function bits(
  bytes: Uint8Array,
  type = 'image/png',
  cid = `sha1+${sha1Of(bytes)}@bob.xmpp.org`,
): string {
  return `<data xmlns='${XMPP_BOB}' cid='${cid}' type='${type}' max-age='86400'>${base64Of(bytes)}</data>`;
}

describe('bits of binary', () => {
  const sticker = png(6000);

  for (const pieceBytes of [1, 1000, Infinity]) {
    it(`in a message are a file, in pieces of ${pieceBytes}`, () => {
      const lab = new FilesLab({ pieceBytes });
      lab.client().c(`<message to='${BOB}'><body>look</body>${bits(sticker)}</message>`);
      const file = only(lab);
      assert.equal(file.road, 'bob');
      assert.equal(file.sha256, sha256Of(sticker));
      assert.deepEqual(file.content, new Uint8Array(sticker));
      assert.equal(file.sha1, sha1Of(sticker));
      assert.equal(file.offer?.sha1, file.sha1);
      assert.equal(file.offer.mime, 'image/png');
      assert.equal(file.offer.protocol, 'bob');
      assert.deepEqual([file.offer.from, file.offer.to], [ALICE, BOB]);
    });
  }

  it('are those somebody referred to', () => {
    const lab = new FilesLab();
    const cid = `sha1+${sha1Of(sticker)}@bob.xmpp.org`;
    const flow = lab.client();
    flow.c(
      `<message to='${BOB}'><body>:)</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><img src='cid:${cid}'/></body></html></message>`,
    );
    flow.s(
      `<iq type='get' id='g' from='${BOB}' to='${ALICE}'><data xmlns='${XMPP_BOB}' cid='${cid}'/></iq>`,
    );
    flow.c(`<iq type='result' id='g' to='${BOB}'>${bits(sticker)}</iq>`);
    const { offer, sha1 } = only(lab);
    assert.equal(offer?.sid, cid);
    assert.equal(offer.from, ALICE);
    assert.equal(sha1, offer.sha1);
  });

  it('that are others than their name says can be told', () => {
    const lab = new FilesLab();
    const other = `sha1+${'0'.repeat(40)}@bob.xmpp.org`;
    lab.client().c(`<message to='${BOB}'>${bits(sticker, 'image/png', other)}</message>`);
    const { offer, sha1 } = only(lab);
    assert.equal(offer?.sha1, '0'.repeat(40));
    assert.equal(sha1, sha1Of(sticker));
  });

  it('fetched by many are told once an hour', () => {
    const lab = new FilesLab();
    const flow = lab.client();
    for (let i = 0; i < 20; i++) {
      flow.c(`<iq type='result' id='g${i}' to='user${i}@ext.example/x'>${bits(sticker)}</iq>`);
    }
    assert.equal(lab.finished.length, 1);
    lab.lab.wait(3700);
    flow.c(`<iq type='result' id='h' to='zoe@ext.example/x'>${bits(sticker)}</iq>`);
    assert.equal(lab.finished.length, 2);
  });

  for (const [count, overlooked] of [
    [16, 0],
    [20, 4],
  ] as const) {
    it(`${count} in one stanza`, () => {
      const lab = new FilesLab();
      const all = Array.from({ length: count }, (_, i) => bits(png(900, i)));
      lab.client().c(`<message to='${BOB}'>${all.join('')}</message>`);
      assert.equal(lab.finished.length, 16);
      assert.equal(lab.lab.counters.get('filesOverlooked'), overlooked);
      assert.deepEqual(lab.told(), overlooked === 0 ? [] : ['file.too_many_in_stanza']);
    });
  }

  it('deeper in a stanza and several at once are found', () => {
    const lab = new FilesLab();
    const [one, two, three] = [png(900, 1), png(901, 2), png(902, 3)];
    const flow = lab.client();
    flow.c(`<message to='${BOB}'>${bits(one)}${bits(two)}</message>`);
    flow.s(
      `<iq type='result' id='r' from='corp.example'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='form'/>${bits(three)}</query></iq>`,
    );
    assert.deepEqual(
      lab.finished.map(({ sha256 }) => sha256),
      [one, two, three].map((bytes) => sha256Of(bytes)),
    );
  });

  it('in wrong base64, or cut by a hole, are not whole', () => {
    for (const isCut of [false, true]) {
      const lab = new FilesLab();
      const flow = lab.client();
      const text = base64Of(sticker).slice(0, 400);
      flow.c(
        `<message to='${BOB}'><data xmlns='${XMPP_BOB}' cid='x@bob.xmpp.org' type='image/png'>${text}`,
      );
      if (isCut) flow.gap(0, 500).c('<presence/>');
      else flow.c('$$$$</data></message>');
      const { lack, sha256, content } = only(lab);
      assert.deepEqual([lack, sha256], ['gap', '']);
      assert.deepEqual(content, new Uint8Array(sticker.subarray(0, 300)));
    }
  });

  it('asked for are none', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(`<iq type='get' id='g' to='${BOB}'><data xmlns='${XMPP_BOB}' cid='a@bob.xmpp.org'/></iq>`);
    lab
      .client()
      .c(`<message to='${BOB}'><data xmlns='${XMPP_BOB}' cid='a@bob.xmpp.org'>  </data></message>`);
    assert.deepEqual(lab.finish(), []);
  });
});

describe('pictures of accounts', () => {
  const photo = png(9000);

  function vcard(bytes: Uint8Array, property = 'PHOTO', type = 'image/png'): string {
    return `<vCard xmlns='vcard-temp'><FN>Alice</FN><${property}><TYPE>${type}</TYPE><BINVAL>\n${lines(base64Of(bytes))}\n</BINVAL></${property}></vCard>`;
  }

  it('in a vCard are told once, set or fetched', () => {
    const lab = new FilesLab();
    lab.client().c(`<iq type='set' id='v'>${vcard(photo)}</iq>`);
    for (const user of ['bob', 'carol', 'dave']) {
      lab
        .client(user)
        .s(
          `<iq type='result' id='v' from='${ACCOUNT}' to='${user}@corp.example/desk'>${vcard(photo)}</iq>`,
        );
    }
    // Her own, which the server need not address.
    lab.client().s(`<iq type='result' id='w'>${vcard(photo)}</iq>`);
    const file = only(lab);
    assert.equal(file.road, 'inline');
    assert.equal(file.sha256, sha256Of(photo));
    assert.equal(file.offer?.protocol, 'vcard');
    assert.equal(file.offer.mime, 'image/png');
    assert.equal(file.offer.from, ALICE);
  });

  it('in a vCard of another account are another file', () => {
    const lab = new FilesLab();
    const flow = lab.client();
    for (const user of ['bob', 'carol']) {
      flow.s(
        `<iq type='result' id='v' from='${user}@corp.example' to='${ALICE}'>${vcard(photo)}</iq>`,
      );
    }
    assert.deepEqual(
      lab.finished.map(({ offer }) => offer?.from),
      ['bob@corp.example', 'carol@corp.example'],
    );
  });

  it('in an avatar node are told once, published, notified or fetched', () => {
    const lab = new FilesLab();
    const item = `<item id='${sha1Of(photo)}'><data xmlns='urn:xmpp:avatar:data'>${base64Of(photo)}</data></item>`;
    lab
      .client()
      .c(
        `<iq type='set' id='p'><pubsub xmlns='${PUBSUB}'><publish node='urn:xmpp:avatar:data'>${item}</publish></pubsub></iq>`,
      );
    for (const user of ['bob', 'carol']) {
      const flow = lab.client(user);
      flow.s(
        `<message type='headline' from='${ACCOUNT}' to='${user}@corp.example/desk'><event xmlns='${PUBSUB}#event'><items node='urn:xmpp:avatar:data'>${item}</items></event></message>`,
      );
      flow.s(
        `<iq type='result' id='i' from='${ACCOUNT}' to='${user}@corp.example/desk'><pubsub xmlns='${PUBSUB}'><items node='urn:xmpp:avatar:data'>${item}</items></pubsub></iq>`,
      );
    }
    const { offer, sha1, sha256 } = only(lab);
    assert.equal(sha256, sha256Of(photo));
    assert.equal(offer?.protocol, 'avatar');
    assert.equal(offer.sha1, sha1);
    assert.equal(offer.to, '');
  });

  it('that are large, or no pictures, are told as carriers', () => {
    const large = png(66_000);
    const program = Buffer.concat([Buffer.from('MZ\x90\0'), bytesOf(2000)]);
    const told = (stanza: string): string[] => {
      const lab = new FilesLab();
      lab.client().c(stanza);
      assert.equal(lab.finished.length, 1);
      return lab.lab.raised
        .map(({ event }) => event)
        .filter((event) => event.startsWith('file.carrier'));
    };
    const set = (card: string): string => `<iq type='set' id='v'>${card}</iq>`;
    const publish = (bytes: Uint8Array): string =>
      set(
        `<pubsub xmlns='${PUBSUB}'><publish node='urn:xmpp:avatar:data'><item id='a'><data xmlns='urn:xmpp:avatar:data'>${base64Of(bytes)}</data></item></publish></pubsub>`,
      );
    assert.deepEqual(told(set(vcard(large))), ['file.carrier_vcard']);
    assert.deepEqual(told(set(vcard(program))), ['file.carrier_vcard']);
    assert.deepEqual(told(set(vcard(program, 'SOUND'))), ['file.carrier_vcard']);
    assert.deepEqual(told(publish(program)), ['file.carrier_avatar']);
    // Near misses.
    assert.deepEqual(told(set(vcard(png(65_536)))), []);
    assert.deepEqual(told(set(vcard(Buffer.from('none')))), []);
    assert.deepEqual(
      told(
        set(
          vcard(
            Buffer.from(
              '<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg">' +
                ' '.repeat(400) +
                '</svg>',
            ),
          ),
        ),
      ),
      [],
    );
    assert.deepEqual(
      told(set(vcard(Buffer.concat([Buffer.from('OggS'), bytesOf(3000)]), 'SOUND'))),
      [],
    );
    assert.deepEqual(told(set(vcard(bytesOf(1500), 'KEY'))), []);
    assert.deepEqual(told(publish(png(150_000))), []);
    assert.deepEqual(told(publish(Buffer.from('RIFF\x10\0\0\0WEBPVP8 ' + 'x'.repeat(400)))), []);
  });

  it('and bits that are too many', () => {
    const told = (bytes: Uint8Array): number => {
      const lab = new FilesLab();
      lab.client().c(`<message to='${BOB}'>${bits(bytes, 'x/y')}</message>`);
      return lab.lab.of('file.carrier_bob').length;
    };
    assert.equal(told(bytesOf(8193)), 1);
    assert.equal(told(png(66_000)), 1);
    assert.equal(told(bytesOf(8192)), 0);
    assert.equal(told(png(40_000)), 0);
  });

  it('changed again and again are told', () => {
    const lab = new FilesLab();
    const flow = lab.client();
    for (let i = 0; i < 11; i++) flow.c(`<iq type='set' id='v${i}'>${vcard(png(500, i))}</iq>`);
    // The same once more is no change, and what others fetch is none of the account's.
    flow.c(`<iq type='set' id='w'>${vcard(png(500, 3))}</iq>`);
    const bob = lab.client('bob');
    for (let i = 20; i < 40; i++) {
      bob.s(
        `<iq type='result' id='v${i}' from='${ACCOUNT}' to='bob@corp.example/desk'>${vcard(png(500, i))}</iq>`,
      );
    }
    assert.deepEqual(lab.lab.of('file.carrier_changes'), []);
    flow.c(`<iq type='set' id='x'>${vcard(png(500, 99))}</iq>`);
    const [raised] = lab.lab.of('file.carrier_changes');
    assert.equal(raised?.context['changes'], 12);
  });

  it('are bounded in number', () => {
    const lab = new FilesLab();
    const photos = Array.from({ length: 40 }, (_, i) => png(100, i)).map(base64Of);
    const card = photos.map((text) => `<PHOTO><BINVAL>${text}</BINVAL></PHOTO>`).join('');
    const items = photos
      .map((text) => `<item><data xmlns='urn:xmpp:avatar:data'>${text}</data></item>`)
      .join('');
    const flow = lab.client();
    flow.c(`<iq type='set' id='v'><vCard xmlns='vcard-temp'>${card}</vCard></iq>`);
    assert.equal(lab.finished.length, 16);
    lab
      .client('bob')
      .c(
        `<iq type='set' id='p'><pubsub xmlns='${PUBSUB}'><publish node='urn:xmpp:avatar:data'>${items}</publish></pubsub></iq>`,
      );
    assert.equal(lab.finished.length, 32);
  });

  it('fetched by many are told as a carrier once', () => {
    const lab = new FilesLab();
    for (let i = 0; i < 30; i++) {
      const flow = client(lab.lab, `user${i}@corp.example/x`);
      flow.s(
        `<iq type='result' id='v' from='${ACCOUNT}' to='user${i}@corp.example/x'>${vcard(png(70_000))}</iq>`,
      );
    }
    assert.equal(lab.lab.of('file.carrier_vcard').length, 1);
  });
});

describe('files in texts', () => {
  const archive = gzipSync(bytesOf(3000));
  const message = (text: string, id = 'm1', to = BOB): string =>
    `<message to='${to}' id='${id}' type='chat'><body>${text}</body></message>`;

  for (const pieceBytes of [1, 500, Infinity]) {
    it(`are found wherever they stand, in pieces of ${pieceBytes}`, () => {
      const lab = new FilesLab({ pieceBytes });
      const flow = lab.client();
      for (const [i, stanza] of [
        message('TEXT'),
        message('here it is: TEXT have fun'),
        message('\nLINES\n'),
        '<presence><status>TEXT</status></presence>',
        "<iq type='set' id='s'><query xmlns='jabber:iq:private'><notes xmlns='x:y'>TEXT</notes></query></iq>",
        `<iq type='set' id='s' to='${BOB}'><x xmlns='jabber:x:data' type='submit'><field var='a'><value>TEXT</value></field></x></iq>`,
        `<message to='${BOB}'><x xmlns='urn:example:unknown'><y><z>TEXT</z></y></x></message>`,
        "<iq type='set' id='v'><vCard xmlns='vcard-temp'><DESC>TEXT</DESC></vCard></iq>",
      ].entries()) {
        const bytes = gzipSync(bytesOf(1000, i));
        const text = base64Of(bytes);
        flow.c(stanza.replace('TEXT', text).replace('LINES', lines(text)));
        const file = lab.finished[i];
        assert.equal(file?.sha256, sha256Of(bytes), stanza);
        assert.equal(file.lack, '');
        assert.equal(file.road, 'inline');
      }
    });
  }

  it('are found by the magic of their type', () => {
    const lab = new FilesLab();
    const flow = lab.client();
    for (const head of [
      'MZ\x90\0',
      'MZP\0',
      '\x7fELF',
      '\xcf\xfa\xed\xfe',
      '\xca\xfe\xba\xbe',
      'PK\x03\x04',
      'Rar!\x1a\x07',
      '7z\xbc\xaf\x27\x1c',
      '\x1f\x8b\x08',
      '\xd0\xcf\x11\xe0\xa1\xb1',
      '%PDF-1.7',
      '{\\rtf1',
      'L\0\0\0\x01\x14\x02',
      '\xe4\x52\x5c\x7b\x8c\xd8',
      '-----BEGIN RSA PRIVATE KEY',
      '\x89PNG\r\n',
      '\xff\xd8\xff\xe0',
    ]) {
      const bytes = Buffer.concat([Buffer.from(head, 'latin1'), bytesOf(700)]);
      flow.c(message(base64Of(bytes)));
      assert.equal(lab.finished.at(-1)?.sha256, sha256Of(bytes), head);
    }
  });

  it('that are plain text are found when they are long', () => {
    const text = Buffer.from('name;card;größe\n'.repeat(80));
    const lab = new FilesLab();
    lab.client().c(message(base64Of(text)));
    assert.equal(only(lab).sha256, sha256Of(text));
    const short = new FilesLab();
    short.client().c(message(base64Of(text.subarray(0, 500))));
    assert.deepEqual(short.finished, []);
  });

  it('several in one text are several', () => {
    const lab = new FilesLab();
    const other = gzipSync(bytesOf(2000, 5));
    lab.client().c(message(`${base64Of(archive)} and ${base64Of(other)}`));
    assert.deepEqual(
      lab.finished.map(({ sha256 }) => sha256),
      [sha256Of(archive), sha256Of(other)],
    );
  });

  it('as data: URIs are of the type these name', () => {
    const bytes = bytesOf(1000);
    const uri = `data:image/x-icon;charset=x;base64,${base64Of(bytes)}`;
    for (const stanza of [
      `<message to='${BOB}'><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p><img alt='x' src='${uri}'/></p></body></html></message>`,
      `<iq type='set' id='p'><pubsub xmlns='${PUBSUB}'><publish node='urn:xmpp:vcard4'><item><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><photo><uri>${uri}</uri></photo></vcard></item></publish></pubsub></iq>`,
      message(uri),
    ]) {
      const lab = new FilesLab();
      lab.client().c(stanza);
      const { offer, sha256 } = only(lab);
      assert.equal(offer?.mime, 'image/x-icon');
      assert.equal(sha256, sha256Of(bytes));
    }
  });

  it('of ordinary traffic are none', () => {
    const lab = new FilesLab();
    const flow = lab.client();
    const prose = 'The quick brown fox jumps over the lazy dog, again and again. '.repeat(60);
    for (const stanza of [
      message(prose),
      message(base64Of(bytesOf(3000))),
      message(bytesOf(2000).reduce((hex, byte) => hex + byte.toString(16).padStart(2, '0'), '')),
      message('x'.repeat(5000)),
      message(base64Of(archive).slice(0, 500)),
      message(
        `eyJhbGciOiJSUzI1NiJ9.${base64Of(Buffer.from('{"sub":"alice","admin":true}'.repeat(12)))}.${base64Of(bytesOf(256))}`,
      ),
      `<message to='${BOB}'><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'><key rid='2'>${base64Of(bytesOf(900, 7))}</key></header><payload>${base64Of(bytesOf(3000, 8))}</payload></encrypted></message>`,
      `<message to='${BOB}'><x xmlns='jabber:x:encrypted'>${base64Of(bytesOf(3000, 9))}</x></message>`,
      `<message to='${BOB}'><x xmlns='jabber:x:encrypted'>${base64Of(Buffer.from('plain text, and no type by its bytes\n'.repeat(90)))}</x></message>`,
      `<message to='${BOB}'><x xmlns='jabber:x:encrypted'>${base64Of(Buffer.concat([Buffer.from([0x1f, 0x8b, 0x08]), bytesOf(3000, 10).fill(0x77, 0, 8)]))}</x></message>`,
      `<message to='${BOB}'><body>${'word\n'.repeat(2000)}</body></message>`,
    ]) {
      flow.c(stanza);
    }
    assert.deepEqual(lab.finish(), []);
    assert.deepEqual(
      lab.lab.raised.filter(({ event }) => event.startsWith('file.')),
      [],
    );
  });

  it('are found under the name of ciphertext when their type is certain', () => {
    const lab = new FilesLab();
    const flow = lab.client();
    let seed = 0;
    for (const head of ['%PDF-1.7\n', '\xff\xd8\xff\xe1', 'MZ\x90\0', 'PK\x03\x04', '']) {
      for (const stanza of [
        `<message to='${BOB}'><x xmlns='jabber:x:encrypted'>TEXT</x></message>`,
        `<message to='${BOB}'><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>TEXT</payload></encrypted></message>`,
        `<message to='${BOB}'><encrypted xmlns='urn:xmpp:omemo:2'><x xmlns='x:y'>TEXT</x></encrypted></message>`,
      ]) {
        const random = bytesOf(3000, ++seed);
        const bytes =
          head === '' ? gzipSync(random) : Buffer.concat([Buffer.from(head, 'latin1'), random]);
        flow.c(stanza.replace('TEXT', base64Of(bytes)));
        assert.equal(lab.finished.at(-1)?.sha256, sha256Of(bytes), head);
      }
    }
  });

  it('are one file on all legs, in rooms, carbons and archives', () => {
    const lab = new FilesLab();
    const text = base64Of(archive);
    lab.client().c(message(text, 'm1', 'room@muc.corp.example').replace("'chat'", "'groupchat'"));
    for (const user of ['bob', 'carol', 'dave']) {
      lab
        .client(user)
        .s(
          `<message from='room@muc.corp.example/alice' to='${user}@corp.example/desk' id='m1' type='groupchat'><body>${text}</body></message>`,
        );
    }
    lab
      .client('carol', 'phone')
      .s(
        `<message from='carol@corp.example' to='carol@corp.example/phone'><result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='room@muc.corp.example/alice' to='carol@corp.example' type='groupchat'><body>${text}</body></message></forwarded></result></message>`,
      );
    assert.equal(only(lab).sha256, sha256Of(archive));
  });

  it('sent to somebody else are another file', () => {
    const lab = new FilesLab();
    const flow = lab.client();
    flow.c(message(base64Of(archive), 'm1', 'bob@ext.example'));
    flow.c(message(base64Of(archive), 'm2', 'carol@ext.example'));
    assert.equal(lab.finished.length, 2);
  });

  it('cut by the size of a stanza are not whole', () => {
    const lab = new FilesLab({ limits: { xmlStanzaBytes: 4096 } });
    lab.client().c(message(base64Of(gzipSync(bytesOf(6000)))));
    const { lack, sha256, content } = only(lab);
    assert.deepEqual([lack, sha256], ['gap', '']);
    assert.ok(content.length > 1000);
  });

  it('are bounded in number', () => {
    const lab = new FilesLab();
    const files = Array.from({ length: 40 }, (_, i) => base64Of(gzipSync(bytesOf(600, i))));
    lab.client().c(message(files.join(' ')));
    assert.equal(lab.finished.length, 16);
    assert.equal(lab.lab.counters.get('filesOverlooked'), 24);
    assert.deepEqual(lab.told(), ['file.too_many_in_stanza']);
    assert.equal(
      lab.lab.of('file.too_many_in_stanza')[0]?.context['summary'],
      `${ALICE} put more files into one stanza than are looked at`,
    );
  });

  it('as many as are looked at are not too many, whatever base64 stands behind them', () => {
    const lab = new FilesLab();
    const files = Array.from({ length: 16 }, (_, i) => base64Of(gzipSync(bytesOf(600, i))));
    const others = Array.from({ length: 8 }, (_, i) => base64Of(bytesOf(900, 100 + i)));
    lab.client().c(message([...files, ...others].join(' ')));
    assert.equal(lab.finished.length, 16);
    assert.equal(lab.lab.counters.get('filesOverlooked'), 0);
    assert.deepEqual(lab.told(), []);
  });

  it('behind too many elements are counted', () => {
    const lab = new FilesLab();
    const decoys = '<a/>'.repeat(8200);
    lab
      .client()
      .c(`<message to='${BOB}'><x xmlns='x:y'>${decoys}<b>${base64Of(archive)}</b></x></message>`);
    assert.equal(lab.finished.length, 0);
    assert.equal(lab.lab.counters.get('filesOverlooked'), 1);
  });

  it('deep in a stanza are found, deeper ones cost nothing', () => {
    const lab = new FilesLab();
    const nest = (depth: number): string =>
      `<message to='${BOB}'>${"<a xmlns='x:y'>".repeat(depth)}${base64Of(archive)}${'</a>'.repeat(depth)}</message>`;
    lab.client().c(nest(60));
    only(lab);
    lab.client().c(nest(200));
    assert.equal(lab.finished.length, 1);
    assert.equal(lab.lab.counters.get('filesOverlooked'), 1);
  });
});

describe('long base64 where none belongs', () => {
  const long = base64Of(bytesOf(13_000));
  const stanzas: Readonly<Record<string, string>> = {
    'the presence': `<presence><status>TEXT</status></presence>`,
    'the private storage': `<iq type='set' id='s'><query xmlns='jabber:iq:private'><a xmlns='x:y'>TEXT</a></query></iq>`,
    'published items': `<iq type='set' id='p'><pubsub xmlns='${PUBSUB}'><publish node='x'><item><a xmlns='x:y'>TEXT</a></item></publish></pubsub></iq>`,
  };

  for (const [place, stanza] of Object.entries(stanzas)) {
    it(`in ${place}`, () => {
      const told = (text: string): unknown[] => {
        const lab = new FilesLab();
        lab.client().c(stanza.replace('TEXT', text));
        return lab.lab.of('file.carrier_text').map(({ context }) => context['place']);
      };
      assert.deepEqual(told(long), [place]);
      assert.deepEqual(told(long.slice(0, 16_384)), []);
      assert.deepEqual(told(`${long.slice(0, 9000)} ${long.slice(9000)}`), []);
    });
  }

  it('keys for encryption and messages are no such places', () => {
    const lab = new FilesLab();
    const flow = lab.client();
    flow.c(
      `<iq type='set' id='p'><pubsub xmlns='${PUBSUB}'><publish node='urn:xmpp:openpgp:0:public-keys:X'><item><pubkey xmlns='urn:xmpp:openpgp:0'><data>${long}</data></pubkey></item></publish></pubsub></iq>`,
    );
    flow.c(`<message to='${BOB}'><body>${long}</body></message>`);
    assert.deepEqual(lab.lab.of('file.carrier_text'), []);
  });
});
