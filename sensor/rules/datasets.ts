/**
 * Datasets: lists a rule asks about whole values. One value a line, `#` starts a comment line.
 *
 * - `domain`: the host of the value or any parent of it is listed
 * - `jid`: the full JID, the bare JID or the domain of the value is listed
 * - `url`: that URL is listed (scheme and fragment do not matter)
 * - `text`: the value itself is listed, byte for byte
 * - `string`: the same, lines are base64 as in Suricata's datasets
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { domainToASCII, domainToUnicode } from 'node:url';
import { errorText } from '../core/index.ts';
import { ByteSet } from './byte-set.ts';
import type { Place, ProblemList } from './problems.ts';
import type { Dataset, DatasetType } from './types.ts';
import { normalizeUrl } from './url.ts';

export const DATASET_TYPES: readonly DatasetType[] = ['string', 'text', 'domain', 'jid', 'url'];

const CHUNK_BYTES = 1 << 20;
const MAX_LINE_BYTES = 4096;
/** After so many bad lines it is not this kind of list. */
const MAX_BAD_LINES = 20;

const encoder = new TextEncoder();
const SLASH = 47;
const AT = 64;
/** Bytes that stand before a host or behind it: `/ : @ ? #`. */
const HOST_MARKS = new Uint8Array(256);
for (const byte of encoder.encode('/:@?#')) HOST_MARKS[byte] = 1;

/** A loaded list; see the file header for what each type compares. */
export class ListDataset implements Dataset {
  readonly name: string;
  readonly type: DatasetType;
  readonly #set: ByteSet;

  constructor(name: string, type: DatasetType) {
    this.name = name;
    this.type = type;
    this.#set = new ByteSet(type === 'domain' || type === 'jid');
  }

  get size(): number {
    return this.#set.size;
  }

  /** Add one line of a list; false when it is no value of this type. */
  add(line: string): boolean {
    const keys = datasetKeys(this.type, line);
    for (const key of keys) this.#set.add(key);
    return keys.length > 0;
  }

  has(value: string): boolean {
    const bytes = encoder.encode(value);
    return this.hasBytes(bytes, 0, bytes.length);
  }

  hasBytes(memory: Uint8Array, start: number, end: number): boolean {
    switch (this.type) {
      case 'domain': {
        if (isPlainHost(memory, start, end)) return this.#set.hasDomain(memory, start, end);
        const from = hostStart(memory, start, end);
        return this.#set.hasDomain(memory, from, hostEnd(memory, from, end));
      }
      case 'jid':
        return this.#hasJid(memory, start, end);
      case 'url': {
        const from = afterScheme(memory, start, end);
        return this.#set.has(memory, from, urlEnd(memory, from, end));
      }
      default:
        return this.#set.has(memory, start, end);
    }
  }

  /** The whole JID, the bare JID or the domain is listed. Memory is large: only the value is looked at. */
  #hasJid(memory: Uint8Array, start: number, end: number): boolean {
    let at = -1;
    let bareEnd = end;
    for (let i = start; i < end; i++) {
      const byte = memory[i] as number;
      if (byte === AT && at < 0) at = i;
      else if (byte === SLASH) {
        bareEnd = i;
        break;
      }
    }
    if (this.#set.has(memory, start, bareEnd)) return true;
    if (bareEnd < end && this.#set.has(memory, start, end)) return true;
    return at >= 0 && this.#set.has(memory, at + 1, bareEnd);
  }
}

/** What a line puts into the set: the value in every form the traffic may show it in. */
function datasetKeys(type: DatasetType, line: string): Uint8Array[] {
  switch (type) {
    case 'domain':
      return domainForms(line.startsWith('*.') ? line.slice(2) : line).map(encode);
    case 'jid': {
      const slash = line.indexOf('/');
      const bare = slash < 0 ? line : line.slice(0, slash);
      const at = bare.indexOf('@');
      if (at === 0 || line.includes(' ')) return [];
      return domainForms(bare.slice(at + 1)).map((domain) =>
        encode(bare.slice(0, at + 1).toLowerCase() + domain + line.slice(bare.length)),
      );
    }
    case 'url': {
      const normal = normalizeUrl(line);
      if (normal === undefined) return [];
      return [...new Set([normal.url, normal.unicodeUrl])].map((url) => {
        const bytes = encode(url);
        const from = afterScheme(bytes, 0, bytes.length);
        return bytes.subarray(from, urlEnd(bytes, from, bytes.length));
      });
    }
    case 'string': {
      const bytes = Buffer.from(line, 'base64');
      return bytes.length > 0 && bytes.toString('base64') === line ? [bytes] : [];
    }
    case 'text':
      return [encode(line)];
  }
}

function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A host name in ASCII and in Unicode; nothing when it is none. */
function domainForms(text: string): string[] {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(name) && !name.includes('xn--')) return [name];
  if (/[\s/@?#:]/.test(name)) return [];
  const ascii = domainToASCII(name);
  if (ascii === '') return [];
  const unicode = domainToUnicode(ascii);
  return unicode === '' || unicode === ascii ? [ascii] : [ascii, unicode];
}

/** Behind `scheme://`, if there is one before any path. */
function afterScheme(memory: Uint8Array, start: number, end: number): number {
  for (let i = start; i + 2 < end; i++) {
    const byte = memory[i] as number;
    if (byte === SLASH) return start;
    if (byte === 58) return memory[i + 1] === SLASH && memory[i + 2] === SLASH ? i + 3 : start;
  }
  return start;
}

/** Is the whole value a host, as where the domain of a JID is asked about? */
function isPlainHost(memory: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (HOST_MARKS[memory[i] as number] === 1) return false;
  return end > start && memory[end - 1] !== 46;
}

/** Start of the host in a URL, a JID or a plain host name. */
function hostStart(memory: Uint8Array, start: number, end: number): number {
  let from = afterScheme(memory, start, end);
  for (let i = from; i < end && !isPathStart(memory[i] as number); i++) {
    if (memory[i] === 64) from = i + 1;
  }
  return from;
}

/** End of the host that starts at `from`: before port, path, query, and a last dot. */
function hostEnd(memory: Uint8Array, from: number, end: number): number {
  let to = from;
  while (to < end && !isPathStart(memory[to] as number) && memory[to] !== 58) to++;
  return to > from && memory[to - 1] === 46 ? to - 1 : to;
}

function isPathStart(byte: number): boolean {
  return byte === SLASH || byte === 63 || byte === 35;
}

/** End of a URL without fragment and without slashes at its end. */
function urlEnd(memory: Uint8Array, from: number, end: number): number {
  let to = from;
  while (to < end && memory[to] !== 35) to++;
  while (to > from && memory[to - 1] === SLASH) to--;
  return to;
}

/** Loads each dataset once, however many rules name it. */
export class DatasetStore {
  readonly #maxLines: number;
  readonly #problems: ProblemList;
  readonly #datasets = new Map<string, ListDataset>();
  /** Names whose file could not be used: said once, then every rule is refused for it. */
  readonly #failed = new Map<string, string>();

  constructor(maxLines: number, problems: ProblemList) {
    this.#maxLines = maxLines;
    this.#problems = problems;
  }

  get all(): ReadonlyMap<string, Dataset> {
    return this.#datasets;
  }

  /** Type of a dataset that is already loaded. */
  typeOf(name: string): DatasetType | undefined {
    return this.#datasets.get(name)?.type;
  }

  /** Why a dataset cannot be used, or undefined when it is loaded now. */
  load(name: string, type: DatasetType, path: string): string | undefined {
    if (this.#datasets.has(name)) return undefined;
    const failed = this.#failed.get(name);
    if (failed !== undefined) return failed;
    const dataset = new ListDataset(name, type);
    const failure = this.#readFile(dataset, path);
    if (failure === undefined) this.#datasets.set(name, dataset);
    else this.#failed.set(name, failure);
    return failure;
  }

  #readFile(dataset: ListDataset, path: string): string | undefined {
    let handle: number;
    try {
      handle = openSync(path, 'r');
    } catch (error) {
      return `dataset ${dataset.name} cannot be read: ${errorText(error)}`;
    }
    try {
      return this.#readLines(dataset, path, handle);
    } catch (error) {
      return `dataset ${dataset.name} cannot be read: ${errorText(error)}`;
    } finally {
      closeSync(handle);
    }
  }

  /** In chunks: a list of ten million lines must fail at its limit, not in memory. */
  #readLines(dataset: ListDataset, path: string, handle: number): string | undefined {
    const chunk = Buffer.alloc(CHUNK_BYTES + MAX_LINE_BYTES);
    let kept = 0;
    let line = 0;
    let values = 0;
    let bad = 0;
    while (true) {
      const read = readSync(handle, chunk, kept, CHUNK_BYTES, null);
      const end = kept + read;
      let from = 0;
      while (from < end) {
        const newline = chunk.subarray(0, end).indexOf(10, from);
        if (newline < 0 && read > 0 && end - from <= MAX_LINE_BYTES) break;
        const to = newline < 0 ? end : newline;
        line++;
        const isTooLong = to - from > MAX_LINE_BYTES;
        const text = chunk.toString('utf8', from, Math.min(to, from + MAX_LINE_BYTES)).trim();
        from = to + 1;
        if (text === '' || text.startsWith('#')) continue;
        if (++values > this.#maxLines) {
          return `dataset ${dataset.name} has more than ${this.#maxLines} values (limit rules.dataset_lines)`;
        }
        if (!isTooLong && dataset.add(text)) continue;
        this.#complain(dataset, { file: path, line, column: 1 });
        if (++bad >= MAX_BAD_LINES)
          return `dataset ${dataset.name} is no list of type ${dataset.type}`;
      }
      kept = Math.max(0, end - from);
      chunk.copyWithin(0, from, end);
      if (read === 0) break;
    }
    return bad > 0 ? `dataset ${dataset.name} has ${bad} bad lines` : undefined;
  }

  #complain(dataset: ListDataset, place: Place): void {
    const hints: Readonly<Record<DatasetType, string>> = {
      string: 'type string holds base64, as in Suricata; type text takes plain lines',
      text: 'one value a line',
      domain: 'one host name a line, for example evil.example',
      jid: 'one JID a line, for example spammer@evil.example',
      url: 'one URL a line, for example http://evil.example/page',
    };
    this.#problems.add(
      'error',
      place,
      `Not a value of type ${dataset.type} (dataset ${dataset.name})`,
      hints[dataset.type],
    );
  }
}
