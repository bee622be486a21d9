/** Files of two types, and what ordinary writers append. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { look } from './look.ts';
import {
  GIF,
  PNG,
  bytes,
  compound,
  docx,
  jpeg,
  pdf,
  pe,
  zip,
} from '../../../support/file-samples.ts';

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const ARCHIVE = zip({ 'payload.txt': 'words in the archive' });

function noise(length: number): Uint8Array {
  let state = 7;
  return Uint8Array.from(
    { length },
    () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >> 16,
  );
}

/** A segment of a JPEG before its picture. */
function comment(words: string): Uint8Array {
  const picture = jpeg();
  return join(
    picture.subarray(0, 2),
    Uint8Array.of(0xff, 0xfe, 0, words.length + 2),
    bytes(words),
    picture.subarray(2),
  );
}

describe('files of two types', () => {
  const cases: readonly (readonly [name: string, content: Uint8Array, detail: string])[] = [
    ['zip behind PNG', join(PNG, ARCHIVE), 'PNG image with a Zip archive at its end'],
    ['zip behind JPEG', join(jpeg(), ARCHIVE), 'JPEG image with a Zip archive at its end'],
    ['zip behind GIF', join(GIF, ARCHIVE), 'GIF image with a Zip archive at its end'],
    ['zip behind PDF', join(pdf('x'), ARCHIVE), 'PDF document with a Zip archive at its end'],
    [
      'rar behind JPEG',
      join(jpeg(), bytes('Rar!\x1a\x07\0xxxxxxxxxxxxxxxx', 'latin1')),
      'RAR archive behind the end of JPEG image',
    ],
    ['program behind PNG', join(PNG, pe()), 'PNG image with a Windows program inside'],
    [
      'ELF behind GIF',
      join(GIF, bytes('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0', 'latin1')),
      'ELF 64-bit executable behind the end of GIF image',
    ],
    [
      'unknown bytes behind PNG',
      join(PNG, noise(40_000)),
      '40000 bytes behind the end of PNG image',
    ],
    [
      'script in a comment',
      comment('<?php system($_GET[0]); ?>'),
      'JPEG image with a script inside',
    ],
    [
      'script as GIF',
      join(bytes('GIF89a/*', 'latin1'), GIF.subarray(8, -1), bytes('*/=1;alert(1)')),
      'GIF image with a script inside',
    ],
    [
      'PDF in JPEG',
      comment(`%PDF-1.4\n1 0 obj\n<<>>\nendobj`),
      'JPEG image with a PDF document inside',
    ],
  ];
  for (const [name, content, detail] of cases)
    it(`tell ${name}`, async () => {
      const { signs } = (await look(content)).inspection;
      assert.deepEqual(
        signs.filter(({ sign }) => sign === 'polyglot'),
        [{ sign: 'polyglot', detail }],
      );
    });

  it('are read in both', async () => {
    assert.equal((await look(join(PNG, ARCHIVE))).textOf('payload.txt'), 'words in the archive');
    const seen = await look(join(pdf('first words'), ARCHIVE));
    assert.match(seen.text, /first words/);
    assert.equal(seen.textOf('payload.txt'), 'words in the archive');
  });

  it('tell programs behind a picture as programs inside', async () => {
    assert.deepEqual((await look(join(PNG, pe()))).signs, ['polyglot', 'program_inside']);
  });

  it('tell scripts in SVG as code in a document', async () => {
    const svg = (inside: string): Uint8Array =>
      bytes(`<svg xmlns="http://www.w3.org/2000/svg">${inside}</svg>`);
    assert.deepEqual((await look(svg('<script>alert(1)</script>'))).signs, ['macro']);
    assert.deepEqual((await look(svg('<path d="M0 0"/>'))).signs, []);
  });
});

describe('ordinary endings', () => {
  const film = join(Uint8Array.of(0, 0, 0, 24), bytes('ftypmp42'), noise(60_000));
  const cases: readonly (readonly [name: string, content: Uint8Array])[] = [
    ['a film behind a photo', join(jpeg(), film)],
    ['a second picture behind a photo', join(jpeg(), jpeg(), jpeg())],
    ['notes of a phone', join(jpeg(), noise(30_000), bytes('SEFT'))],
    ['padding behind a picture', join(PNG, new Uint8Array(50_000))],
    ['some bytes of a camera', join(jpeg(), noise(500))],
    ['a line end behind a PDF', join(pdf('x'), bytes('\r\n\r\n'))],
    [
      'a PDF that was changed',
      join(pdf('x'), bytes('7 0 obj\n<<>>\nendobj\ntrailer<<>>\nstartxref\n0\n%%EOF\n')),
    ],
    ['a PDF stored in an archive', zip({ 'a.pdf': pdf('x') })],
    [
      'an archive in a compound document',
      compound({ WordDocument: 'x', 'ObjectPool/_1/Package': docx(['x']) }),
    ],
    [
      'a picture in a document',
      docx(['x'], { 'word/media/image1.jpeg': jpeg(), 'word/media/image2.png': PNG }),
    ],
    ['an archive behind its own unpacker', join(pe(), ARCHIVE)],
    ['a picture that is cut', PNG.subarray(0, 40)],
  ];
  for (const [name, content] of cases)
    it(`are no sign: ${name}`, async () => {
      const { signs } = await look(content);
      assert.ok(!signs.includes('polyglot'), signs.join());
    });

  it('an archive behind its own unpacker is read', async () => {
    assert.equal((await look(join(pe(), ARCHIVE))).textOf('payload.txt'), 'words in the archive');
  });

  it('an archive attached to a PDF as it is, is a file in it and no second type', async () => {
    const stored = Buffer.from(ARCHIVE).toString('latin1');
    const seen = await look(
      pdf('x', {
        objects: [`<</Type/EmbeddedFile/Length ${stored.length}>>stream\n${stored}\nendstream`],
      }),
    );
    assert.deepEqual(seen.signs, []);
    assert.equal(seen.textOf('attachment 1/payload.txt'), 'words in the archive');
  });
});
