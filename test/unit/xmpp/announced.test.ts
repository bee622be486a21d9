/** What a stanza names without being about it: addresses in its elements, hashes of files it announces. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BufferName } from '../../../sensor/core/index.ts';
import { everySegmentation, login, type Turn } from '../../support/dialogue.ts';

const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const MD5 = '098f6bcd4621d373cade4e832627b4f6';

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

/** Texts of a buffer of one stanza from the server, at every segmentation. */
function expectText(xml: string, buffer: BufferName, texts: readonly string[] | undefined): void {
  const turns: Turn[] = [...login(), ['S', xml]];
  everySegmentation(turns, (seen) => {
    assert.deepEqual(seen.stanzas.at(-1)?.buffers[buffer], texts);
  });
}

function metadata(hash: string): string {
  return `<message from='zoe@ext.example/x'><body>hi</body><file xmlns='urn:xmpp:file:metadata:0'>${hash}</file></message>`;
}

describe('xmpp.address', () => {
  it('holds inviters, items and hosts, not the addresses of the stanza', () => {
    expectText(
      "<message from='room@muc.ext.example' to='alice@corp.example/desk'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='zoe@ext.example/x' to='bob@corp.example'/></x></message>",
      'xmpp.address',
      ['zoe@ext.example/x', 'bob@corp.example'],
    );
    expectText(
      "<iq type='set' id='1'><query xmlns='http://jabber.org/protocol/bytestreams'><streamhost jid='proxy.ext.example' host='192.0.2.7' port='1'/></query></iq>",
      'xmpp.address',
      ['proxy.ext.example', '192.0.2.7'],
    );
  });
  it('leaves out attributes of other namespaces', () => {
    expectText(
      "<message from='a@b.example'><x xmlns='urn:x' xmlns:o='urn:o' o:jid='zoe@ext.example'/></message>",
      'xmpp.address',
      undefined,
    );
  });
});

describe('file.sha256 and file.md5', () => {
  it('hold what was announced, as hex in small letters', () => {
    for (const [algo, text] of [
      ['sha-256', base64(SHA256)],
      ['SHA-256', SHA256.toUpperCase()],
      ['sha-256', `\n  ${base64(SHA256).slice(0, 20)}\n  ${base64(SHA256).slice(20)}\n`],
    ] as const) {
      for (const version of [1, 2]) {
        const hash = `<hash xmlns='urn:xmpp:hashes:${version}' algo='${algo}'>${text}</hash>`;
        expectText(metadata(hash), 'file.sha256', [SHA256]);
      }
    }
    expectText(
      metadata(`<hash xmlns='urn:xmpp:hashes:2' algo='md5'>${base64(MD5)}</hash>`),
      'file.md5',
      [MD5],
    );
  });
  it('join what CDATA sections and elements part', () => {
    const text = base64(SHA256);
    const hash = `<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${text.slice(0, 9)}<![CDATA[${text.slice(9, 20)}]]>${text.slice(20)}</hash>`;
    expectText(metadata(hash), 'file.sha256', [SHA256]);
  });
  it('hold the MD5 of a stream initiation', () => {
    expectText(
      `<iq type='set' id='1'><si xmlns='http://jabber.org/protocol/si'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a' hash='${MD5.toUpperCase()}'/></si></iq>`,
      'file.md5',
      [MD5],
    );
  });
  it('leave out other algorithms, other lengths and what is no hash', () => {
    for (const [algo, text] of [
      ['sha3-256', base64(SHA256)],
      ['sha-256', base64(MD5)],
      ['sha-256', `${base64(SHA256)}AAAA`],
      ['sha-256', '*'.repeat(64)],
      ['sha-256', ''],
    ] as const) {
      expectText(
        metadata(`<hash xmlns='urn:xmpp:hashes:2' algo='${algo}'>${text}</hash>`),
        'file.sha256',
        undefined,
      );
    }
    expectText(
      metadata(`<hash xmlns='urn:xmpp:hashes:2'>${SHA256}</hash>`),
      'file.sha256',
      undefined,
    );
  });
  it('are no human text', () => {
    const hash = `<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${SHA256}</hash>`;
    expectText(metadata(hash), 'xmpp.text', ['hi']);
  });
});
