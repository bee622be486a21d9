/** Encodings: what servers accept is read on, whatever it was declared as. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everyChunking } from '../../support/chunking.ts';
import { bytesOf, linesOf, wide, XmlRecorder, type Said } from '../../support/xml-recorder.ts';

const STREAM =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
const BODY = '<message><body>Grüße 世界 😀 &amp; x</body></message>';
const recorder = new XmlRecorder();

function read(document: Uint8Array): Said[] {
  const whole = recorder.run([document]);
  everyChunking(document, (pieces, label) => {
    assert.deepEqual(linesOf(recorder.run(pieces)), linesOf(whole), label);
  });
  return whole;
}

function textOf(said: readonly Said[]): string | undefined {
  return /"((?:[^"\\]|\\.)*)"\([^)]*\) \/ \/$/.exec(said.at(-1)?.text ?? '')?.[1];
}

const WIDE: [string, 2 | 4, boolean, boolean][] = [
  ['UTF-16LE', 2, false, false],
  ['UTF-16LE with a mark', 2, false, true],
  ['UTF-16BE', 2, true, false],
  ['UTF-16BE with a mark', 2, true, true],
  ['UTF-32LE', 4, false, false],
  ['UTF-32LE with a mark', 4, false, true],
  ['UTF-32BE', 4, true, false],
  ['UTF-32BE with a mark', 4, true, true],
];

void describe('xml encodings', () => {
  for (const [what, unit, big, mark] of WIDE) {
    void it(`reads ${what} as UTF-8 and counts its bytes on the wire`, () => {
      const said = read(wide(STREAM + BODY, unit, big, mark));
      assert.equal(textOf(said), 'Grüße 世界 😀 & x');
      const event = unit === 2 ? 'xml.encoding_utf16' : 'xml.encoding_utf32';
      assert.deepEqual(
        said.filter(({ kind }) => kind === 'event').map(({ text }) => text),
        [event],
      );
      const wire = wide(BODY, unit, big, false).length;
      const raw = bytesOf(BODY).length;
      assert.equal(said.at(-1)?.detail, `nonAscii elements=2 depth=2 wire=${wire} raw=${raw}`);
    });

    void it(`gives offsets in bytes of the wire in ${what}`, () => {
      const before = `${STREAM}<message><body>日本 😀`;
      const said = read(wide(`${before}&foo;</body></message>`, unit, big, mark));
      const event = said.find(({ text }) => text === 'xml.entity_ref');
      assert.equal(event?.offset, wide(before, unit, big, mark).length);
    });

    void it(`finds the units of ${what} again after a gap of odd length`, () => {
      const bytes = wide(`${STREAM}<message><body>lost</body></message>${BODY}`, unit, big, mark);
      const from = wide(`${STREAM}<message><bod`, unit, big, mark).length;
      const { tokenizer } = recorder;
      for (let lost = 1; lost <= 9; lost++) {
        recorder.said = [];
        const half = tokenizer.openHalf(false);
        tokenizer.feed(half, bytes, 0, from, 0);
        tokenizer.gap(half);
        tokenizer.feed(half, bytes, from + lost, bytes.length - from - lost, 0);
        tokenizer.closeHalf(half);
        assert.equal(textOf(recorder.said), 'Grüße 世界 😀 & x', `lost ${lost}`);
      }
      recorder.said = [];
    });
  }

  void it('reports and replaces a lone surrogate of UTF-16', () => {
    for (const unit of ['\ud800', '\udc00', '\ud800\ud800']) {
      const said = read(wide(`${STREAM}<message><body>a${unit}b</body></message>`, 2, false, true));
      assert.ok(said.some(({ text }) => text === 'utf8.surrogate'));
      assert.match(textOf(said) ?? '', /^a�+b$/);
    }
  });

  void it('reads bytes that are not UTF-8 as Latin-1 when a single-byte encoding was declared', () => {
    const declared = bytesOf(`<?xml version='1.0' encoding='ISO-8859-1'?>${STREAM}<message><body>`);
    const end = bytesOf('</body></message>');
    const latin = Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x73);
    assert.equal(textOf(read(Buffer.concat([declared, latin, end]))), 'cafés');
    assert.equal(textOf(read(Buffer.concat([declared, bytesOf('cafés'), end]))), 'cafés');
    const undeclared = bytesOf(`${STREAM}<message><body>`);
    assert.equal(textOf(read(Buffer.concat([undeclared, latin, end]))), 'caf�s');
  });

  void it('looks at the encoding anew after a restart', () => {
    const { tokenizer } = recorder;
    const utf8 = bytesOf(`${STREAM}<auth/>`);
    const utf16 = wide(`${STREAM}<auth/>`, 2, true, true);
    for (const [first, second, count] of [
      [utf8, utf16, 1],
      [utf16, utf8, 1],
      [utf16, utf16, 2],
    ] as const) {
      recorder.said = [];
      const half = tokenizer.openHalf(false);
      tokenizer.feed(half, first, 0, first.length, 0);
      tokenizer.restart(half);
      tokenizer.feed(half, second, 0, second.length, 0);
      tokenizer.closeHalf(half);
      const said = recorder.said.map(({ kind, text }) => (kind === 'event' ? text : kind));
      assert.equal(said.filter((name) => name === 'xml.encoding_utf16').length, count);
      assert.equal(said.filter((name) => name === 'header').length, 2);
    }
    recorder.said = [];
  });

  void it('is not fooled by NUL bytes that are no encoding', () => {
    const said = recorder.run([bytesOf(`\0${STREAM}<message/>\0<message/>\0\0`)]);
    assert.deepEqual(
      said.filter(({ kind }) => kind === 'event').map(({ text }) => text),
      ['xml.ctrl_char', 'xml.nul_separator', 'xml.nul_separator'],
    );
  });
});
