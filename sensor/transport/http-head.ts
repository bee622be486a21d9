/**
 * Heads of HTTP/1.1 messages (RFC 9112 sections 2 to 6): what a request or response says of itself, and where its body
 * ends. Shapes that servers read in two ways are read as most do, and marked.
 */
import type { HttpRange, HttpRequest, HttpResponse } from './types.ts';

/** How the end of a body is found (RFC 9112 section 6.3). */
export const FRAMING = {
  none: 0,
  length: 1,
  chunked: 2,
  /** With the connection; responses only. */
  close: 3,
  /** Nobody can tell: the receiver refuses such a message. */
  lost: 4,
} as const;

export type Framing = (typeof FRAMING)[keyof typeof FRAMING];

export interface BodyShape {
  readonly framing: Framing;
  /** Bytes of the body as told; -1 when they are not. */
  readonly length: number;
  /** Codings to undo, the one applied last first; in lower case. Of a request those of the transfer alone. */
  readonly codings: readonly string[];
}

export interface RequestHead {
  readonly request: Omit<HttpRequest, 'number'>;
  readonly body: BodyShape;
  /** The client may leave out the body when it is refused (Expect: 100-continue). */
  readonly mayHoldBack: boolean;
  /** Servers may disagree about where the message ends. */
  readonly isAmbiguous: boolean;
}

export interface ResponseHead {
  readonly response: Omit<HttpResponse, 'number'>;
  /** As it were for a request that is answered with a body. */
  readonly body: BodyShape;
  readonly isAmbiguous: boolean;
}

const MAX_TARGET = 4096;
const MAX_TEXT = 1024;
/** More digits than any length a double holds exactly. */
const MAX_DIGITS = 15;

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
const VERSION = /^HTTP\/1\.[0-9]$/;
const STATUS = /^HTTP\/1\.([0-9])[ \t]+([1-9][0-9][0-9])(?:[ \t]|$)/;
const DIGITS = /^[0-9]+$/;

/** A head, as characters of Latin-1; undefined when it is no request of HTTP/1. */
export function parseRequestHead(text: string): RequestHead | undefined {
  const lines = linesOf(text);
  const line = trimEnd(lines[0] ?? '').replace(/^\r+/, '');
  const methodEnd = line.search(/[ \t]/);
  const versionAt = Math.max(line.lastIndexOf(' '), line.lastIndexOf('\t')) + 1;
  if (methodEnd < 0 || versionAt <= methodEnd + 1) return undefined;
  const method = line.slice(0, methodEnd);
  const version = line.slice(versionAt);
  const whole = trim(line.slice(methodEnd, versionAt));
  if (!METHOD.test(method) || !VERSION.test(version) || whole === '') return undefined;
  const fields = readFields(lines);
  const { authority, target } = splitTarget(whole);
  const body = shapeOf(fields, version === 'HTTP/1.0', true);
  return {
    request: {
      method: kept(method, MAX_TEXT),
      target: kept(target, MAX_TARGET),
      host: withPort(kept(authority === '' ? fields.host : authority, MAX_TEXT).toLowerCase()),
      contentType: kept(fields.contentType, MAX_TEXT),
      contentLength: body.length,
      contentRange: rangeOf(fields.contentRange),
      contentEncoding: kept(fields.contentEncoding, MAX_TEXT).toLowerCase(),
    },
    body,
    mayHoldBack: fields.expect.toLowerCase() === '100-continue',
    isAmbiguous: fields.isAmbiguous,
  };
}

/** As above, for a response. */
export function parseResponseHead(text: string): ResponseHead | undefined {
  const lines = linesOf(text);
  const [, minor, status] = STATUS.exec(lines[0] ?? '') ?? [];
  if (status === undefined) return undefined;
  const fields = readFields(lines);
  const body = shapeOf(fields, minor === '0', false);
  return {
    response: {
      status: Number(status),
      contentType: kept(fields.contentType, MAX_TEXT),
      contentLength: body.length,
      contentRange: rangeOf(fields.contentRange),
      contentDisposition: kept(fields.contentDisposition, MAX_TEXT),
      contentEncoding: kept(fields.contentEncoding, MAX_TEXT).toLowerCase(),
    },
    body,
    isAmbiguous: fields.isAmbiguous,
  };
}

/** Fields that matter here; '' for one that is not there. */
interface Fields {
  host: string;
  contentType: string;
  contentRange: string;
  contentEncoding: string;
  contentDisposition: string;
  expect: string;
  /** All values given, in order. */
  readonly lengths: string[];
  readonly transferCodings: string[];
  isAmbiguous: boolean;
}

function linesOf(text: string): string[] {
  return text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

function readFields(lines: readonly string[]): Fields {
  const fields: Fields = {
    host: '',
    contentType: '',
    contentRange: '',
    contentEncoding: '',
    contentDisposition: '',
    expect: '',
    lengths: [],
    transferCodings: [],
    isAmbiguous: false,
  };
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] as string;
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(0, colon);
    const bare = trim(name).toLowerCase();
    let value = trim(line.slice(colon + 1));
    let isFolded = false;
    while (at + 1 < lines.length && /^[ \t]/.test(lines[at + 1] as string)) {
      value = `${value} ${trim(lines[++at] as string)}`;
      isFolded = true;
    }
    // A name with a space, a value on two lines: some read such a field, some do not (RFC 9112 sections 5.1, 5.2).
    const isOdd = isFolded || bare.length !== name.length || value.includes('\r');
    keep(fields, bare, value, isOdd);
  }
  return fields;
}

function keep(fields: Fields, name: string, value: string, isOdd: boolean): void {
  switch (name) {
    case 'host':
      fields.host ||= value;
      break;
    case 'content-type':
      fields.contentType ||= value;
      break;
    case 'content-range':
      fields.contentRange ||= value;
      break;
    case 'content-disposition':
      fields.contentDisposition ||= value;
      break;
    case 'expect':
      fields.expect ||= value;
      break;
    case 'content-encoding':
      fields.contentEncoding += fields.contentEncoding === '' ? value : `, ${value}`;
      break;
    case 'content-length':
      fields.lengths.push(...listOf(value));
      fields.isAmbiguous ||= isOdd;
      break;
    case 'transfer-encoding':
      fields.transferCodings.push(...listOf(value).map((coding) => coding.toLowerCase()));
      fields.isAmbiguous ||= isOdd;
      break;
  }
}

function shapeOf(fields: Fields, isVersion10: boolean, isRequest: boolean): BodyShape {
  // Servers store what is put as it was sent, whatever the client calls it: only an answer is for the reader to undo.
  const contentCodings = isRequest ? [] : listOf(fields.contentEncoding.toLowerCase());
  const content = codingsOf(contentCodings).reverse();
  const codings = codingsOf(fields.transferCodings);
  if (codings.length > 0) {
    const last = codings.indexOf('chunked');
    // Both ways to tell the end: chunks win (section 6.3), where somebody on the way thinks so too.
    fields.isAmbiguous ||= fields.lengths.length > 0 || isVersion10;
    const transfer = codings.filter((coding) => coding !== 'chunked').reverse();
    if (last === codings.length - 1) {
      return { framing: FRAMING.chunked, length: -1, codings: [...transfer, ...content] };
    }
    fields.isAmbiguous ||= isRequest || last >= 0;
    // A second "chunked" changes nothing for those who look for the word.
    if (codings.every((coding) => coding === 'chunked')) {
      return { framing: FRAMING.chunked, length: -1, codings: content };
    }
    const framing = isRequest ? FRAMING.lost : FRAMING.close;
    return { framing, length: -1, codings: [...transfer, ...content] };
  }
  const [length, ...others] = fields.lengths;
  if (length === undefined) {
    return { framing: isRequest ? FRAMING.none : FRAMING.close, length: -1, codings: content };
  }
  const isNumber = DIGITS.test(length) && length.replace(/^0+/, '').length <= MAX_DIGITS;
  if (!isNumber || others.some((other) => other !== length)) {
    fields.isAmbiguous = true;
    return { framing: FRAMING.lost, length: -1, codings: content };
  }
  const bytes = Number(length);
  return { framing: bytes === 0 ? FRAMING.none : FRAMING.length, length: bytes, codings: content };
}

function codingsOf(list: readonly string[]): string[] {
  return list.filter((coding) => coding !== '' && coding !== 'identity');
}

function listOf(value: string): string[] {
  if (value === '') return [];
  return value.split(',').map(trim);
}

/** Content-Range (RFC 9110 section 14.4): "bytes 0-499/1234", with '*' for a total not known. */
function rangeOf(value: string): HttpRange | undefined {
  const match = /^bytes +([0-9]{1,15})-([0-9]{1,15})\/(?:([0-9]{1,15})|\*)$/i.exec(value);
  if (match === null) return undefined;
  const [, first = '', last = '', total] = match;
  return {
    first: Number(first),
    last: Number(last),
    total: total === undefined ? -1 : Number(total),
  };
}

/** The absolute form (RFC 9112 section 3.2.2) names the host itself. */
function splitTarget(target: string): { authority: string; target: string } {
  const match = /^http:\/\/([^/?#]*)(.*)$/is.exec(target);
  if (match === null) return { authority: '', target };
  const [, authority = '', rest = ''] = match;
  return { authority: authority.slice(authority.lastIndexOf('@') + 1), target: rest || '/' };
}

function withPort(host: string): string {
  return host === '' || /:[0-9]+$/.test(host) ? host : `${host.replace(/:$/, '')}:80`;
}

/** A copy that does not keep the whole head in memory. */
function kept(text: string, max: number): string {
  return Buffer.from(text.slice(0, max), 'latin1').toString('latin1');
}

/** Space and tab alone: what other white space is there belongs to the value. */
function trim(text: string): string {
  let start = 0;
  while (isSpace(text.charCodeAt(start))) start++;
  return trimEnd(text.slice(start));
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
