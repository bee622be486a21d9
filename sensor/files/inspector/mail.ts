/** Mail messages and mailboxes (RFC 5322, RFC 2045): headers as text, bodies and attachments as members. */
import { asBuffer, indexOf, latin1 } from './bytes.ts';
import type { Examination, Member } from './examination.ts';

const HEADER_BYTES = 64 * 1024;
const PARTS_MAX = 1000;
const NESTED_MAX = 8;

/** The header block; what is below it is told by the members. */
export function mailText(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, headerEnd(bytes).end);
}

export function* mailMembers(
  exam: Examination,
  bytes: Uint8Array,
  isMailbox: boolean,
): Generator<Member> {
  if (!isMailbox) {
    yield* partsOf(exam, bytes, 0);
    return;
  }
  let at = 0;
  for (let i = 1; i <= PARTS_MAX && at < bytes.length; i++) {
    const next = indexOf(bytes, '\nFrom ', at + 1);
    const end = next === -1 ? bytes.length : next + 1;
    const start = bytes.indexOf(0x0a, at) + 1;
    if (start > 0 && start < end) yield whole(`message ${i}`, bytes.subarray(start, end));
    at = end;
  }
}

function* partsOf(exam: Examination, entity: Uint8Array, depth: number): Generator<Member> {
  const { end, body } = headerEnd(entity);
  const fields = latin1(entity, 0, end).replace(/\r?\n[ \t]+/g, ' ');
  const type = fieldOf(fields, 'Content-Type');
  const boundary = /boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(type);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (/^\s*multipart\//i.test(type) && mark !== undefined && depth < NESTED_MAX) {
    yield* multipart(exam, entity.subarray(body), mark, depth);
    return;
  }
  const content = decodeBody(
    entity.subarray(body),
    fieldOf(fields, 'Content-Transfer-Encoding').trim().toLowerCase(),
  );
  exam.countUnpacked(content.length);
  if (content.length > 0) yield whole(nameOf(fields, type), content);
}

function* multipart(
  exam: Examination,
  body: Uint8Array,
  boundary: string,
  depth: number,
): Generator<Member> {
  const mark = `--${boundary}`;
  let at = indexOf(body, mark);
  for (let parts = 0; at !== -1 && parts < PARTS_MAX; parts++) {
    const start = at + mark.length;
    if (latin1(body, start, start + 2) === '--') return;
    const next = indexOf(body, `\n${mark}`, start);
    const lineEnd = body.indexOf(0x0a, start) + 1;
    const end = next === -1 ? body.length : next + 1;
    if (lineEnd > 0 && lineEnd < end) yield* partsOf(exam, body.subarray(lineEnd, end), depth + 1);
    at = next === -1 ? -1 : next + 1;
  }
}

function whole(name: string, bytes: Uint8Array): Member {
  return { name, bytes, size: bytes.length, isWhole: true };
}

function headerEnd(bytes: Uint8Array): { end: number; body: number } {
  const limit = Math.min(bytes.length, HEADER_BYTES);
  const crlf = indexOf(bytes, '\r\n\r\n', 0, limit);
  const lf = indexOf(bytes, '\n\n', 0, limit);
  if (crlf !== -1 && (lf === -1 || crlf < lf)) return { end: crlf + 2, body: crlf + 4 };
  if (lf !== -1) return { end: lf + 1, body: lf + 2 };
  // A part may have no fields at all.
  return bytes[0] === 0x0a || latin1(bytes, 0, 2) === '\r\n'
    ? { end: 0, body: bytes[0] === 0x0a ? 1 : 2 }
    : { end: limit, body: limit };
}

function fieldOf(fields: string, name: string): string {
  return new RegExp(`^${name}:([^\\r\\n]{0,2000})`, 'im').exec(fields)?.[1] ?? '';
}

function nameOf(fields: string, type: string): string {
  const words = `${fieldOf(fields, 'Content-Disposition')};${type}`;
  const name = /(?:file)?name\*?\s*=\s*(?:"([^"]{1,255})"|([^\s;]{1,255}))/i.exec(words);
  return name?.[1] ?? name?.[2] ?? 'body';
}

function decodeBody(body: Uint8Array, encoding: string): Uint8Array {
  const source = asBuffer(body);
  if (encoding === 'base64') return Buffer.from(source.toString('latin1'), 'base64');
  if (encoding !== 'quoted-printable') return body;
  const text = source
    .toString('latin1')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(text, 'latin1');
}
