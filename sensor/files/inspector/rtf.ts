/**
 * Rich Text: the words a reader sees, and the objects in it. Objects are hex digits, which writers of exploits break
 * up with blanks, groups and control words; readers ignore those, and so does this.
 */
import { hasAt, latin1 } from './bytes.ts';
import type { Examination, Member } from './examination.ts';
import { compoundOffset, nativeFile } from './ole.ts';

/** Groups that hold no text of the document. */
const SILENT: ReadonlySet<string> = new Set(
  (
    'fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator themedata colorschememapping ' +
    'latentstyles datastore pict objdata xmlnstbl filetbl revtbl fldinst pgptbl blipuid panose bkmkstart bkmkend'
  ).split(' '),
);
const PROPERTY_GROUPS: Readonly<Record<string, string>> = {
  title: 'title',
  author: 'author',
  operator: 'last_author',
  company: 'company',
  subject: 'subject',
  manager: 'manager',
};
const BREAKS: ReadonlySet<string> = new Set(['par', 'line', 'row', 'sect', 'page', 'cell', 'tab']);
const GROUPS_MAX = 1000;
const OBJECTS_MAX = 64;
const HEX = /[^0-9a-fA-F]+/g;
/** Control words and group marks inside of hex data. */
const NOISE = /\\[a-zA-Z]{1,32}-?\d{0,10} ?|\\'[0-9a-fA-F]{2}|\\[^a-zA-Z]|[{}]/g;

interface Group {
  readonly isSilent: boolean;
  readonly property: string;
}

export function rtfText(exam: Examination, bytes: Uint8Array): Uint8Array {
  const source = latin1(bytes, 0, bytes.length);
  const decoder = new TextDecoder(codePage(source));
  const out: string[] = [];
  const stack: Group[] = [];
  let group: Group = { isSilent: false, property: '' };
  let property = '';
  let length = 0;
  const limit = exam.textLeft;
  const put = (text: string): void => {
    if (group.property !== '') property += property.length < 1024 ? text : '';
    else if (!group.isSilent) {
      out.push(text);
      length += text.length;
    }
  };
  const token =
    /([{}])|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|((?:\\'[0-9a-fA-F]{2})+)|\\([^a-zA-Z'])|([^\\{}]+)|\\/g;
  let skip = 0;
  for (const match of source.matchAll(token)) {
    if (length >= limit) break;
    const [, brace, word, number, hex, symbol, text] = match;
    if (brace === '{') {
      if (stack.length < GROUPS_MAX) stack.push(group);
      else break;
    } else if (brace === '}') {
      if (group.property !== '' && stack.at(-1)?.property === '') {
        exam.property(group.property, property);
        property = '';
      }
      group = stack.pop() ?? group;
    } else if (word !== undefined) {
      const name = PROPERTY_GROUPS[word];
      if (name !== undefined) group = { isSilent: true, property: name };
      else if (SILENT.has(word)) group = { isSilent: true, property: '' };
      else if (BREAKS.has(word)) put('\n');
      else if (word === 'u' && number !== undefined) {
        const code = Number(number);
        put(String.fromCharCode(code < 0 ? code + 0x10000 : code & 0xffff));
        // A character for readers that know no Unicode follows.
        skip = 1;
      }
    } else if (hex !== undefined) {
      const codes = Buffer.from(hex.replaceAll("\\'", ''), 'hex').subarray(skip);
      skip = 0;
      put(decoder.decode(codes));
    } else if (symbol !== undefined)
      put(symbol === '~' ? ' ' : /[{}\\]/.test(symbol) ? symbol : '');
    else if (text !== undefined) {
      const words = text.replace(/[\r\n]+/g, '');
      put(words.slice(Math.min(skip, words.length)));
      if (words.length > 0) skip = 0;
    }
  }
  return Buffer.from(out.join('')).subarray(0, limit);
}

function codePage(source: string): string {
  const page = /\\ansicpg(\d{3,5})/.exec(source.slice(0, 4096))?.[1] ?? '1252';
  return /^125[0-8]$/.test(page) ? `windows-${page}` : 'windows-1252';
}

/** Every object: class name of its program, and its bytes. */
export function* rtfObjects(exam: Examination, bytes: Uint8Array): Generator<Member> {
  const source = latin1(bytes, 0, bytes.length);
  let count = 0;
  for (
    let at = source.indexOf('\\objdata');
    at !== -1 && count < OBJECTS_MAX;
    at = source.indexOf('\\objdata', at + 8)
  ) {
    count++;
    const next = source.indexOf('\\objdata', at + 8);
    const body = source.slice(at + 8, next === -1 ? source.length : next);
    const object = Buffer.from(groupBody(body).replace(NOISE, '').replace(HEX, ''), 'hex');
    const className = classOf(object);
    exam.sign('macro', `embedded object ${className}`.trim());
    exam.countUnpacked(object.length);
    yield objectFile(object, className === '' ? `object ${count}` : className);
  }
}

/** Up to the brace that ends the group of the object. */
function groupBody(source: string): string {
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    const code = source.charCodeAt(i);
    if (code === 0x7b) depth++;
    else if (code === 0x7d && depth-- === 0) return source.slice(0, i);
  }
  return source;
}

/** OLE 1.0 (MS-OLEDS 2.2.5): version, format, then the class name with its length. */
function classOf(object: Uint8Array): string {
  const length = object[8] ?? 0;
  const name = latin1(object, 12, 12 + length).replace(/\0.*$/s, '');
  return length > 0 && length < 64 && /^[\x20-\x7e]+$/.test(name) ? name : '';
}

function objectFile(object: Uint8Array, name: string): Member {
  const compound = compoundOffset(object);
  if (compound !== -1) {
    const bytes = object.subarray(compound);
    return { name, bytes, size: bytes.length, isWhole: true };
  }
  // A package holds its file behind a header whose length depends on the name of its class.
  for (let at = 12; at < Math.min(object.length, 128); at++)
    if (hasAt(object, at, '\x02\0') && at >= 4) {
      const file = nativeFile(object.subarray(at - 4));
      if (file !== undefined && file.isWhole && file.bytes.length > 0) return file;
    }
  return { name, bytes: object, size: object.length, isWhole: true };
}
