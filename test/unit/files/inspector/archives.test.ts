/** Archives: members with their names, hashes, types and text; what cannot be read is named. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { look } from './look.ts';
import {
  EICAR,
  EICAR_SHA256,
  bytes,
  pe,
  tar,
  tarHeader,
  zip,
} from '../../../support/file-samples.ts';

describe('zip members', () => {
  it('come with name, size, hashes, first bytes and text', async () => {
    const seen = await look(zip({ 'docs/plan.txt': 'the plan', 'eicar.com': EICAR }));
    assert.deepEqual(seen.paths, ['docs/plan.txt', 'eicar.com']);
    assert.equal(seen.textOf('docs/plan.txt'), 'the plan');
    const eicar = seen.part('eicar.com');
    assert.equal(eicar.sha256, EICAR_SHA256);
    assert.equal(eicar.md5, '44d88612fea8a8f36de82e1278abb02f');
    assert.equal(Buffer.from(eicar.data).toString(), EICAR);
    assert.equal(eicar.size, 68);
  });

  it('are opened when they are archives themselves', async () => {
    const inner = zip({ 'deep.txt': 'at the bottom' });
    const seen = await look(
      zip({ 'a.zip': inner, 'b.tar.gz': new Uint8Array(gzipSync(tar([['c.txt', 'in tar']]))) }),
    );
    assert.equal(seen.textOf('a.zip/deep.txt'), 'at the bottom');
    assert.ok(seen.inspection.parts.some(({ text }) => Buffer.from(text).toString() === 'in tar'));
  });

  it('are told as programs inside', async () => {
    const seen = await look(zip({ 'readme.txt': 'hello', 'invoice.pdf.exe': pe() }));
    assert.deepEqual(seen.inspection.signs, [
      { sign: 'program_inside', detail: 'invoice.pdf.exe: PE32 executable' },
    ]);
  });

  it('are named when they are encrypted', async () => {
    const archive = Buffer.from(zip({ 'secret.txt': 'words', 'open.txt': 'words' }));
    archive[6] = 1;
    archive[archive.indexOf('PK\x01\x02') + 8] = 1;
    const seen = await look(new Uint8Array(archive));
    assert.deepEqual(seen.signs, ['encrypted']);
    assert.deepEqual(seen.paths, ['secret.txt', 'open.txt']);
    assert.equal(seen.part('secret.txt').type.group, 'encrypted');
    assert.equal(seen.textOf('open.txt'), 'words');
    assert.equal(seen.group, 'archive');
    assert.equal(seen.inspection.unseen, 'encrypted');
  });

  it('all encrypted make the archive an encrypted one', async () => {
    const archive = Buffer.from(zip({ 'secret.txt': 'words' }));
    archive[6] = 1;
    archive[archive.indexOf('PK\x01\x02') + 8] = 1;
    const seen = await look(new Uint8Array(archive));
    assert.deepEqual([seen.magic, seen.group], ['Zip archive, encrypted', 'encrypted']);
    assert.equal(seen.inspection.unseen, 'encrypted');
  });

  it('packed in a way that is not read are unseen by name', async () => {
    const archive = Buffer.from(zip({ 'a.txt': 'words' }));
    archive[8] = 14;
    archive[archive.indexOf('PK\x01\x02') + 10] = 14;
    const seen = await look(new Uint8Array(archive));
    assert.deepEqual(seen.paths, ['a.txt']);
    assert.equal(seen.inspection.unseen, 'zip LZMA');
  });

  it('are found without the directory, when the end is missing', async () => {
    const archive = zip({ 'a.txt': 'first words', 'b.txt': 'second words' });
    const cut = archive.subarray(0, Buffer.from(archive).indexOf('PK\x01\x02') + 10);
    const seen = await look(cut, { isWhole: false });
    assert.equal(seen.textOf('a.txt'), 'first words');
    assert.equal(seen.textOf('b.txt'), 'second words');
    assert.deepEqual(seen.signs, []);
    assert.deepEqual((await look(cut)).signs, ['malformed']);
  });

  it('are found behind data descriptors, when the end is missing', async () => {
    const seen = await look(streamedZip().subarray(0, -30), { isWhole: false });
    assert.equal(seen.textOf('a.txt'), 'streamed');
    assert.equal(seen.textOf('b.txt'), 'streamed too');
  });

  it('have no hash when only their beginning is there', async () => {
    const archive = zip({ 'a.txt': 'words '.repeat(2000) });
    const seen = await look(archive.subarray(0, 50), { isWhole: false });
    assert.equal(seen.part('a.txt').sha256, '');
  });
});

/** As streaming writers make it: lengths behind the data. */
function streamedZip(): Uint8Array {
  const pieces: Buffer[] = [];
  for (const [name, words] of [
    ['a.txt', 'streamed'],
    ['b.txt', 'streamed too'],
  ] as const) {
    const header = Buffer.alloc(30);
    header.write('PK\x03\x04', 0, 'latin1');
    header.writeUInt16LE(8, 6);
    header.writeUInt16LE(name.length, 26);
    const descriptor = Buffer.alloc(16);
    descriptor.write('PK\x07\x08', 0, 'latin1');
    descriptor.writeUInt32LE(words.length, 8);
    descriptor.writeUInt32LE(words.length, 12);
    pieces.push(header, Buffer.from(name), Buffer.from(words), descriptor);
  }
  return new Uint8Array(Buffer.concat([...pieces, Buffer.alloc(40)]));
}

describe('zip archives that lie', () => {
  const names = (archive: Buffer, from: string, to: string): Uint8Array => {
    archive.write(to, archive.lastIndexOf(from), 'latin1');
    return new Uint8Array(archive);
  };

  it('are told when the two lists name a member differently', async () => {
    const seen = await look(names(Buffer.from(zip({ 'a.txt': 'words' })), 'a.txt', 'b.exe'));
    assert.deepEqual(seen.signs, ['malformed']);
  });

  it('are told, and read, when a member is missing in the directory', async () => {
    const hidden = zip({ 'hidden.txt': 'not listed' });
    const member = hidden.subarray(0, Buffer.from(hidden).indexOf('PK\x01\x02'));
    const shown = Buffer.from(zip({ 'shown.txt': 'listed' }));
    const directory = shown.indexOf('PK\x01\x02');
    const archive = Buffer.concat([
      shown.subarray(0, directory),
      member,
      shown.subarray(directory),
    ]);
    const end = archive.lastIndexOf('PK\x05\x06');
    archive.writeUInt32LE(directory + member.length, end + 16);
    const seen = await look(new Uint8Array(archive));
    assert.deepEqual(seen.signs, ['malformed']);
    assert.equal(seen.textOf('hidden.txt'), 'not listed');
  });

  it('are told when members overlap', async () => {
    const archive = Buffer.from(zip({ 'a.txt': 'first words', 'b.txt': 'second words' }));
    const second = archive.indexOf('PK\x01\x02', archive.indexOf('PK\x01\x02') + 4);
    archive.writeUInt32LE(0, second + 42);
    const seen = await look(new Uint8Array(archive));
    assert.ok(seen.signs.includes('malformed'));
  });

  it('are told when a member is longer than told', async () => {
    const archive = Buffer.from(zip({ 'a.txt': 'words '.repeat(100) }));
    archive.writeUInt32LE(7, archive.indexOf('PK\x01\x02') + 24);
    assert.deepEqual((await look(new Uint8Array(archive))).signs, ['malformed']);
  });

  it('are told when the directory promises more', async () => {
    const archive = Buffer.from(zip({ 'a.txt': 'words' }));
    archive.writeUInt16LE(9, archive.lastIndexOf('PK\x05\x06') + 10);
    assert.deepEqual((await look(new Uint8Array(archive))).signs, ['malformed']);
  });
});

describe('gzip', () => {
  it('gives its file, with the name it tells', async () => {
    const packed = Buffer.from(gzipSync('some words'));
    const named = Buffer.concat([
      packed.subarray(0, 3),
      Buffer.of(8),
      packed.subarray(4, 10),
      Buffer.from('x.txt\0'),
      packed.subarray(10),
    ]);
    const seen = await look(new Uint8Array(named));
    assert.equal(seen.textOf('x.txt'), 'some words');
  });

  it('joins pieces', async () => {
    const packed = Buffer.concat([gzipSync('first '), gzipSync('second')]);
    const seen = await look(new Uint8Array(packed));
    assert.equal(Buffer.from(seen.inspection.parts[1]?.text ?? []).toString(), 'first second');
    assert.equal(
      seen.inspection.parts[1]?.sha256,
      createHash('sha256').update('first second').digest('hex'),
    );
  });

  it('gives what there is of a file that is cut', async () => {
    const packed = gzipSync(Array.from({ length: 5000 }, (_, i) => `line ${i * 7919}`).join('\n'));
    const seen = await look(new Uint8Array(packed.subarray(0, packed.length / 2)), {
      isWhole: false,
    });
    const text = Buffer.from(seen.inspection.parts[1]?.text ?? []).toString();
    assert.ok(text.startsWith('line 0\nline 7919') && text.length > 10_000);
    assert.equal(seen.inspection.parts[1]?.sha256, '');
  });

  it('is malformed when its data is none', async () => {
    const packed = Buffer.concat([gzipSync('words').subarray(0, 10), Buffer.alloc(200, 0xff)]);
    assert.ok((await look(new Uint8Array(packed))).signs.includes('malformed'));
  });
});

describe('zstd', () => {
  it('is unpacked', async () => {
    // "hello, this is some words for zstd" in one raw block of one segment.
    const words = bytes('hello, these are some words for zstd');
    const frame = Uint8Array.of(
      0x28,
      0xb5,
      0x2f,
      0xfd,
      0x20,
      words.length,
      (words.length << 3) | 1,
      (words.length << 3) >> 8,
      0,
      ...words,
    );
    const seen = await look(frame);
    assert.equal(
      Buffer.from(seen.inspection.parts[1]?.text ?? []).toString(),
      Buffer.from(words).toString(),
    );
    assert.notEqual(seen.inspection.parts[1]?.sha256, '');
  });

  it('is not unpacked when it wants a huge window', async () => {
    const seen = await look(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0, 0, 0, 0));
    assert.equal(seen.inspection.unseen, 'Zstandard window');
  });
});

describe('tar', () => {
  it('gives its members', async () => {
    const seen = await look(
      tar([
        ['a.txt', 'first'],
        ['d/b.txt', 'second'],
        ['run.sh', '#!/bin/sh\nls'],
      ]),
    );
    assert.deepEqual(seen.paths, ['a.txt', 'd/b.txt', 'run.sh']);
    assert.equal(seen.textOf('d/b.txt'), 'second');
    assert.deepEqual(seen.signs, ['program_inside']);
  });

  it('takes long names', async () => {
    const name = `${'long/'.repeat(60)}name.txt`;
    const link = tarHeader('././@LongLink', name.length + 1);
    link[156] = 0x4c;
    // The kind is part of the checksum.
    const sum = [...link].reduce(
      (total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte),
      0,
    );
    link.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    const nameBlock = Buffer.alloc(512);
    nameBlock.write(name);
    const seen = await look(
      new Uint8Array(Buffer.concat([link, nameBlock, Buffer.from(tar([['short', 'words']]))])),
    );
    assert.deepEqual(seen.paths, [name]);
  });

  it('is bounded by what is there, whatever size it tells', async () => {
    for (const size of ['77777777777\0', '\x80\0\0\0\0\x7f\xff\xff\xff\xff\xff\xff'] as const) {
      const seen = await look(
        new Uint8Array(
          Buffer.concat([tarHeader('huge.txt', size), Buffer.from('rest of it'.padEnd(512))]),
        ),
      );
      assert.deepEqual(seen.paths, ['huge.txt']);
      assert.equal(seen.part('huge.txt').sha256, '');
    }
  });

  it('is malformed when a size is no number or a checksum is wrong', async () => {
    const negative = tarHeader('a', '-0000000010\0');
    assert.deepEqual(
      (await look(new Uint8Array(Buffer.concat([negative, Buffer.alloc(512)])))).signs,
      ['malformed'],
    );
    const wrong = Buffer.from(
      tar([
        ['a', 'x'],
        ['b', 'y'],
      ]),
    );
    wrong.write('changed', 1024, 'latin1');
    const seen = await look(new Uint8Array(wrong));
    assert.deepEqual([seen.paths, seen.signs], [['a'], ['malformed']]);
  });
});
