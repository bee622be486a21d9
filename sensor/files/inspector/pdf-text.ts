/**
 * Text of PDF documents. The library reads them as a viewer does (fonts, encodings, empty passwords); what it refuses
 * (cut off, damaged) is read by hand: the strings its pages show, as far as they are written in Latin letters.
 */
import type { Examination, Member } from './examination.ts';
import { contentOf, hasEncryption, pdfStreams, pdfString } from './pdf.ts';

/** Of the information dictionary -> of the inspection. */
const PROPERTIES: readonly (readonly [key: string, name: string])[] = [
  ['Title', 'title'],
  ['Author', 'author'],
  ['Subject', 'subject'],
  ['Keywords', 'keywords'],
  ['Creator', 'application'],
  ['Company', 'company'],
];

export async function pdfText(exam: Examination, { bytes, isWhole }: Member): Promise<Uint8Array> {
  const read = await libraryText(exam, bytes);
  if (read.text.length > 0 || read.isLocked) return read.text;
  // A document of pictures has no text; one that is damaged may have.
  if (!read.isRead && hasEncryption(bytes)) exam.sign('encrypted', 'PDF with a password');
  if (!read.isRead && isWhole) exam.unsee('PDF that is damaged');
  return shownStrings(exam, bytes);
}

/** What is used of the library; its own types point to files that are not in its package. */
interface PdfLibrary {
  getDocument(options: Readonly<Record<string, unknown>>): {
    readonly promise: Promise<PdfDocument>;
    destroy(): Promise<void>;
  };
}

interface PdfDocument {
  readonly numPages: number;
  getMetadata(): Promise<{ readonly info: Readonly<Record<string, unknown>> }>;
  getPage(number: number): Promise<PdfPage>;
}

interface PdfPage {
  getTextContent(): Promise<{
    readonly items: readonly { readonly str?: string; readonly hasEOL?: boolean }[];
  }>;
  getAnnotations(): Promise<readonly PdfAnnotation[]>;
  cleanup(): void;
}

/** Notes, and fields of forms with what was filled in. */
interface PdfAnnotation {
  readonly fieldValue?: unknown;
  readonly contentsObj?: { readonly str?: string };
}

interface LibraryText {
  readonly text: Uint8Array;
  readonly isRead: boolean;
  readonly isLocked: boolean;
}

async function libraryText(exam: Examination, bytes: Uint8Array): Promise<LibraryText> {
  const pieces: string[] = [];
  let isRead = false;
  let isLocked = false;
  const library = (await import('unpdf/pdfjs')) as unknown as PdfLibrary;
  const task = library.getDocument({
    // The library takes the memory for itself.
    data: new Uint8Array(bytes),
    isEvalSupported: false,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    stopAtErrors: false,
    verbosity: 0,
  });
  try {
    const document = await task.promise;
    isRead = true;
    const { info } = await document.getMetadata();
    for (const [key, name] of PROPERTIES) {
      const value = info[key];
      if (typeof value === 'string') exam.property(name, value);
    }
    let left = exam.textLeft;
    for (let number = 1; number <= document.numPages; number++) {
      if (left <= 0 || exam.isLate()) {
        exam.unsee('PDF pages');
        break;
      }
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      let line = '';
      for (const { str = '', hasEOL } of items) line += hasEOL === true ? `${str}\n` : str;
      for (const { fieldValue, contentsObj } of await page.getAnnotations())
        for (const value of [fieldValue, contentsObj?.str])
          if (typeof value === 'string' && value !== '') line += `\n${value}`;
      pieces.push(line);
      left -= line.length;
      page.cleanup();
    }
  } catch (error) {
    isLocked = error instanceof Error && error.name === 'PasswordException';
    if (isLocked) exam.sign('encrypted', 'PDF with a password');
    else if (isRead) exam.unsee('PDF pages');
  }
  await task.destroy().catch(() => undefined);
  return { text: Buffer.from(pieces.join('\n')), isRead, isLocked };
}

/** Strings are (literal) or <hex>; an operator that moves ends a line (ISO 32000-1 section 9.4). */
const STRING = /\(((?:[^()\\]|\\[\s\S]){0,4096})\)|<([0-9A-Fa-f\s]{2,4096})>|(\bT[dDm*]|'|")/g;

function shownStrings(exam: Examination, bytes: Uint8Array): Uint8Array {
  const out: string[] = [];
  let left = exam.textLeft;
  for (const stream of pdfStreams(bytes)) {
    if (left <= 0 || exam.isLate()) break;
    if (/\/(?:Image|FontFile\d?|XRef|ObjStm|Metadata|EmbeddedFile)\b/.test(stream.dictionary))
      continue;
    const content = Buffer.from(contentOf(exam, stream).content).toString('latin1');
    if (!/\bT[jJ]\b/.test(content)) continue;
    for (const [, literal, hex, move] of content.matchAll(STRING)) {
      const text =
        literal !== undefined ? pdfString(literal) : hex !== undefined ? hexText(hex) : '';
      const piece = move === undefined ? text : '\n';
      if (piece === '\n' && out.at(-1) === '\n') continue;
      out.push(piece);
      left -= piece.length;
      if (left <= 0) break;
    }
    out.push('\n');
  }
  return Buffer.from(out.join('')).subarray(0, exam.textLeft);
}

function hexText(hex: string): string {
  const bytes = Buffer.from(hex.replace(/\s+/g, ''), 'hex');
  const isWide =
    bytes.length >= 2 &&
    bytes.length % 2 === 0 &&
    bytes.every((byte, i) => i % 2 === 1 || byte === 0);
  return isWide ? new TextDecoder('utf-16be').decode(bytes) : bytes.toString('latin1');
}
