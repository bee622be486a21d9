/**
 * Compound files as documents: which program wrote them, their properties (MS-OLEPS), their macros, the files in
 * them, and their text as runs of characters, as `strings` finds it.
 */
import { u16le, u32le } from '../../core/index.ts';
import { asBuffer, hasAt, indexOf, joinLines, latin1 } from './bytes.ts';
import { sheetNumbers } from './biff.ts';
import { CompoundFile, type Entry } from './compound.ts';
import type { Examination, Member } from './examination.ts';
import type { KnownType } from './magic-table.ts';
import { textRuns } from './text-runs.ts';
import { vbaSource } from './vba.ts';

const SUMMARY = '\x05SummaryInformation';
const DOCUMENT_SUMMARY = '\x05DocumentSummaryInformation';
const NATIVE = '\x01Ole10Native';
const MSI_CLASS = '84100c0000000000c000000000000046';
/** Flag of the file information block of Word that says the text is encrypted (MS-DOC 2.5.1). */
const WORD_ENCRYPTED = 0x0100;
/** Record of Excel that stands before encrypted ones (MS-XLS 2.4.117). */
const FILE_PASS = 0x2f;

/** Name of a stream that only one program writes -> what it wrote. */
const WRITERS: readonly (readonly [stream: string, magic: string, mime: string])[] = [
  ['WordDocument', 'Microsoft Word 97-2003 document', 'application/msword'],
  ['Workbook', 'Microsoft Excel 97-2003 document', 'application/vnd.ms-excel'],
  ['Book', 'Microsoft Excel 95 document', 'application/vnd.ms-excel'],
  ['PowerPoint Document', 'Microsoft PowerPoint 97-2003 document', 'application/vnd.ms-powerpoint'],
  ['VisioDocument', 'Microsoft Visio drawing', 'application/vnd.visio'],
  ['__properties_version1.0', 'Outlook message', 'application/vnd.ms-outlook'],
  ['Quill', 'Microsoft Publisher document', 'application/vnd.ms-publisher'],
  ['Props12', 'Microsoft Project document', 'application/vnd.ms-project'],
  ['HwpSummaryInformation', 'Hangul document', 'application/x-hwp'],
  ['\x05HwpSummaryInformation', 'Hangul document', 'application/x-hwp'],
  ['_VBA_PROJECT', 'VBA project', 'application/vnd.ms-office.vbaProject'],
  ['Equation Native', 'Equation object', 'application/x-ole-storage'],
  [NATIVE, 'Packaged object', 'application/x-ole-storage'],
];

export function oleType(bytes: Uint8Array, fallback: KnownType): KnownType {
  const file = new CompoundFile(bytes);
  if (file.find('EncryptedPackage') !== undefined)
    return {
      magic: 'Office document, encrypted',
      mime: 'application/x-ole-storage',
      group: 'encrypted',
      form: 'ole',
    };
  if (file.entries[0]?.classId === MSI_CLASS)
    return {
      magic: 'Windows installer package',
      mime: 'application/x-msi',
      group: 'program',
      form: 'ole',
    };
  const found = WRITERS.find(([stream]) => file.find(stream) !== undefined);
  if (found === undefined) return fallback;
  const [, magic, mime] = found;
  const hasMacros = magic !== 'VBA project' && file.find('_VBA_PROJECT') !== undefined;
  return {
    magic: hasMacros ? `${magic} with macros` : magic,
    mime,
    group: 'document',
    form: 'ole',
  };
}

export function oleText(
  exam: Examination,
  type: KnownType,
  { bytes, isWhole }: Member,
): Uint8Array {
  const file = new CompoundFile(bytes);
  if (file.isBroken && isWhole) exam.sign('malformed', 'compound file with a broken table');
  if (type.group === 'encrypted' || isLocked(file)) exam.sign('encrypted', type.magic);
  const macro = file.find('_VBA_PROJECT');
  if (macro !== undefined) exam.sign('macro', macro.path);
  for (const name of [SUMMARY, DOCUMENT_SUMMARY]) {
    const entry = file.find(name);
    if (entry !== undefined) readProperties(exam, file.read(entry, 64 * 1024), name === SUMMARY);
  }
  const texts: Uint8Array[] = [];
  let left = exam.textLeft;
  for (const entry of file.entries) {
    if (!entry.isStream || left <= 0 || exam.isLate() || !holdsText(entry.name)) continue;
    const stream = file.read(entry, exam.unpackedLeft);
    const text = textRuns(stream, left);
    texts.push(text);
    left -= text.length;
    if (!isSheet(entry.name)) continue;
    const numbers = sheetNumbers(stream, left);
    texts.push(numbers);
    left -= numbers.length;
  }
  return joinLines(texts);
}

function isSheet(name: string): boolean {
  return name === 'Workbook' || name === 'Book';
}

/** Streams of text; macros and embedded files are members. */
function holdsText(name: string): boolean {
  return (
    ['WordDocument', '1Table', '0Table', 'Workbook', 'Book', 'PowerPoint Document'].includes(
      name,
    ) ||
    ['VisioDocument', 'CONTENTS', 'Contents', 'Quill', 'Equation Native'].includes(name) ||
    // Outlook: strings of the message; 8-bit, and UTF-16.
    /^__substg1\.0_[0-9A-F]{4}(?:001[EF]|1013|1009)$/i.test(name)
  );
}

function isLocked(file: CompoundFile): boolean {
  if (file.find('EncryptedSummary') !== undefined) return true;
  const word = file.find('WordDocument');
  if (word !== undefined) {
    const head = file.read(word, 12);
    return head.length === 12 && (u16le(head, 10) & WORD_ENCRYPTED) !== 0;
  }
  const book = file.find('Workbook') ?? file.find('Book');
  if (book === undefined) return false;
  const records = file.read(book, 4096);
  for (let at = 0; at + 4 <= records.length; at += 4 + u16le(records, at + 2))
    if (u16le(records, at) === FILE_PASS) return true;
  return false;
}

export function* oleMembers(exam: Examination, { bytes }: Member): Generator<Member> {
  const file = new CompoundFile(bytes);
  const isInstaller = file.entries[0]?.classId === MSI_CLASS;
  for (const entry of file.entries) {
    if (!entry.isStream) continue;
    const { name, path } = entry;
    if (name === NATIVE) {
      const native = nativeFile(readAll(exam, file, entry).bytes);
      if (native !== undefined) yield native;
    } else if (name === 'Package' || name === 'EmbeddedOdf' || isInstaller) {
      yield readAll(exam, file, entry);
    } else if (/^__substg1\.0_37010102$/i.test(name)) {
      yield { ...readAll(exam, file, entry), name: attachmentName(file, path) };
    } else if (/(?:^|\/)VBA\/[^/]+$/i.test(path)) {
      const source = vbaSource(file.read(entry, exam.unpackedLeft), exam.unpackedLeft);
      if (source !== undefined) {
        exam.countUnpacked(source.length);
        yield { name: `${path}.bas`, bytes: source, size: source.length, isWhole: true, type: VBA };
      }
    }
  }
}

const VBA: KnownType = {
  magic: 'VBA source',
  mime: 'text/x-vba',
  group: 'script',
  form: 'text',
};

function readAll(exam: Examination, file: CompoundFile, entry: Entry): Member {
  const bytes = file.read(entry, exam.unpackedLeft);
  exam.countUnpacked(bytes.length);
  return {
    name: printableName(entry.path),
    bytes,
    size: entry.size,
    isWhole: bytes.length === entry.size,
  };
}

function printableName(name: string): string {
  return name.replace(/[\x00-\x1f]/g, '');
}

/** The long name of an attachment stands beside its data. */
function attachmentName(file: CompoundFile, path: string): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const entry = file.entries.find(
    ({ path: other }) =>
      /^__substg1\.0_3707001[EF]$/i.test(other.slice(folder.length)) && other.startsWith(folder),
  );
  if (entry === undefined) return printableName(path);
  const bytes = asBuffer(file.read(entry, 512));
  return bytes.toString(entry.name.toUpperCase().endsWith('F') ? 'utf16le' : 'latin1');
}

/** A packaged file (MS-OLEDS 2.3.6): label, path, path, then its bytes; undefined when it is none. */
export function nativeFile(native: Uint8Array): Member | undefined {
  if (native.length < 16 || u16le(native, 4) !== 2) return undefined;
  const label = zeroEnded(native, 6);
  const path = zeroEnded(native, label.end);
  // Type and length of the temporary path, then the path itself.
  const pathLength = path.end + 8 <= native.length ? u32le(native, path.end + 4) : 0;
  const at = path.end + 8 + pathLength;
  if (at + 4 > native.length) return undefined;
  const size = u32le(native, at);
  const bytes = native.subarray(at + 4, at + 4 + size);
  return { name: label.text, bytes, size, isWhole: bytes.length === size };
}

function zeroEnded(bytes: Uint8Array, at: number): { text: string; end: number } {
  const zero = bytes.indexOf(0, at);
  const end = zero === -1 ? bytes.length : zero;
  return { text: latin1(bytes, at, Math.min(end, at + 260)), end: end + 1 };
}

const VT_LPSTR = 30;
const VT_LPWSTR = 31;
const SUMMARY_NAMES: Readonly<Record<number, string>> = {
  2: 'title',
  3: 'subject',
  4: 'author',
  5: 'keywords',
  7: 'template',
  8: 'last_author',
};
const DOCUMENT_NAMES: Readonly<Record<number, string>> = {
  2: 'category',
  14: 'manager',
  15: 'company',
};
const CODE_PAGE = 1;
const PROPERTIES_MAX = 256;

function readProperties(exam: Examination, set: Uint8Array, isSummary: boolean): void {
  if (set.length < 48 || !hasAt(set, 0, '\xfe\xff')) return;
  const section = u32le(set, 44);
  if (section + 8 > set.length) return;
  const count = Math.min(PROPERTIES_MAX, u32le(set, section + 4));
  const names = isSummary ? SUMMARY_NAMES : DOCUMENT_NAMES;
  let label = 'windows-1252';
  for (let i = 0; i < count; i++) {
    const pair = section + 8 + i * 8;
    if (pair + 8 > set.length) return;
    const id = u32le(set, pair);
    const at = section + u32le(set, pair + 4);
    if (at + 8 > set.length) continue;
    if (id === CODE_PAGE) label = CODE_PAGES[u16le(set, at + 4)] ?? label;
    const name = names[id];
    if (name !== undefined) exam.property(name, propertyText(set, at, label));
  }
}

const CODE_PAGES: Readonly<Record<number, string>> = {
  866: 'ibm866',
  1250: 'windows-1250',
  1251: 'windows-1251',
  1252: 'windows-1252',
  1253: 'windows-1253',
  1254: 'windows-1254',
  10000: 'macintosh',
  20866: 'koi8-r',
  65001: 'utf-8',
};

function propertyText(set: Uint8Array, at: number, label: string): string {
  const type = u32le(set, at);
  const length = Math.min(1024, u32le(set, at + 4));
  if (type === VT_LPWSTR)
    return asBuffer(set)
      .toString('utf16le', at + 8, at + 8 + length * 2)
      .replace(/\0.*$/s, '');
  if (type !== VT_LPSTR) return '';
  return new TextDecoder(label).decode(set.subarray(at + 8, at + 8 + length)).replace(/\0.*$/s, '');
}

/** True when a compound file stands at any place of `bytes`; for objects whose header is in the way. */
export function compoundOffset(bytes: Uint8Array): number {
  return indexOf(bytes, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1');
}
