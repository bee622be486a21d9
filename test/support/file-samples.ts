/** Small files of many types, made by hand: what a test needs and no more. */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { zipSync, type Zippable } from 'fflate';

/** Harmless test file every scanner knows; put together here so that no scanner stops at this source. */
export const EICAR = [
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}',
  '$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*',
].join('');
export const EICAR_SHA256 = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';

/** The same bytes in every run. */
const MADE = '2026-11-21T10:00:00Z';

export function bytes(text: string, encoding: BufferEncoding = 'utf8'): Uint8Array {
  return new Uint8Array(Buffer.from(text, encoding));
}

export function zip(members: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const files: Zippable = {};
  for (const [name, content] of Object.entries(members))
    files[name] = typeof content === 'string' ? bytes(content) : content;
  return zipSync(files, { mtime: MADE });
}

const CONTENT_TYPES = { '[Content_Types].xml': '<?xml version="1.0"?><Types/>' };

export function docx(
  paragraphs: readonly string[],
  more: Readonly<Record<string, string | Uint8Array>> = {},
): Uint8Array {
  const body = paragraphs.map((words) => `<w:p><w:r><w:t>${words}</w:t></w:r></w:p>`).join('');
  return zip({
    ...CONTENT_TYPES,
    'word/document.xml': `<?xml version="1.0"?><w:document><w:body>${body}</w:body></w:document>`,
    ...more,
  });
}

/** `x`: the prefix of the namespace with its colon, as some programs write it. */
export function xlsx(sheet: string, strings: readonly string[] = [], x = ''): Uint8Array {
  const items = strings.map((words) => `<${x}si><${x}t>${words}</${x}t></${x}si>`).join('');
  return zip({
    ...CONTENT_TYPES,
    'xl/worksheets/sheet1.xml': `<${x}worksheet><${x}sheetData>${sheet}</${x}sheetData></${x}worksheet>`,
    'xl/sharedStrings.xml': `<${x}sst>${items}</${x}sst>`,
  });
}

export function pptx(words: string): Uint8Array {
  return zip({
    ...CONTENT_TYPES,
    'ppt/slides/slide1.xml': `<p:sld><a:p><a:r><a:t>${words}</a:t></a:r></a:p></p:sld>`,
  });
}

export function odt(words: string, more: Readonly<Record<string, string>> = {}): Uint8Array {
  const files: Zippable = {
    mimetype: [bytes('application/vnd.oasis.opendocument.text'), { level: 0 }],
    'content.xml': bytes(
      `<office:document-content><text:p>${words}</text:p></office:document-content>`,
    ),
  };
  for (const [name, content] of Object.entries(more)) files[name] = bytes(content);
  return zipSync(files, { mtime: MADE });
}

/** One page with one line of text; `catalog` and `objects` add to it. Streams are packed when `isPacked`. */
export function pdf(
  line: string,
  {
    catalog = '',
    objects = [],
    isPacked = false,
  }: { catalog?: string; objects?: readonly string[]; isPacked?: boolean } = {},
): Uint8Array {
  const content = Buffer.from(`BT /F1 24 Tf 72 720 Td (${line}) Tj ET`, 'latin1');
  const packed = Buffer.concat([
    Buffer.from([0x78, 0x9c]),
    deflateRawSync(content),
    Buffer.alloc(4),
  ]);
  const body = isPacked ? packed : content;
  const filter = isPacked ? '/Filter/FlateDecode' : '';
  return pdfOf([
    `<</Type/Catalog/Pages 2 0 R${catalog}>>`,
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${body.length}${filter}>>stream\n${body.toString('latin1')}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ...objects,
  ]);
}

export function pdfOf(objects: readonly string[], trailer = ''): Uint8Array {
  let text = '%PDF-1.5\n';
  const offsets: number[] = [];
  for (const [i, object] of objects.entries()) {
    offsets.push(text.length);
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
  }
  const table = text.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  return bytes(
    `${text}xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer<</Size ${size}/Root 1 0 R${trailer}>>\nstartxref\n${table}\n%%EOF\n`,
    'latin1',
  );
}

export function tar(members: readonly (readonly [name: string, content: string])[]): Uint8Array {
  const blocks: Buffer[] = [];
  for (const [name, content] of members) {
    blocks.push(tarHeader(name, content.length));
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content, 'latin1');
    blocks.push(body);
  }
  return new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

export function tarHeader(name: string, size: number | string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 'latin1');
  header.write('0000644\0', 100);
  header.write(
    typeof size === 'string' ? size : `${size.toString(8).padStart(11, '0')}\0`,
    124,
    'latin1',
  );
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  header.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

export const PNG = bytes(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export const GIF = bytes('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** A picture of one pixel with an EXIF segment, and a thumbnail in it as cameras write one. */
export function jpeg(): Uint8Array {
  const picture = Buffer.from([
    0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63,
    0, 0x12, 0xff, 0, 0x34, 0xff, 0xd9,
  ]);
  const exif = Buffer.concat([Buffer.from('Exif\0\0II*\0\b\0\0\0\0\0', 'latin1'), picture]);
  const length = exif.length + 2;
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0xff, 0xd8, 0xff, 0xe1, length >> 8, length & 0xff]),
      exif,
      picture.subarray(2),
    ]),
  );
}

/** A program of Windows as far as its headers go. */
export function pe(): Uint8Array {
  const file = Buffer.alloc(512);
  file.write('MZ', 0, 'latin1');
  file.writeUInt32LE(128, 0x3c);
  file.write('PE\0\0', 128, 'latin1');
  file.writeUInt16LE(0x14c, 132);
  file.writeUInt16LE(0x102, 150);
  file.writeUInt16LE(0x10b, 152);
  return new Uint8Array(file);
}

interface CompoundStream {
  readonly path: string;
  readonly content: Uint8Array;
}

const SECTOR = 512;
const MINI = 64;
const END_OF_CHAIN = 0xfffffffe;
const FREE = 0xffffffff;

/** A compound file: streams below 4,096 bytes go to the mini stream, storages are made from the paths. */
export function compound(streams: Readonly<Record<string, Uint8Array | string>>): Uint8Array {
  const files: CompoundStream[] = Object.entries(streams).map(([path, content]) => ({
    path,
    content: typeof content === 'string' ? bytes(content, 'latin1') : content,
  }));
  const storages = new Set<string>();
  for (const { path } of files)
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1))
      storages.add(path.slice(0, at));
  const sectors: Buffer[] = [];
  const fat: number[] = [];
  const add = (content: Uint8Array): number => {
    const first = sectors.length;
    const count = Math.ceil(content.length / SECTOR);
    for (let i = 0; i < count; i++) {
      const sector = Buffer.alloc(SECTOR);
      sector.set(content.subarray(i * SECTOR, (i + 1) * SECTOR));
      sectors.push(sector);
      fat.push(i === count - 1 ? END_OF_CHAIN : first + i + 1);
    }
    return count === 0 ? END_OF_CHAIN : first;
  };
  const miniPieces: Buffer[] = [];
  const miniFat: number[] = [];
  const places = files.map(({ content }) => {
    if (content.length >= 4096) return add(content);
    const first = miniFat.length;
    const count = Math.max(1, Math.ceil(content.length / MINI));
    const piece = Buffer.alloc(count * MINI);
    piece.set(content);
    miniPieces.push(piece);
    for (let i = 0; i < count; i++) miniFat.push(i === count - 1 ? END_OF_CHAIN : first + i + 1);
    return first;
  });
  const miniStream = Buffer.concat(miniPieces);
  const miniStart = add(miniStream);
  const miniFatStart = add(numbers(miniFat));
  const nodes = [
    ...[...storages].map((path) => ({ path, type: 1, start: 0, size: 0 })),
    ...files.map(({ path, content }, i) => ({
      path,
      type: 2,
      start: places[i] ?? 0,
      size: content.length,
    })),
  ];
  const entries = [
    directoryEntry('Root Entry', 5, childOf('', nodes), FREE, miniStart, miniStream.length),
  ];
  for (const [i, { path, type, start, size }] of nodes.entries()) {
    const sibling = nodes.findIndex((other, j) => j > i && parentOf(other.path) === parentOf(path));
    const child = type === 1 ? childOf(path, nodes) : FREE;
    const name = path.slice(path.lastIndexOf('/') + 1);
    entries.push(
      directoryEntry(name, type, child, sibling === -1 ? FREE : sibling + 1, start, size),
    );
  }
  const directoryStart = add(Buffer.concat(entries));
  const fatStart = sectors.length;
  fat.push(0xfffffffd);
  sectors.push(numbers([...fat, ...Array<number>(SECTOR / 4 - fat.length).fill(FREE)]));
  const header = Buffer.alloc(SECTOR);
  header.write('d0cf11e0a1b11ae1', 0, 'hex');
  header.writeUInt16LE(0x3e, 24);
  header.writeUInt16LE(3, 26);
  header.writeUInt16LE(0xfffe, 28);
  header.writeUInt16LE(9, 30);
  header.writeUInt16LE(6, 32);
  header.writeUInt32LE(1, 44);
  header.writeUInt32LE(directoryStart, 48);
  header.writeUInt32LE(4096, 56);
  header.writeUInt32LE(miniFatStart, 60);
  header.writeUInt32LE(1, 64);
  header.writeUInt32LE(END_OF_CHAIN, 68);
  header.fill(0xff, 76);
  header.writeUInt32LE(fatStart, 76);
  return new Uint8Array(Buffer.concat([header, ...sectors]));
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function childOf(path: string, nodes: readonly { path: string }[]): number {
  const child = nodes.findIndex((node) => parentOf(node.path) === path && node.path !== path);
  return child === -1 ? FREE : child + 1;
}

function directoryEntry(
  name: string,
  type: number,
  child: number,
  right: number,
  start: number,
  size: number,
): Buffer {
  const entry = Buffer.alloc(128);
  entry.write(name, 0, 'utf16le');
  entry.writeUInt16LE(name.length * 2 + 2, 64);
  entry.writeUInt8(type, 66);
  entry.writeUInt8(1, 67);
  entry.writeUInt32LE(FREE, 68);
  entry.writeUInt32LE(right, 72);
  entry.writeUInt32LE(child, 76);
  entry.writeUInt32LE(start, 116);
  entry.writeUInt32LE(size, 120);
  return entry;
}

function numbers(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(Math.max(4, values.length * 4));
  for (const [i, value] of values.entries()) buffer.writeUInt32LE(value >>> 0, i * 4);
  return buffer;
}

/** Property set of a document: title, author, last author (MS-OLEPS), code page 1252. */
export function summary(properties: Readonly<Record<number, string>>): Uint8Array {
  const pairs = Object.entries(properties);
  const values: Buffer[] = [];
  const index: number[] = [];
  let at = 8 + pairs.length * 8;
  for (const [id, words] of pairs) {
    const value = Buffer.alloc(8 + Math.ceil((words.length + 1) / 4) * 4);
    value.writeUInt32LE(30, 0);
    value.writeUInt32LE(words.length + 1, 4);
    value.write(words, 8, 'latin1');
    index.push(Number(id), at);
    at += value.length;
    values.push(value);
  }
  const head = Buffer.alloc(48);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt32LE(1, 24);
  head.writeUInt32LE(48, 44);
  return new Uint8Array(
    Buffer.concat([head, numbers([at, pairs.length]), numbers(index), ...values]),
  );
}

/** One of each, for those who change or cut them. */
export function fileSamples(): Record<string, Uint8Array> {
  const project = compound({
    'VBA/_VBA_PROJECT': 'x',
    'VBA/M': '\x01\x00\xb0\0Attribut\0e VB_Name',
  });
  return {
    zip: zip({ 'a.txt': 'first words', 'b/eicar.com': EICAR, 'c.zip': zip({ 'd.txt': 'inside' }) }),
    docx: docx(['some words', 'and 4111 1111 1111 1111'], { 'word/vbaProject.bin': project }),
    xlsx: xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>42</v></c></row>', ['words']),
    odt: odt('some words'),
    tar: tar([
      ['a.txt', 'first words'],
      ['b.sh', '#!/bin/sh\nls'],
    ]),
    gzip: new Uint8Array(gzipSync('some words')),
    pdf: pdf('some words', {
      isPacked: true,
      catalog: '/OpenAction 6 0 R',
      objects: ['<</S/JavaScript/JS(x)>>'],
    }),
    ole: compound({
      WordDocument: 'some words in a stream of text',
      '\x05SummaryInformation': summary({ 2: 'A title' }),
      'Macros/VBA/_VBA_PROJECT': 'x',
      'ObjectPool/_1/Package': zip({ 'e.txt': 'embedded' }),
    }),
    rtf: bytes(
      "{\\rtf1\\ansi{\\info{\\title A}}words \\'e4\\u228?{\\object{\\*\\objdata 0105000002000000}}}",
    ),
    mail: bytes(
      'From: a\r\nTo: b\r\nSubject: c\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nbody\r\n--B\r\nContent-Transfer-Encoding: base64\r\n\r\nUEsDBA==\r\n--B--\r\n',
    ),
    html: bytes(
      '<!DOCTYPE html><html><p title="x">Words &amp; more &#x41;<!-- note --><![CDATA[cd]]></html>',
    ),
    utf16: new Uint8Array(Buffer.from('\ufeffpassword: geheim', 'utf16le')),
    png: PNG,
    gif: GIF,
    jpeg: jpeg(),
    pe: pe(),
    polyglot: new Uint8Array(Buffer.concat([PNG, zip({ 'a.txt': 'hidden' })])),
  };
}
