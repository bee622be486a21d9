/**
 * Documents that are zip archives of XML: Office Open XML (ECMA-376), OpenDocument, EPUB. Their XML parts give the
 * text of the document; what else is in them (pictures, embedded files, macros) is looked at as members.
 */
import { asBuffer, indexOf, joinLines, latin1 } from './bytes.ts';
import { decodeText } from './encoding.ts';
import type { Examination, Member } from './examination.ts';
import type { KnownType } from './magic-table.ts';
import { markupText } from './markup.ts';
import { sheetText, sharedStrings } from './sheet.ts';
import { VBA_PROJECT } from './zip-family.ts';
import { checkListing, unpack } from './zip-members.ts';
import { readZip, type ZipEntry } from './zip.ts';

const TEXT_PART = /\.(?:xml|xhtml|html?|opf|ncx|vml)$/i;
/** XML of the package that no reader sees. */
const NO_TEXT =
  /(?:^|\/)(?:styles\w*|theme\d*|fontTable|settings|webSettings|numbering|tableStyles|presProps|viewProps|calcChain|slideLayout\d+|slideMaster\d+|\[Content_Types\]|manifest|container)\.xml$/i;
/** Of OpenDocument the styles hold headers and footers. */
const OPENDOCUMENT_NO_TEXT = /(?:^|\/)(?:settings|manifest|container)\.xml$/i;
const RELATIONS = /\.rels$/i;
/** Members without content of their own. */
const FURNITURE = /(?:printerSettings\d*\.bin|\.odttf|^mimetype|^Configurations2\/.*)$/i;
const OPENDOCUMENT_MACROS = /^(?:Basic|Scripts)\/.+\/.+/i;
const SHEET = /^xl\/worksheets\/[^/]+\.xml$/i;
const SHARED_STRINGS = /^xl\/sharedStrings\.xml$/i;
const PROPERTY_PART = /^(?:docProps\/(?:core|app)|meta)\.xml$/i;

/** Elements of the property parts -> names of the inspection. */
const PROPERTIES: readonly (readonly [element: string, name: string])[] = [
  ['dc:title', 'title'],
  ['dc:subject', 'subject'],
  ['dc:creator', 'author'],
  ['meta:initial-creator', 'author'],
  ['cp:lastModifiedBy', 'last_author'],
  ['Company', 'company'],
  ['Manager', 'manager'],
  ['cp:keywords', 'keywords'],
  ['cp:category', 'category'],
  ['Template', 'template'],
];

/** Relations that bring code or a whole document from elsewhere; links and pictures do not. */
const REMOTE_RELATION =
  /<Relationship\b(?=[^>]{0,2000}\bTargetMode\s*=\s*["']External)(?=[^>]{0,2000}\bType\s*=\s*["'][^"'>]{0,300}\/(?:attachedTemplate|oleObject|frame|subDocument|externalLinkPath)["'])[^>]{0,2000}\bTarget\s*=\s*["']((?:https?|ftp|mhtml):[^"'>]{1,1000})/i;

export function officeText(exam: Examination, type: KnownType, member: Member): Uint8Array {
  const listing = readZip(member.bytes);
  if (listing === undefined) return member.bytes.subarray(0, 0);
  checkListing(exam, listing, member.isWhole);
  const isOpenDocument = type.form === 'opendocument';
  const texts: Uint8Array[] = [];
  let left = exam.textLeft;
  let strings: readonly string[] = [];
  // Sheets point into the strings, wherever these stand in the archive.
  for (const entry of stringsFirst(listing.entries)) {
    if (left <= 0 || exam.isLate()) break;
    if (VBA_PROJECT.test(entry.name)) exam.sign('macro', entry.name);
    if (isOpenDocument && OPENDOCUMENT_MACROS.test(entry.name)) exam.sign('macro', entry.name);
    if (RELATIONS.test(entry.name)) checkRelations(exam, xmlOf(exam, member, entry));
    if (isOpenDocument && entry.name === 'META-INF/manifest.xml')
      checkManifest(exam, xmlOf(exam, member, entry));
    if (!isTextPart(entry.name, isOpenDocument)) continue;
    const xml = xmlOf(exam, member, entry);
    if (indexOf(xml, '<!ENTITY', 0, 4096) !== -1)
      exam.sign('malformed', `${entry.name} defines entities`);
    if (PROPERTY_PART.test(entry.name)) readProperties(exam, xml);
    if (SHARED_STRINGS.test(entry.name)) {
      strings = sharedStrings(xml, left);
      continue;
    }
    const text = SHEET.test(entry.name) ? sheetText(xml, strings, left) : markupText(xml, left);
    left -= text.length;
    texts.push(text);
  }
  if (left <= 0) exam.unsee('text');
  return joinLines(texts);
}

/** What is in the document beside its XML. */
export function* officeMembers(
  exam: Examination,
  type: KnownType,
  { bytes }: Member,
): Generator<Member> {
  const listing = readZip(bytes);
  if (listing === undefined) return;
  const isOpenDocument = type.form === 'opendocument';
  for (const entry of listing.entries) {
    const { name, packed } = entry;
    if (name.endsWith('/') && packed === 0) continue;
    if (isTextPart(name, isOpenDocument) || RELATIONS.test(name) || FURNITURE.test(name)) continue;
    if (NO_TEXT.test(name) && !isOpenDocument) continue;
    if (isOpenDocument && OPENDOCUMENT_NO_TEXT.test(name)) continue;
    yield unpack(exam, bytes, entry);
  }
}

function isTextPart(name: string, isOpenDocument: boolean): boolean {
  return TEXT_PART.test(name) && !(isOpenDocument ? OPENDOCUMENT_NO_TEXT : NO_TEXT).test(name);
}

function stringsFirst(entries: readonly ZipEntry[]): ZipEntry[] {
  const isStrings = ({ name }: ZipEntry): boolean => SHARED_STRINGS.test(name);
  return [...entries.filter(isStrings), ...entries.filter((entry) => !isStrings(entry))];
}

/** As UTF-8; parts may come in UTF-16. */
function xmlOf(exam: Examination, member: Member, entry: ZipEntry): Uint8Array {
  const { bytes } = unpack(exam, member.bytes, entry);
  return decodeText(bytes, exam.limits.filesUnpackedBytes)?.text ?? bytes;
}

function checkRelations(exam: Examination, xml: Uint8Array): void {
  const target = REMOTE_RELATION.exec(latin1(xml, 0, 256 * 1024))?.[1];
  if (target !== undefined) exam.sign('macro', `loads ${target}`);
}

function checkManifest(exam: Examination, xml: Uint8Array): void {
  if (indexOf(xml, 'encryption-data') !== -1) exam.sign('encrypted', 'document with a password');
}

function readProperties(exam: Examination, xml: Uint8Array): void {
  const source = asBuffer(xml);
  for (const [element, name] of PROPERTIES) {
    const open = indexOf(source, `<${element}`);
    const start = open === -1 ? -1 : source.indexOf(0x3e, open) + 1;
    const end = start <= 0 ? -1 : indexOf(source, `</${element}>`, start);
    if (end === -1) continue;
    exam.property(
      name,
      Buffer.from(markupText(source.subarray(start, end), 1024)).toString('utf8'),
    );
  }
}
