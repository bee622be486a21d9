/** Uploads that were packed for their way are told as what was announced. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  asAnnounced,
  keptContent,
  type FilePart,
  type FinishedFile,
  type Inspection,
} from '../../../sensor/files/index.ts';

const GZIP = { magic: 'gzip compressed data', mime: 'application/gzip', group: 'archive' } as const;
const TEXT = { magic: 'Text, ASCII', mime: 'text/plain', group: 'text' } as const;
const NOTHING = new Uint8Array(0);

function part(path: string, facts: Partial<FilePart>): FilePart {
  return { path, type: TEXT, text: NOTHING, data: NOTHING, size: 0, sha256: '', md5: '', ...facts };
}

const inside = part('list.csv', {
  size: 3400,
  sha256: 'in',
  md5: 'im',
  data: Buffer.from('inside'),
});
const packed: Inspection = {
  ...{ type: GZIP, parts: [part('', { type: GZIP }), inside], signs: [] },
  ...{ properties: {}, unseen: '' },
};

function upload(size: number, facts: Partial<FinishedFile> = {}): FinishedFile {
  const place = { flow: 1, direction: 0, tsUsec: 7 } as const;
  return {
    road: 'http',
    offer: {
      ...{ from: 'alice@corp.example/pc', to: '', tsUsec: 0, flow: 1, protocol: 'upload' },
      ...{ sid: 'u', name: 'list.csv', size, mime: '', description: '', sha256: '', md5: '' },
    },
    ...{ start: place, end: place, seenBytes: 173, gapBytes: 0, expectedBytes: 173, lack: '' },
    ...{ sha256: 'out', md5: 'om', sha1: '', content: Buffer.from('packed') },
    ...{ hasStart: true, isContentWhole: true, unseen: '' },
    ...facts,
  };
}

describe('asAnnounced()', () => {
  it('is the file inside when that has the announced size', () => {
    const { file, inspection } = asAnnounced(upload(3400), packed);
    assert.deepEqual(
      [
        file.seenBytes,
        file.expectedBytes,
        file.sha256,
        file.md5,
        Buffer.from(file.content).toString(),
      ],
      [3400, 3400, 'in', 'im', 'inside'],
    );
    assert.equal(inspection?.type.magic, 'Text, ASCII');
    assert.deepEqual(
      inspection.parts.map(({ path }) => path),
      [''],
    );
  });

  it('is what was sent where anything else was announced', () => {
    const other = { ...packed, type: { ...GZIP, mime: 'application/zip' } };
    const unknown = { ...packed, parts: [part('', { type: GZIP }), { ...inside, sha256: '' }] };
    for (const [file, inspection] of [
      [upload(173), packed],
      [upload(3399), packed],
      [upload(-1), packed],
      [upload(3400, { lack: 'gap' }), packed],
      [upload(3400, { road: 'ibb' }), packed],
      [upload(3400, { offer: undefined }), packed],
      [upload(3400), other],
      [upload(3400), unknown],
      [upload(3400), undefined],
    ] as const) {
      assert.deepEqual(asAnnounced(file, inspection), { file, inspection });
    }
  });
});

describe('keptContent()', () => {
  const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const told = (text: Buffer): FinishedFile =>
    upload(text.length, { seenBytes: text.length, sha256: hash(text), content: NOTHING });
  const sent = (content: Buffer): FinishedFile =>
    upload(3400, { seenBytes: content.length, sha256: hash(content), content });

  it('is found by the hash of the record', () => {
    const text = Buffer.from('a,b\n'.repeat(10_000));
    const kept = keptContent(told(text), sent(gzipSync(text)));
    assert.equal(kept.sha256, hash(text));
    assert.deepEqual(Buffer.from(kept.content), text);
  });

  it('is what was sent where that is the record, is large, or unpacks to anything else', () => {
    const text = Buffer.from('words');
    const plain = sent(text);
    assert.equal(keptContent(plain, plain), plain);
    const large = Buffer.alloc(1024 * 1024 + 1);
    for (const [inner, packed] of [
      [large, gzipSync(large)],
      [text, gzipSync('other')],
      [text, gzipSync('words and more')],
      [text, gzipSync(text).subarray(0, 12)],
      [text, Buffer.from('no gzip')],
    ] as const) {
      const whole = sent(packed);
      assert.equal(keptContent(told(inner), whole), whole);
    }
  });
});
