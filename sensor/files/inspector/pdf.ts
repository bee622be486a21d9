/**
 * PDF as its bytes say, without following its tables: objects are found where they stand, in plain and in object
 * streams, because hostile and cut-off documents have tables that lead nowhere. Gives what a reader would run, and
 * the files in it; its text comes from pdf-text.ts.
 */
import { hasAt, indexOf, latin1 } from './bytes.ts';
import type { Examination, Member } from './examination.ts';

/** A header may stand this far into the file (ISO 32000-1, appendix H.3.4.1). */
export const PDF_HEADER_WITHIN = 1024;
/** Streams looked at, and how far back the dictionary of one may begin. */
const STREAMS_MAX = 20_000;
const DICTIONARY_BYTES = 4096;
/** Of an object stream: names and small objects. */
const OBJECTS_BYTES = 4 * 1024 * 1024;
const PLAIN_BYTES = 16 * 1024 * 1024;

export interface PdfStream {
  readonly number: number;
  readonly dictionary: string;
  readonly body: Uint8Array;
}

/** What runs by itself or when clicked; a name ends where a delimiter stands. */
const CODE: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/\/(?:JavaScript|JS)(?=[\s(<[/\d])/, 'JavaScript'],
  [/\/S\s*\/Launch(?=[\s>/])/, 'Launch action'],
  [/\/RichMedia(?=[\s>/])/, 'rich media'],
];
/** Names may be written in hex: /J#61vaScript. */
const ESCAPED = /#([0-9a-fA-F]{2})/g;

export function checkPdf(exam: Examination, { bytes, isWhole }: Member): void {
  const plain = plainObjects(exam, bytes);
  const found = CODE.filter(([pattern]) => pattern.test(plain)).map(([, words]) => words);
  if (found.length > 0) exam.sign('macro', `PDF with ${found.join(', ')}`);
  if (isWhole && indexOf(bytes, '%%EOF', Math.max(0, bytes.length - 4096)) === -1)
    exam.sign('malformed', 'PDF without an end');
}

export function hasEncryption(bytes: Uint8Array): boolean {
  return /\/Encrypt\s+\d+\s+\d+\s+R|\/Encrypt\s*<</.test(
    latin1(bytes, bytes.length - 8192, bytes.length) + latin1(bytes, 0, 2048),
  );
}

/** Files attached to the document. */
export function* pdfMembers(exam: Examination, bytes: Uint8Array): Generator<Member> {
  if (indexOf(bytes, '/EmbeddedFile') === -1 && indexOf(bytes, '/ObjStm') === -1) return;
  let names: ReadonlyMap<number, string> | undefined;
  let count = 0;
  for (const stream of pdfStreams(bytes)) {
    if (exam.isLate()) return;
    if (!/\/EmbeddedFile(?=[\s>/])/.test(stream.dictionary)) continue;
    names ??= attachmentNames(plainObjects(exam, bytes));
    count++;
    const { content, isWhole } = contentOf(exam, stream);
    yield {
      name: names.get(stream.number) ?? `attachment ${count}`,
      bytes: content,
      size: isWhole ? content.length : -1,
      isWhole,
    };
  }
}

/** Every stream with its dictionary, in the order they stand. */
export function* pdfStreams(bytes: Uint8Array): Generator<PdfStream> {
  let at = 0;
  for (let count = 0; count < STREAMS_MAX; count++) {
    const keyword = indexOf(bytes, 'stream', at);
    if (keyword === -1) return;
    let start = keyword + 6;
    if (hasAt(bytes, keyword - 3, 'end')) {
      at = start;
      continue;
    }
    if (bytes[start] === 0x0d) start++;
    if (bytes[start] === 0x0a) start++;
    const found = indexOf(bytes, 'endstream', start);
    const end = found === -1 ? bytes.length : found;
    const before = latin1(bytes, Math.max(at, keyword - DICTIONARY_BYTES), keyword);
    const object = [...before.matchAll(/(\d{1,10})\s+\d{1,5}\s+obj\b/g)].at(-1);
    if (object !== undefined)
      yield {
        number: Number(object[1]),
        dictionary: unescaped(before.slice(object.index)),
        body: bytes.subarray(start, end),
      };
    at = end + 9;
    if (at >= bytes.length) return;
  }
}

/** Unpacked when it is Flate or plain; empty when packed in another way. */
export function contentOf(
  exam: Examination,
  { dictionary, body }: PdfStream,
): { content: Uint8Array; isWhole: boolean } {
  const filters = /\/Filter\s*(\[[^\]]{0,200}\]|\/\w+)/.exec(dictionary)?.[1] ?? '';
  if (filters === '') return { content: trimEnd(body), isWhole: true };
  if (/^(?:\[\s*)?\/(?:FlateDecode|Fl)\s*\]?$/.test(filters)) {
    // Two bytes of zlib header (RFC 1950) stand before the data.
    const inflated = exam.inflate(body.subarray(2));
    return { content: inflated.bytes, isWhole: inflated.end === 'ended' };
  }
  return { content: body.subarray(0, 0), isWhole: false };
}

function trimEnd(body: Uint8Array): Uint8Array {
  let end = body.length;
  if (body[end - 1] === 0x0a) end--;
  if (body[end - 1] === 0x0d) end--;
  return body.subarray(0, end);
}

/** All that is no stream, and the objects packed in object streams; one character a byte. */
function plainObjects(exam: Examination, bytes: Uint8Array): string {
  const pieces: string[] = [];
  let length = 0;
  let at = 0;
  const add = (text: string): void => {
    if (length >= PLAIN_BYTES) return;
    pieces.push(text);
    length += text.length;
  };
  for (const stream of pdfStreams(bytes)) {
    const start = stream.body.byteOffset - bytes.byteOffset;
    add(latin1(bytes, at, start));
    at = start + stream.body.length;
    if (/\/ObjStm(?=[\s>/])/.test(stream.dictionary))
      add(latin1(contentOf(exam, stream).content, 0, OBJECTS_BYTES));
    if (exam.isLate()) break;
  }
  add(latin1(bytes, at, bytes.length));
  return unescaped(pieces.join('\n'));
}

function unescaped(text: string): string {
  return text.includes('#')
    ? text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
}

/** Number of the stream -> name of the file, from file specifications (ISO 32000-1 section 7.11.3). */
function attachmentNames(plain: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const match of plain.matchAll(/\/EF\s*<<[^>]{0,100}?\/U?F\s+(\d{1,10})\s+\d{1,5}\s+R/g)) {
    const around = plain.slice(Math.max(0, match.index - 400), match.index + 400);
    const name = /\/U?F\s*\(((?:[^()\\]|\\.){1,255})\)/.exec(around)?.[1];
    if (name !== undefined) names.set(Number(match[1]), pdfString(name));
  }
  return names;
}

/** A literal string: escapes, and UTF-16 behind a byte order mark. */
export function pdfString(literal: string): string {
  const bytes = literal.replace(/\\([nrtbf()\\]|[0-7]{1,3}|\r?\n)/g, (_, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    return (
      { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '(': '(', ')': ')', '\\': '\\' }[code] ?? ''
    );
  });
  if (!bytes.startsWith('\xfe\xff')) return bytes;
  return new TextDecoder('utf-16be').decode(Buffer.from(bytes.slice(2), 'latin1'));
}
