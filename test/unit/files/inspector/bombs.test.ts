/** Files that unpack to more than anyone has: bounded in memory and time, and told as what they are. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { defaultLimits } from '../../../../sensor/core/index.ts';
import { look } from './look.ts';
import { bytes, docx, pdfOf, zip } from '../../../support/file-samples.ts';

const LIMITS = { filesUnpackedBytes: 4 * 1024 * 1024, filesTextBytes: 1024 * 1024 };
const ZEROES = new Uint8Array(8 * 1024 * 1024);

describe('bombs', () => {
  it('of zeroes end at the limit', async () => {
    const seen = await look(zip({ zeroes: ZEROES }), { limits: LIMITS });
    assert.deepEqual(seen.signs, ['bomb']);
    assert.equal(seen.inspection.unseen, 'unpacked bytes, unknown type');
    assert.equal(seen.part('zeroes').sha256, '');
  });

  it('are told by what they promise, when their end is beyond reach', async () => {
    const archive = Buffer.from(zip({ a: 'x' }));
    for (const at of [22, archive.indexOf('PK\x01\x02') + 24])
      archive.writeUInt32LE(0xf0000000, at);
    assert.ok((await look(new Uint8Array(archive))).signs.includes('bomb'));
  });

  it('of archives in archives end at the limit', async () => {
    const bottom = zip({ zeroes: ZEROES });
    const middle = zip(
      Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`${i}.zip`, bottom])),
    );
    const top = zip(
      Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`lib ${i}.zip`, middle])),
    );
    const seen = await look(top, { limits: LIMITS });
    assert.deepEqual(seen.signs, ['bomb']);
    assert.ok(seen.inspection.parts.length <= defaultLimits().filesMembers);
  });

  it('that never end are left at the depth', async () => {
    let nested: Uint8Array = bytes('the bottom');
    for (let i = 0; i < 40; i++) nested = new Uint8Array(gzipSync(nested));
    const seen = await look(nested);
    assert.deepEqual(seen.signs, ['bomb']);
    assert.equal(seen.inspection.unseen, 'depth');
    assert.equal(seen.inspection.parts.length, defaultLimits().filesDepth + 1);
  });

  it('of members that share their data end at the limit', async () => {
    const seen = await look(overlapping(2000), { limits: LIMITS });
    assert.ok(seen.signs.includes('bomb') && seen.signs.includes('malformed'));
  });

  it('are not what an archive of ordinary ratio is', async () => {
    const log = Array.from(
      { length: 20_000 },
      (_, i) => `2026-11-21T10:00:00Z host app[${i}]: request ${i * 31} served`,
    ).join('\n');
    const seen = await look(zip({ 'app.log': log }));
    assert.deepEqual([seen.signs, seen.inspection.unseen], [[], '']);
  });

  it('are not what a large archive is that is merely not read to its end', async () => {
    const content = new Uint8Array(1024 * 1024);
    let state = 7;
    for (let i = 0; i < content.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      content[i] = state >> 16;
    }
    const limits = { filesUnpackedBytes: 512 * 1024 };
    const seen = await look(zip({ noise: content }), { limits });
    assert.deepEqual([seen.signs, seen.inspection.unseen], [[], 'unpacked bytes, unknown type']);
  });
});

/** The flat construction: many members, all of the same compressed data (its headers quoted by none). */
function overlapping(count: number): Uint8Array {
  const data = deflateRawSync(new Uint8Array(1024 * 1024));
  const local = Buffer.alloc(31);
  local.write('PK\x03\x04', 0, 'latin1');
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(data.length, 18);
  local.writeUInt32LE(1024 * 1024, 22);
  local.writeUInt16LE(1, 26);
  local.write('a', 30);
  const entry = Buffer.alloc(47);
  entry.write('PK\x01\x02', 0, 'latin1');
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt32LE(1024 * 1024, 24);
  entry.writeUInt16LE(1, 28);
  entry.write('a', 46);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(count * entry.length, 12);
  end.writeUInt32LE(local.length + data.length, 16);
  return new Uint8Array(Buffer.concat([local, data, ...Array<Buffer>(count).fill(entry), end]));
}

describe('limits', () => {
  it('of members: names are told no further, and it is said', async () => {
    const many = zip(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${i}.txt`, 'x'])));
    const seen = await look(many);
    assert.equal(seen.inspection.parts.length, defaultLimits().filesMembers);
    assert.equal(seen.inspection.unseen, 'members');
    assert.deepEqual(seen.signs, []);
  });

  it('of text: it is cut, and it is said', async () => {
    const seen = await look(bytes('words '.repeat(1000)), { limits: { filesTextBytes: 100 } });
    assert.equal(seen.text.length, 100);
    assert.equal(seen.inspection.unseen, 'text');
  });

  it('of a member: rules on bytes get its beginning', async () => {
    const seen = await look(zip({ a: 'x'.repeat(100_000) }));
    assert.equal(seen.part('a').data.length, defaultLimits().filesMemberBytes);
    assert.equal(seen.textOf('a').length, 100_000);
  });

  it('of time: what was found is told', async () => {
    const seen = await look(zip({ 'a.txt': 'x' }), { limits: { filesInspectSeconds: 0 } });
    assert.equal(seen.magic, 'Zip archive');
    assert.equal(seen.inspection.unseen, 'time');
  });
});

describe('entities', () => {
  it('of a document are never expanded', async () => {
    const lines = ['<!ENTITY a "aaaaaaaaaa">'];
    for (let i = 1; i < 20; i++) lines.push(`<!ENTITY a${i} "&a${i - 1};&a${i - 1};">`);
    const bomb = `<?xml version="1.0"?><!DOCTYPE x [${lines.join('')}]><w:document><w:t>&a19;</w:t></w:document>`;
    const seen = await look(zip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': bomb }));
    assert.deepEqual(seen.signs, ['malformed']);
    assert.ok(seen.text.length < bomb.length && seen.text.includes('&a19;'));
  });

  it('of XML are characters, and are no sign', async () => {
    const seen = await look(docx(['a &amp; b &lt;c&gt; &#65;&#x42; &unknown;']));
    assert.match(seen.text, /a & b <c> AB &unknown;/);
    assert.deepEqual(seen.signs, []);
  });
});

describe('a PDF of 10,000 objects', () => {
  it('is read in bounded time', async () => {
    const objects = ['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[]/Count 0>>'];
    for (let i = 0; i < 10_000; i++) objects.push(`<</Length 2/N ${i}>>stream\nq\nendstream`);
    const seen = await look(pdfOf(objects));
    assert.equal(seen.magic, 'PDF document');
    assert.deepEqual([seen.signs, seen.inspection.unseen], [[], '']);
  });
});
