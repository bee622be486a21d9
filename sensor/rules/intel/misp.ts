/**
 * MISP: events and attribute lists as its export, its REST search and its feeds write them. Only
 * attributes that are meant for detection (`to_ids`) and not deleted are taken.
 */
import {
  IntelFormatError,
  isObject,
  listOf,
  textOf,
  type IntelItems,
  type IntelKind,
  type JsonObject,
} from './items.ts';

/** Attribute type -> kinds of the parts of its value, which `|` separates; undefined: not looked for. */
const TYPES: Readonly<Record<string, readonly (IntelKind | undefined)[]>> = {
  'jabber-id': ['jid'],
  domain: ['domain'],
  hostname: ['domain'],
  'domain|ip': ['domain', 'ip'],
  'hostname|port': ['domain', undefined],
  url: ['url'],
  uri: ['url'],
  'ip-src': ['ip'],
  'ip-dst': ['ip'],
  'ip-src|port': ['ip', undefined],
  'ip-dst|port': ['ip', undefined],
  md5: ['md5'],
  sha256: ['sha256'],
  'filename|md5': [undefined, 'md5'],
  'filename|sha256': [undefined, 'sha256'],
  'malware-sample': [undefined, 'md5'],
};

/** Objects in objects: an event holds objects, and an object attributes. */
const MAX_DEPTH = 6;

/** Is it what MISP writes? */
export function isMisp(json: unknown): boolean {
  const first = Array.isArray(json) ? (json as unknown[])[0] : json;
  return (
    isObject(first) && ['response', 'Event', 'Attribute'].some((key) => Object.hasOwn(first, key))
  );
}

/** Reads parsed JSON. Throws IntelFormatError when it holds no event and no attribute list. */
export function parseMisp(json: unknown, into: IntelItems): void {
  if (!isMisp(json)) {
    throw new IntelFormatError(
      'No MISP event and no attribute list in this file',
      'export events or attributes as MISP JSON',
    );
  }
  walk(json, '', 0, into);
}

function walk(value: unknown, place: string, depth: number, into: IntelItems): void {
  if (depth > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    value.forEach((entry: unknown, i) => {
      walk(entry, `${place}[${i}]`, depth + 1, into);
    });
    return;
  }
  if (!isObject(value)) return;
  const at = (key: string): string => (place === '' ? key : `${place}.${key}`);
  if (value['deleted'] === true) {
    into.skip('deleted');
    return;
  }
  listOf(value['Attribute']).forEach((attribute, i) => {
    if (isObject(attribute)) readAttribute(attribute, `${at('Attribute')}[${i}]`, into);
    else into.fail(`${at('Attribute')}[${i}]`, 'not an attribute');
  });
  for (const key of ['response', 'Event', 'Object']) {
    if (value[key] !== undefined) walk(value[key], at(key), depth + 1, into);
  }
}

function readAttribute(attribute: JsonObject, place: string, into: IntelItems): void {
  const type = textOf(attribute, 'type');
  const text = textOf(attribute, 'value');
  if (attribute['deleted'] === true || attribute['deleted'] === '1') {
    into.skip('deleted');
    return;
  }
  if (!isForDetection(attribute['to_ids'])) {
    into.skip('not meant for detection (to_ids)');
    return;
  }
  const kinds = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (kinds === undefined) {
    into.skip(
      type === '' ? 'attribute without a type' : `type ${type.slice(0, 64)}: no list holds it`,
    );
    return;
  }
  // `ip-dst|port` is written with a colon by some.
  const parts = text.split('|');
  kinds.forEach((kind, i) => {
    if (kind === undefined) return;
    const part = parts[i];
    if (part === undefined || part.trim() === '')
      into.fail(place, `value of type ${type} is incomplete`);
    else into.add(kind, part, place);
  });
}

/** A feed may leave the flag out; then everything in it is meant. */
function isForDetection(flag: unknown): boolean {
  return flag === undefined || flag === true || flag === '1' || flag === 1;
}
