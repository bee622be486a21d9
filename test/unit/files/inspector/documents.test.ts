/** Documents: the words in them, their properties, what runs in them and what is embedded in them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { look } from './look.ts';
import {
  bytes,
  compound,
  docx,
  odt,
  pdf,
  pdfOf,
  pe,
  pptx,
  summary,
  xlsx,
  zip,
} from '../../../support/file-samples.ts';

describe('Office Open XML', () => {
  it('gives the words of Word, over the cuts of its runs', async () => {
    const body = '<w:r><w:t>4111 11</w:t></w:r><w:r><w:t>11 1111 1111</w:t></w:r>';
    const seen = await look(
      zip({
        '[Content_Types].xml': '<Types/>',
        'word/document.xml': `<w:document><w:p>${body}</w:p><w:p/></w:document>`,
        'word/header1.xml': '<w:hdr><w:p><w:t>TOP SECRET//NOFORN</w:t></w:p></w:hdr>',
        'word/comments.xml': '<w:comments><w:p><w:t>a comment</w:t></w:p></w:comments>',
        'word/styles.xml': '<w:styles>Heading</w:styles>',
      }),
    );
    assert.match(seen.text, /^4111 1111 1111 1111$/m);
    assert.match(seen.text, /^TOP SECRET\/\/NOFORN$/m);
    assert.match(seen.text, /a comment/);
    assert.doesNotMatch(seen.text, /Heading/);
  });

  it('gives the rows of Excel, with strings and long numbers', async () => {
    const seen = await look(
      xlsx(
        '<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" s="2"><v>4.111111111111111E+15</v></c></row>' +
          '<row r="2"><c r="A2" t="inlineStr"><is><t>inline</t></is></c><c r="B2"><f>A1+1</f><v>42</v></c><c r="C2"/></row>',
        ['zero', 'Card &amp; owner'],
      ),
    );
    assert.equal(seen.text.trim(), 'Card & owner\t4111111111111111\ninline\t42');
  });

  it('gives cells that have no place, and those of programs that write a prefix', async () => {
    for (const x of ['', 'x:']) {
      const cells = `<${x}cols><${x}col/></${x}cols><${x}row><${x}c><${x}v>4111111111111111</${x}v></${x}c><${x}c t="s"><${x}v>0</${x}v></${x}c></${x}row>`;
      const seen = await look(xlsx(cells, ['owner'], x));
      assert.equal(seen.text.trim(), '4111111111111111\towner');
    }
  });

  it('gives the words of slides', async () => {
    assert.match((await look(pptx('a slide'))).text, /a slide/);
  });

  it('gives properties', async () => {
    const seen = await look(
      docx(['x'], {
        'docProps/core.xml':
          '<cp:coreProperties><dc:title>Plan &amp; more</dc:title><dc:creator>A. Author</dc:creator><cp:lastModifiedBy>B. Other</cp:lastModifiedBy></cp:coreProperties>',
        'docProps/app.xml': '<Properties><Company>Example Ltd</Company></Properties>',
      }),
    );
    assert.deepEqual(seen.inspection.properties, {
      title: 'Plan & more',
      author: 'A. Author',
      last_author: 'B. Other',
      company: 'Example Ltd',
    });
  });

  it('tells macros, and gives their source', async () => {
    const project = compound({
      'VBA/Module1': vbaModule('Attribute VB_Name = "Module1"\r\nSub Go()\r\nEnd Sub\r\n'),
      'VBA/_VBA_PROJECT': 'x',
    });
    const seen = await look(docx(['x'], { 'word/vbaProject.bin': project }));
    assert.deepEqual(seen.inspection.signs, [{ sign: 'macro', detail: 'word/vbaProject.bin' }]);
    assert.match(seen.textOf('word/vbaProject.bin/VBA/Module1.bas'), /^Sub Go\(\)\r$/m);
  });

  it('tells a template from elsewhere, and no link or local template', async () => {
    const relation = (type: string, target: string): Record<string, string> => ({
      'word/_rels/settings.xml.rels': `<Relationships><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}" TargetMode="External"/></Relationships>`,
    });
    const far = await look(
      docx(['x'], relation('attachedTemplate', 'https://evil.example/t.dotm')),
    );
    assert.deepEqual(far.inspection.signs, [
      { sign: 'macro', detail: 'loads https://evil.example/t.dotm' },
    ]);
    const near = await look(
      docx(['x'], relation('attachedTemplate', 'file:///C:\\Users\\a\\Normal.dotm')),
    );
    const link = await look(docx(['x'], relation('hyperlink', 'https://example.org/')));
    assert.deepEqual([...near.signs, ...link.signs], []);
  });

  it('gives embedded files', async () => {
    const seen = await look(
      docx(['x'], {
        'word/embeddings/a.xlsx': xlsx('<row><c><v>7</v></c></row>'),
        'word/media/run.png': pe(),
      }),
    );
    assert.deepEqual(seen.paths, ['word/embeddings/a.xlsx', 'word/media/run.png']);
    assert.deepEqual(seen.signs, ['program_inside']);
  });
});

/** One chunk of a compressed container: eight letters as they are behind each flag byte. */
function vbaModule(source: string): Uint8Array {
  const chunk: number[] = [];
  for (let i = 0; i < source.length; i += 8)
    chunk.push(0, ...bytes(source.slice(i, i + 8), 'latin1'));
  const header = 0xb000 | (chunk.length - 1);
  return Uint8Array.of(...bytes('tables of the compiler'), 1, header & 0xff, header >> 8, ...chunk);
}

describe('OpenDocument', () => {
  it('gives words and properties', async () => {
    const seen = await look(
      odt('the words', {
        'meta.xml': '<m><meta:initial-creator>A. Author</meta:initial-creator></m>',
        'settings.xml': '<s>zoom</s>',
      }),
    );
    assert.match(seen.text, /the words/);
    assert.doesNotMatch(seen.text, /zoom/);
    assert.equal(seen.inspection.properties['author'], 'A. Author');
    assert.deepEqual(seen.signs, []);
  });

  it('tells macros and passwords', async () => {
    assert.deepEqual(
      (await look(odt('x', { 'Basic/Standard/Module1.xml': '<m>Sub Main</m>' }))).signs,
      ['macro'],
    );
    const locked = odt('x', {
      'META-INF/manifest.xml':
        '<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>',
    });
    assert.deepEqual((await look(locked)).signs, ['encrypted']);
  });
});

describe('compound documents', () => {
  const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf16le'));

  it('give text in both widths, and properties', async () => {
    const seen = await look(
      compound({
        WordDocument: new Uint8Array(
          Buffer.concat([
            Buffer.alloc(600),
            Buffer.from('IBAN DE89370400440532013000'),
            Buffer.alloc(9),
            Buffer.from(utf16('geheime Pläne и пароль')),
            Buffer.alloc(4000),
          ]),
        ),
        '\x05SummaryInformation': summary({ 2: 'A title', 4: 'A. Author', 8: 'B. Other' }),
        '\x05DocumentSummaryInformation': summary({ 15: 'Example Ltd' }),
      }),
    );
    assert.match(seen.text, /IBAN DE89370400440532013000/);
    assert.match(seen.text, /geheime Pläne и пароль/);
    assert.deepEqual(seen.inspection.properties, {
      title: 'A title',
      author: 'A. Author',
      last_author: 'B. Other',
      company: 'Example Ltd',
    });
    assert.deepEqual(seen.signs, []);
  });

  it('give numbers of old sheets, rows as lines', async () => {
    const record = (type: number, body: Buffer): Buffer => {
      const head = Buffer.alloc(4);
      head.writeUInt16LE(type, 0);
      head.writeUInt16LE(body.length, 2);
      return Buffer.concat([head, body]);
    };
    const number = Buffer.alloc(14);
    number.writeUInt16LE(3, 0);
    number.writeDoubleLE(4111111111111111, 6);
    const rk = Buffer.alloc(10);
    rk.writeUInt16LE(4, 0);
    rk.writeInt32LE((-12345 << 2) | 3, 6);
    const several = Buffer.alloc(4 + 2 * 6 + 2);
    several.writeUInt16LE(4, 0);
    several.writeUInt32LE((7 << 2) | 2, 6);
    several.writeUInt32LE(0x40590000, 12);
    const book = Buffer.concat([
      record(0x809, Buffer.alloc(16)),
      record(0x203, number),
      record(0x27e, rk),
      record(0xbd, several),
    ]);
    const seen = await look(compound({ Workbook: new Uint8Array(book) }));
    assert.match(seen.text, /^4111111111111111$/m);
    assert.match(seen.text, /^-123\.45\t7\t100$/m);
  });

  it('tell macros, encryption and packaged files', async () => {
    const macro = await look(
      compound({
        WordDocument: 'x',
        'Macros/VBA/_VBA_PROJECT': 'x',
        'Macros/VBA/Module1': vbaModule('Attribute VB_Name = "M"\r\nShell "calc"\r\n'),
      }),
    );
    assert.equal(macro.magic, 'Microsoft Word 97-2003 document with macros');
    assert.deepEqual(macro.inspection.signs, [
      { sign: 'macro', detail: 'Macros/VBA/_VBA_PROJECT' },
    ]);
    assert.match(macro.textOf('Macros/VBA/Module1.bas'), /Shell "calc"/);
    const locked = await look(compound({ EncryptedPackage: 'x', EncryptionInfo: 'y' }));
    assert.deepEqual([locked.group, locked.signs], ['encrypted', ['encrypted']]);
    const word = Buffer.alloc(32);
    word.writeUInt16LE(0x0100, 10);
    assert.deepEqual((await look(compound({ WordDocument: new Uint8Array(word) }))).signs, [
      'encrypted',
    ]);
    const packaged = await look(
      compound({ WordDocument: 'x', 'ObjectPool/_1/\x01Ole10Native': native('evil.exe', pe()) }),
    );
    assert.deepEqual(packaged.paths, ['evil.exe']);
    assert.deepEqual(packaged.signs, ['program_inside']);
  });

  it('give attachments and text of a message', async () => {
    const seen = await look(
      compound({
        '__properties_version1.0': 'x',
        '__substg1.0_1000001F': utf16('body of the message'),
        '__attach_version1.0_#00000000/__substg1.0_37010102': zip({ 'a.txt': 'attached' }),
        '__attach_version1.0_#00000000/__substg1.0_3707001F': utf16('papers.zip'),
      }),
    );
    assert.match(seen.text, /body of the message/);
    assert.equal(seen.textOf('papers.zip/a.txt'), 'attached');
  });

  it('that go in circles end', async () => {
    const file = Buffer.from(compound({ WordDocument: 'x'.repeat(9000) }));
    const fat = (file.readUInt32LE(76) + 1) * 512;
    // Every sector is followed by the first.
    for (let i = 0; i < 60; i++) file.writeUInt32LE(0, fat + i * 4);
    assert.equal((await look(new Uint8Array(file))).inspection.type.group, 'document');
  });
});

function native(name: string, content: Uint8Array): Uint8Array {
  const label = bytes(`${name}\0C:\\${name}\0`);
  const path = bytes(`C:\\tmp\\${name}\0`);
  const head = Buffer.alloc(6);
  head.writeUInt16LE(2, 4);
  const middle = Buffer.alloc(8);
  middle.writeUInt32LE(0x30000, 0);
  middle.writeUInt32LE(path.length, 4);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length, 0);
  return new Uint8Array(Buffer.concat([head, label, middle, path, length, content]));
}

describe('PDF', () => {
  it('gives its words, packed or not', async () => {
    for (const isPacked of [false, true]) {
      const seen = await look(pdf('Card 4111 1111 1111 1111', { isPacked }));
      assert.match(seen.text, /Card 4111 1111 1111 1111/);
      assert.deepEqual([seen.signs, seen.inspection.unseen], [[], '']);
    }
  });

  it('gives its words when its end is missing', async () => {
    const whole = pdf('the first page', { isPacked: true });
    const seen = await look(whole.subarray(0, Buffer.from(whole).indexOf('xref')), {
      isWhole: false,
    });
    assert.match(seen.text, /the first page/);
    assert.deepEqual(seen.signs, []);
  });

  it('gives properties', async () => {
    const objects = [
      '<</Type/Catalog/Pages 2 0 R>>',
      '<</Type/Pages/Kids[]/Count 0>>',
      '<</Title(A title)/Author(A. Author)>>',
    ];
    assert.deepEqual((await look(pdfOf(objects, '/Info 3 0 R'))).inspection.properties, {
      title: 'A title',
      author: 'A. Author',
    });
  });

  it('tells what runs, also by escaped names and in object streams', async () => {
    const open = (action: string): Uint8Array =>
      pdf('x', { catalog: '/OpenAction 6 0 R', objects: [action] });
    const packed = deflateRawSync(Buffer.from('7 0 <</S/JavaScript/JS(app.alert\\(1\\))>>'));
    const stream = Buffer.concat([Buffer.from([0x78, 0x9c]), packed]).toString('latin1');
    for (const [action, detail] of [
      ['<</S/JavaScript/JS(app.alert\\(1\\))>>', 'PDF with JavaScript'],
      ['<</S/J#61vaScript/J#53 8 0 R>>', 'PDF with JavaScript'],
      ['<</S/Launch/F(cmd.exe)>>', 'PDF with Launch action'],
      [
        `<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length ${stream.length}>>stream\n${stream}\nendstream`,
        'PDF with JavaScript',
      ],
    ] as const)
      assert.deepEqual((await look(open(action))).inspection.signs, [{ sign: 'macro', detail }]);
    assert.deepEqual((await look(open('<</S/GoTo/D[3 0 R/Fit]>>'))).signs, []);
    assert.deepEqual(
      (await look(pdf('about /JavaScript and /Launch', { isPacked: true }))).signs,
      [],
    );
  });

  it('gives what was filled into a form, and notes', async () => {
    const page = '<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[4 0 R 5 0 R]>>';
    const seen = await look(
      pdfOf([
        '<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>',
        '<</Type/Pages/Kids[3 0 R]/Count 1>>',
        page,
        '<</Type/Annot/Subtype/Widget/FT/Tx/T(card)/V(4111 1111 1111 1111)/Rect[0 0 9 9]>>',
        '<</Type/Annot/Subtype/Text/Contents(a note)/Rect[0 0 9 9]>>',
      ]),
    );
    assert.match(seen.text, /^4111 1111 1111 1111$/m);
    assert.match(seen.text, /^a note$/m);
  });

  it('gives attached files', async () => {
    const file = Buffer.from('attached words').toString('latin1');
    const seen = await look(
      pdf('x', {
        catalog: '/Names<</EmbeddedFiles<</Names[(a)6 0 R]>>>>',
        objects: [
          '<</Type/Filespec/F(notes.txt)/EF<</F 7 0 R>>>>',
          `<</Type/EmbeddedFile/Length ${file.length}>>stream\n${file}\nendstream`,
        ],
      }),
    );
    assert.equal(seen.textOf('notes.txt'), 'attached words');
  });

  it('with a password is encrypted', async () => {
    const objects = [
      '<</Type/Catalog/Pages 2 0 R>>',
      '<</Type/Pages/Kids[]/Count 0>>',
      `<</Filter/Standard/V 1/R 2/P -4/O<${'41'.repeat(32)}>/U<${'42'.repeat(32)}>>>`,
    ];
    const seen = await look(pdfOf(objects, '/Encrypt 3 0 R/ID[<41><41>]'));
    assert.deepEqual(seen.signs, ['encrypted']);
  });
});

describe('Rich Text', () => {
  it('gives words in its code page and in Unicode', async () => {
    const seen = await look(
      bytes(
        "{\\rtf1\\ansi\\ansicpg1251{\\fonttbl{\\f0 Arial;}}{\\info{\\title A plan}{\\author A. Author}}\\f0 Hello \\'cf\\'f0\\'e8 \\u1055?x\\par second {\\b bold}}",
        'latin1',
      ),
    );
    assert.equal(seen.text, 'Hello При Пx\nsecond bold');
    assert.deepEqual(seen.inspection.properties, { title: 'A plan', author: 'A. Author' });
    assert.deepEqual(seen.signs, []);
  });

  it('gives objects, however they are broken up', async () => {
    const object = Buffer.concat([
      Buffer.from('0105000002000000', 'hex'),
      Buffer.from('08000000', 'hex'),
      Buffer.from('Package\0'),
      Buffer.alloc(12),
      native('evil.exe', pe()),
    ]);
    const hex = object.toString('hex').replace(/(.{20})/g, '$1\r\n {\\*\\x}');
    const seen = await look(
      bytes(`{\\rtf1 words{\\object\\objemb{\\*\\objdata ${hex}}}}`, 'latin1'),
    );
    assert.equal(seen.magic, 'Rich Text document with embedded object');
    assert.deepEqual(seen.inspection.signs, [
      { sign: 'macro', detail: 'embedded object Package' },
      { sign: 'program_inside', detail: 'evil.exe: PE32 executable' },
    ]);
  });
});

describe('mail', () => {
  const message = (parts: readonly string[]): Uint8Array =>
    bytes(
      `From: a@x.example\r\nTo: b@y.example\r\nSubject: hi\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="B"\r\n\r\n${parts.map((part) => `--B\r\n${part}\r\n`).join('')}--B--\r\n`,
    );

  it('gives header, bodies and attachments', async () => {
    const archive = Buffer.from(zip({ 'in.txt': 'inside mail' })).toString('base64');
    const seen = await look(
      message([
        'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nPasswort: gr=C3=BC=\r\nn',
        `Content-Type: application/zip; name="papers.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n${archive}`,
      ]),
    );
    assert.equal(seen.magic, 'Mail message');
    assert.match(seen.text, /^Subject: hi/m);
    assert.match(seen.textOf('body'), /^Passwort: grün/);
    assert.equal(seen.textOf('papers.zip/in.txt'), 'inside mail');
  });

  it('gives messages of a mailbox', async () => {
    const one =
      'From a@x.example Sat Nov 21 10:00:00 2026\nFrom: a@x.example\nTo: b@y.example\nSubject: one\n\nfirst body\n\n';
    const seen = await look(bytes(one + one.replace('one', 'two').replace('first', 'second')));
    assert.equal(seen.magic, 'Mailbox');
    assert.match(seen.textOf('message 2/body'), /second body/);
  });
});
