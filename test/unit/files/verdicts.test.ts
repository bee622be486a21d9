/** What stands out about a file that ended, and what the rules see of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventName } from '../../../sensor/core/index.ts';
import {
  fileVerdicts,
  viewOfFile,
  type FileOffer,
  type FilePart,
  type FileType,
  type FinishedFile,
  type Inspection,
} from '../../../sensor/files/index.ts';

const NOTHING = new Uint8Array(0);
const TEXT: FileType = { magic: 'Text, ASCII', mime: 'text/plain', group: 'text' };
const PROGRAM: FileType = { magic: 'PE32 executable', mime: '', group: 'program' };
const ARCHIVE: FileType = { magic: 'Zip archive', mime: 'application/zip', group: 'archive' };
const SHELL: FileType = { magic: 'Shell script', mime: '', group: 'script' };
const POWERSHELL: FileType = { magic: 'PowerShell script', mime: '', group: 'script' };
const HTA: FileType = { magic: 'HTML application (HTA)', mime: '', group: 'script' };
const PDF: FileType = { magic: 'PDF document', mime: '', group: 'document' };
const ONENOTE: FileType = { magic: 'OneNote section', mime: '', group: 'document' };
const JPEG: FileType = { magic: 'JPEG image', mime: 'image/jpeg', group: 'image' };
const MP4: FileType = { magic: 'MP4 data', mime: 'video/mp4', group: 'media' };
const SVG: FileType = { magic: 'SVG image', mime: 'image/svg+xml', group: 'image' };
const DISK: FileType = { magic: 'ISO 9660 disk image', mime: '', group: 'disk' };

function offer(facts: Partial<FileOffer> = {}): FileOffer {
  return {
    ...{ from: 'alice@corp.example/pc', to: 'bob@ext.example', tsUsec: 0, flow: 1 },
    ...{ protocol: 'jingle', sid: 's1', name: 'a.txt', size: 5, mime: '', description: '' },
    ...{ sha256: '', md5: '' },
    ...facts,
  };
}

function finished(facts: Partial<FinishedFile> = {}): FinishedFile {
  const place = { flow: 1, direction: 0, tsUsec: 7 } as const;
  return {
    ...{ road: 'ibb', offer: offer(), start: place, end: place },
    ...{ seenBytes: 5, gapBytes: 0, expectedBytes: 5, lack: '' },
    ...{ sha256: 'aa', md5: 'bb', sha1: '', content: Buffer.from('hello') },
    ...{ hasStart: true, isContentWhole: true, unseen: '' },
    ...facts,
  };
}

function part(path: string, type: FileType): FilePart {
  return { path, type, text: NOTHING, data: NOTHING, size: 0, sha256: '', md5: '' };
}

function inspection(type: FileType, facts: Partial<Inspection> = {}): Inspection {
  return { type, parts: [part('', type)], signs: [], properties: {}, unseen: '', ...facts };
}

/** Verdicts as `event severity`, on a file of that name and type. */
function verdicts(name: string, type: FileType, facts: Partial<Inspection> = {}): string[] {
  const file = finished({ offer: offer({ name }) });
  return fileVerdicts(file, inspection(type, facts)).map(
    ({ event, severity }) => `${eventName(event).slice('file.'.length)} ${severity ?? ''}`,
  );
}

describe('the type of a file against its name', () => {
  const cases: readonly (readonly [string, FileType, string[]])[] = [
    ['photo.jpg', PROGRAM, ['type_mismatch 2']],
    ['report.PDF', PROGRAM, ['type_mismatch 2']],
    ['notes.txt', PROGRAM, ['type_mismatch 2']],
    ['backup.zip', PROGRAM, ['type_mismatch 2']],
    ['report.pdf', ARCHIVE, ['type_mismatch 3']],
    ['film.mp4', DISK, ['type_mismatch 2']],
    ['report.pdf', POWERSHELL, ['type_mismatch 2']],
    ['page.html', HTA, ['type_mismatch 2']],
    ['page.hta', HTA, ['program 3']],
    ['photo.jpg', PDF, ['type_mismatch 3']],
    ['report.pdf', PDF, []],
    ['report.doc', PDF, []],
    ['report.txt', PDF, []],
    ['report.pdf', ONENOTE, ['type_mismatch 3']],
    ['photo.jpg', ONENOTE, ['type_mismatch 3']],
    ['ideas.one', ONENOTE, []],
    ['setup.exe', PROGRAM, ['program 3']],
    ['lib.so', PROGRAM, ['program 3']],
    ['', PROGRAM, ['program 3']],
    ['data.bin', PROGRAM, ['program 3']],
    ['fix.ps1', POWERSHELL, ['program 3']],
    ['fix.txt', POWERSHELL, ['program 3']],
    ['deploy.sh', SHELL, []],
    ['deploy.txt', SHELL, []],
    ['backup.zip', ARCHIVE, []],
    ['report.docx', ARCHIVE, []],
    ['app.jar', ARCHIVE, []],
    ['data.bin', ARCHIVE, []],
    ['system.iso', DISK, []],
    ['table.csv', TEXT, []],
    ['server.log', TEXT, []],
    ['README', TEXT, []],
    ['photo.jpg', TEXT, []],
    ['report.pdf', MP4, ['type_mismatch 4']],
    ['report.docx', JPEG, ['type_mismatch 4']],
    ['backup.zip', JPEG, ['type_mismatch 4']],
    ['photo.png', JPEG, []],
    ['voice.mp3', MP4, []],
    ['cover.jpg', MP4, []],
    ['data.bin', MP4, []],
    ['icon.xml', SVG, []],
  ];
  for (const [name, type, wanted] of cases) {
    it(`${name === '' ? 'no name' : name} that is ${type.magic}: ${wanted.join() || 'nothing'}`, () => {
      assert.deepEqual(verdicts(name, type), wanted);
    });
  }

  it('goes by the offered media type where the name says nothing', () => {
    const told = (mime: string, type: FileType): number =>
      fileVerdicts(finished({ offer: offer({ name: 'x', mime }) }), inspection(type)).filter(
        ({ event }) => eventName(event) === 'file.type_mismatch',
      ).length;
    assert.equal(told('image/png', PROGRAM), 1);
    assert.equal(told('Application/PDF', ARCHIVE), 1);
    assert.equal(told('application/octet-stream', ARCHIVE), 0);
    assert.equal(told('', ARCHIVE), 0);
    const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    assert.equal(told(docx, ARCHIVE), 0);
  });

  it('says what it claims and what it is', () => {
    const file = finished({ offer: offer({ name: 'photo.jpg' }) });
    const [verdict] = fileVerdicts(file, inspection(PROGRAM));
    assert.deepEqual(verdict?.context, { claimed: '.jpg', really: 'PE32 executable' });
    assert.equal(verdict.words, 'PE32 executable behind .jpg');
  });
});

describe('members', () => {
  const inside = (...parts: readonly FilePart[]): string[] =>
    verdicts('a.zip', ARCHIVE, { parts: [part('', ARCHIVE), ...parts] });

  it('that are programs are told once, the worst of them', () => {
    assert.deepEqual(inside(part('tool.exe', PROGRAM)), ['program_inside 3']);
    assert.deepEqual(inside(part('a/tool.exe', PROGRAM), part('b.jpg', PROGRAM)), [
      'program_inside 2',
    ]);
    assert.deepEqual(inside(part('run.ps1', POWERSHELL)), ['program_inside 3']);
  });

  it('that developers send are no programs', () => {
    const signs = [{ sign: 'program_inside', detail: 'build.sh: Shell script' }] as const;
    const parts = [part('', ARCHIVE), part('build.sh', SHELL)];
    assert.deepEqual(verdicts('a.zip', ARCHIVE, { parts, signs }), []);
  });

  it('of a program are its own business', () => {
    const parts = [part('', PROGRAM), part('lib/a.so', PROGRAM)];
    assert.deepEqual(verdicts('app.apk', PROGRAM, { parts }), ['program 3']);
  });

  it('that the inspector names, and does not hand out', () => {
    const signs = [{ sign: 'program_inside', detail: 'x/y.exe: PE32 executable' }] as const;
    assert.deepEqual(verdicts('a.zip', ARCHIVE, { signs }), ['program_inside 3']);
  });
});

describe('signs of the inspector', () => {
  it('are events of their own', () => {
    const signs = (['macro', 'encrypted', 'polyglot', 'bomb', 'malformed'] as const).map(
      (sign) => ({ sign, detail: `why ${sign}` }),
    );
    assert.deepEqual(verdicts('a.txt', TEXT, { signs }).sort(), [
      'bomb 3',
      'encrypted 3',
      'macro 3',
      'malformed 4',
      'polyglot 2',
    ]);
  });

  it('of an encrypted file are one', () => {
    const type: FileType = { magic: 'age encrypted file', mime: '', group: 'encrypted' };
    assert.deepEqual(verdicts('a.age', type), ['encrypted 3']);
    const signs = [{ sign: 'encrypted', detail: 'a.txt' }] as const;
    assert.deepEqual(verdicts('a.age', type, { signs }), ['encrypted 3']);
  });
});

describe('a file against its offer', () => {
  const names = (facts: Partial<FinishedFile>, offered: Partial<FileOffer> = {}): string[] =>
    fileVerdicts(finished({ offer: offer(offered), ...facts }), undefined).map(({ event }) =>
      eventName(event),
    );

  it('has the size and hash that were offered, or none were', () => {
    assert.deepEqual(names({}), []);
    assert.deepEqual(names({}, { size: -1 }), []);
    assert.deepEqual(names({}, { sha256: 'aa', md5: 'bb' }), []);
    assert.deepEqual(fileVerdicts(finished({ offer: undefined }), undefined), []);
  });

  it('has others', () => {
    assert.deepEqual(names({}, { size: 6 }), ['file.size_mismatch']);
    assert.deepEqual(names({}, { sha256: 'ab' }), ['file.hash_mismatch']);
    assert.deepEqual(names({}, { md5: 'ab' }), ['file.hash_mismatch']);
    assert.deepEqual(names({ sha1: 'cc' }, { sha1: 'cd' }), ['file.hash_mismatch']);
  });

  it('says nothing where bytes are missing', () => {
    const part = { lack: 'gap', sha256: '', md5: '', seenBytes: 3 } as const;
    assert.deepEqual(names(part, { sha256: 'ab', size: 6 }), []);
  });
});

describe('the view of a file', () => {
  const around = { session: undefined, fileId: 'f1' };
  const summary = (facts: Partial<FinishedFile>, look = inspection(TEXT)): string =>
    viewOfFile(finished(facts), look, around).describe('');

  it('is told in one sentence', () => {
    const view = viewOfFile(finished(), inspection(TEXT), around);
    assert.equal(
      view.describe('1 private key'),
      'alice@corp.example sent bob@ext.example the file a.txt (5 B, Text, ASCII) over in-band bytes: 1 private key',
    );
    assert.equal(
      summary({ offer: undefined, road: 'socks5', seenBytes: 4_404_019 }),
      'Somebody sent a file (4.4 MB, Text, ASCII) over SOCKS5',
    );
  });

  it('never calls whole what was not seen whole', () => {
    assert.match(summary({ lack: 'gap', gapBytes: 2048 }), /2\.0 kB of it was lost/);
    assert.match(summary({ lack: 'gap', gapBytes: 0 }), /part of it was lost/);
    assert.match(
      summary({ lack: 'cut_off', expectedBytes: 4096 }),
      /only 5 B of 4\.1 kB were seen/,
    );
    assert.match(summary({ lack: 'unfinished', expectedBytes: -1 }), /only 5 B were seen/);
    assert.match(
      summary({ isContentWhole: false, unseen: 'size' }),
      /its first 5 B were looked at$/,
    );
    assert.match(summary({ isContentWhole: false, unseen: 'memory' }), /no memory for more/);
    assert.match(summary({}, inspection(TEXT, { unseen: 'members' })), /not all .*\(members\)/);
    assert.match(
      viewOfFile(finished(), undefined, around).describe(''),
      /nobody could look into it/,
    );
  });

  it('has the parts with their bytes, and an event by its road', () => {
    const member = { ...part('x', TEXT), data: Buffer.from('abc'), text: Buffer.from('abc') };
    const own = { ...part('', ARCHIVE), text: Buffer.from('text') };
    const view = viewOfFile(finished(), inspection(ARCHIVE, { parts: [own, member] }), around);
    assert.deepEqual(
      view.parts.map(({ path, magic, data, text, sha256 }) => [
        ...[path, magic, Buffer.from(data).toString(), Buffer.from(text).toString(), sha256],
      ]),
      [
        ['', 'Zip archive', 'hello', 'text', 'aa'],
        ['x', 'Text, ASCII', 'abc', 'abc', ''],
      ],
    );
    const event = (road: FinishedFile['road']): string =>
      eventName(viewOfFile(finished({ road }), undefined, around).contentEvent);
    assert.deepEqual((['ibb', 'socks5', 'http', 'bob', 'inline'] as const).map(event), [
      'file.ibb_content',
      'file.s5b_content',
      'file.upload_content',
      'file.inline_content',
      'file.inline_content',
    ]);
  });

  it('without an inspection is its bytes', () => {
    const [only, ...others] = viewOfFile(finished(), undefined, around).parts;
    assert.equal(Buffer.from(only?.data ?? '').toString(), 'hello');
    assert.deepEqual([only?.text.length, only?.magic, others.length], [0, '', 0]);
  });
});
