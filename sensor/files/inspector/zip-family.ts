/** What a zip archive is, by the names of its members: documents, packages and programs are zip archives too. */
import type { KnownType } from './magic-table.ts';
import { latin1 } from './bytes.ts';
import type { ZipEntry, ZipListing } from './zip.ts';

const OOXML = 'application/vnd.openxmlformats-officedocument.';
const METHOD_AES = 99;
/** A member that holds code of Office, whatever the file is named. */
export const VBA_PROJECT = /(?:^|\/)vbaProject(?:\d*)\.bin$/i;

export function zipType(bytes: Uint8Array, listing: ZipListing): KnownType {
  const { entries } = listing;
  const names = new Set(entries.map(({ name }) => name.replaceAll('\\', '/')));
  return (
    officeType(names) ??
    declaredType(bytes, entries) ??
    packageType(names) ??
    archiveType(entries, listing.count)
  );
}

function officeType(names: ReadonlySet<string>): KnownType | undefined {
  if (!names.has('[Content_Types].xml')) return undefined;
  const isMacro = [...names].some((name) => VBA_PROJECT.test(name));
  const has = (folder: string): boolean => [...names].some((name) => name.startsWith(folder));
  const office = (magic: string, mime: string, macroMime: string): KnownType => ({
    magic: isMacro ? `${magic} document with macros` : `${magic} document`,
    mime: isMacro ? `application/vnd.ms-${macroMime}.macroEnabled.12` : OOXML + mime,
    group: 'document',
    form: 'office',
  });
  if (has('word/'))
    return office('Microsoft Word 2007+', 'wordprocessingml.document', 'word.document');
  if (has('xl/')) return office('Microsoft Excel 2007+', 'spreadsheetml.sheet', 'excel.sheet');
  if (has('ppt/'))
    return office(
      'Microsoft PowerPoint 2007+',
      'presentationml.presentation',
      'powerpoint.presentation',
    );
  if (has('visio/')) return document('Microsoft Visio drawing', 'application/vnd.ms-visio.drawing');
  if (names.has('AppxManifest.xml') || names.has('AppxBlockMap.xml'))
    return program('Windows app package', 'application/msix');
  if (names.has('extension.vsixmanifest'))
    return program('Visual Studio extension', 'application/vsix');
  if (has('FixedDocSeq') || has('Documents/1')) return document('XPS document', 'application/oxps');
  return document('Office Open XML package', 'application/vnd.openxmlformats-package');
}

/** OpenDocument and EPUB say it in a first member that is stored as it is. */
function declaredType(bytes: Uint8Array, entries: readonly ZipEntry[]): KnownType | undefined {
  const first = entries.find(({ name }) => name === 'mimetype');
  if (first?.method !== 0) return undefined;
  const mime = latin1(bytes, first.start, first.start + Math.min(first.packed, 100)).trim();
  if (mime === 'application/epub+zip') return document('EPUB book', mime, 'opendocument');
  const kind = /^application\/vnd\.oasis\.opendocument\.([a-z-]+)$/.exec(mime)?.[1];
  return kind === undefined ? undefined : document(`OpenDocument ${kind}`, mime, 'opendocument');
}

function packageType(names: ReadonlySet<string>): KnownType | undefined {
  if (names.has('AndroidManifest.xml'))
    return program('Android package (APK)', 'application/vnd.android.package-archive');
  if ([...names].some((name) => /^Payload\/[^/]+\.app\//.test(name)))
    return program('iOS app', 'application/x-ios-app');
  const isJava = [...names].some((name) => name.endsWith('.class'));
  if (isJava) return program('Java archive (JAR)', 'application/java-archive');
  if (names.has('manifest.json') && [...names].some((name) => name.startsWith('META-INF/')))
    return program('Browser extension', 'application/x-xpinstall');
  return undefined;
}

function archiveType(entries: readonly ZipEntry[], count: number): KnownType {
  const files = entries.filter(({ name }) => !name.endsWith('/'));
  const isLocked = files.length > 0 && files.every((entry) => isLockedEntry(entry));
  if (isLocked)
    return {
      magic: 'Zip archive, encrypted',
      mime: 'application/zip',
      group: 'encrypted',
      form: 'zip',
    };
  const magic = count === 0 ? 'Zip archive, empty' : 'Zip archive';
  return { magic, mime: 'application/zip', group: 'archive', form: 'zip' };
}

export function isLockedEntry({ isEncrypted, method }: ZipEntry): boolean {
  return isEncrypted || method === METHOD_AES;
}

function document(magic: string, mime: string, form: KnownType['form'] = 'zip'): KnownType {
  return { magic, mime, group: 'document', form };
}

/** Packages are opened as archives: what they hold is of interest. */
function program(magic: string, mime: string): KnownType {
  return { magic, mime, group: 'program', form: 'zip' };
}
