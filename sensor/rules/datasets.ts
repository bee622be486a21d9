/**
 * The lists of a rule set. Each is read once, however many rules name it: from the file the rule
 * names, from the operator's file of the same name, and, where rules fill it, from what the sensor
 * kept. Over a reload a list goes on when its files are as they were; one that rules fill in any case,
 * with what is new in its files.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorText } from '../core/index.ts';
import { readListFile } from './dataset-file.ts';
import { HashedSet } from './hashed-set.ts';
import { ListDataset } from './list-dataset.ts';
import type { ProblemList } from './problems.ts';
import type { Dataset, DatasetType } from './types.ts';

/** After so many bad lines it is not this kind of list. */
const MAX_BAD_LINES = 20;
const MAX_REPUTATION = 0xffff;
const COMMA = 0x2c;
/** Ending of the operator's list files. */
export const LIST_SUFFIX = '.txt';

const HINTS: Readonly<Record<DatasetType, string>> = {
  string: 'type string holds base64, as in Suricata; type text takes plain lines',
  text: 'one value a line',
  domain: 'one host name a line, for example evil.example',
  jid: 'one JID a line, for example spammer@evil.example',
  url: 'one URL a line, for example http://evil.example/page',
  rtbl: 'one SHA-256 a line, 64 hex digits, of a bare JID or of a domain',
  md5: 'one MD5 a line, 32 hex digits',
  sha256: 'one SHA-256 a line, 64 hex digits',
  ip: 'one address or block a line, for example 192.0.2.7 or 2001:db8::/32',
  ipv4: 'one IPv4 address or block a line, for example 192.0.2.7',
  ipv6: 'one address or block a line, for example 2001:db8::/32',
  hmac: 'stanzawatch intel import FILE --hashed --name NAME makes them',
};

/** What a rule says of a list. */
export interface DatasetRequest {
  readonly name: string;
  readonly type: DatasetType | undefined;
  /** Path of the file to read. */
  readonly load: string | undefined;
  /** Name below the folder of kept lists: read at the start, written later. */
  readonly save: string | undefined;
  /** Is `save` read as well (`state`)? */
  readonly isState: boolean;
  readonly exact: boolean | undefined;
  readonly memcapBytes: number | undefined;
  /** The rule adds or removes values. */
  readonly learns: boolean;
  /** Lines are `value,reputation`. */
  readonly hasReputation: boolean;
}

export interface DatasetLimits {
  readonly rulesDatasetLines: number;
  readonly rulesDatasetBytes: number;
  readonly rulesLearnedBytes: number;
}

export interface DatasetStoreOptions {
  readonly limits: DatasetLimits;
  readonly problems: ProblemList;
  /** Folder of the operator's lists, `NAME.txt` each. */
  readonly overlayDir?: string | undefined;
  /** Folder of lists the sensor keeps. */
  readonly stateDir?: string | undefined;
  /** Lists of the rule set before. */
  readonly previous?: ReadonlyMap<string, Dataset> | undefined;
  /** Values are expired by this time, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Key of lists of type `hmac`, asked where there are any; undefined: there is none. */
  readonly valueKey: () => Uint8Array | undefined;
}

/** A list of the store. */
type StoredList = ListDataset | HashedSet;

export class DatasetStore {
  readonly #options: DatasetStoreOptions;
  readonly #datasets = new Map<string, StoredList>();
  readonly #requests = new Map<string, DatasetRequest>();
  /** Names whose file could not be used: said once, then every rule is refused for it. */
  readonly #failed = new Map<string, string>();

  constructor(options: DatasetStoreOptions) {
    this.#options = options;
  }

  get all(): ReadonlyMap<string, Dataset> {
    return this.#datasets;
  }

  /** Lists to be kept, with the name of their file. */
  get saved(): ReadonlyMap<string, Dataset> {
    return new Map(
      [...this.#datasets].flatMap(([name, dataset]) => {
        const file = this.#requests.get(name)?.save;
        return file === undefined ? [] : [[file, dataset]];
      }),
    );
  }

  /** Type of a dataset that is already loaded. */
  typeOf(name: string): DatasetType | undefined {
    return this.#datasets.get(name)?.type;
  }

  /** Why a list cannot be used as the rule says, or undefined when it is ready. */
  open(request: DatasetRequest): string | undefined {
    const { name } = request;
    const known = this.#datasets.get(name);
    const failure =
      this.#failed.get(name) ??
      (known === undefined ? this.#load(request) : this.#conflict(request, known));
    if (failure !== undefined) return failure;
    const dataset = this.#datasets.get(name);
    if (request.learns && dataset instanceof ListDataset) this.#letLearn(dataset, request);
    return undefined;
  }

  #load(request: DatasetRequest): string | undefined {
    const { name, type } = request;
    if (type === undefined) return `dataset ${name} is not loaded and lacks type`;
    // Values of type hmac are an operator's own: no list of them comes with rules.
    const hasSource =
      type === 'hmac' || request.load !== undefined || request.save !== undefined || request.learns;
    if (!hasSource) return `dataset ${name} is not loaded and lacks load`;
    const failure = this.#read(request, type);
    if (failure !== undefined) this.#failed.set(name, failure);
    return failure;
  }

  #read(request: DatasetRequest, type: DatasetType): string | undefined {
    const { name, load, save } = request;
    const { overlayDir, stateDir, limits } = this.#options;
    const overlay = overlayDir && join(overlayDir, name + LIST_SUFFIX);
    const files = [load, overlay].filter(
      (path) => path !== undefined && (path !== overlay || existsSync(path)),
    ) as string[];
    const stamp = stampOf(request, type, files);
    const unchanged = this.#unchangedSince(name, stamp);
    if (unchanged !== undefined) {
      this.#datasets.set(name, unchanged);
      this.#requests.set(name, request);
      return undefined;
    }
    const kept = this.#learnedBefore(request, type);
    const maxBytes = request.memcapBytes ?? limits.rulesDatasetBytes;
    const dataset =
      kept ??
      (type === 'hmac'
        ? new HashedSet(name, { key: this.#options.valueKey, maxBytes })
        : new ListDataset(name, type, {
            exact: request.exact ?? false,
            hasReputation: request.hasReputation,
            maxBytes,
          }));
    for (const path of files) {
      const failure = new FileReader(dataset, path, this.#options).read();
      if (failure !== undefined) return failure;
    }
    const problem = dataset instanceof HashedSet ? dataset.finish() : undefined;
    if (problem !== undefined) return problem;
    if (kept === undefined && save !== undefined && request.isState && stateDir !== undefined) {
      for (const path of keptFiles(join(stateDir, save))) {
        new FileReader(dataset, path, this.#options).readKept();
      }
    }
    dataset.stamp = stamp;
    this.#datasets.set(name, dataset);
    this.#requests.set(name, request);
    return undefined;
  }

  /**
   * The list of the rule set before, when its files are as they were and nothing in it has expired: a
   * reload stands in the way of packets.
   */
  #unchangedSince(name: string, stamp: string | undefined): StoredList | undefined {
    const before = this.#options.previous?.get(name);
    const isSame =
      (before instanceof ListDataset || before instanceof HashedSet) &&
      stamp !== undefined &&
      before.stamp === stamp &&
      !before.isLearned &&
      before.expired === 0 &&
      this.#options.nowMs < before.expiresMs;
    return isSame ? before : undefined;
  }

  #learnedBefore(request: DatasetRequest, type: DatasetType): ListDataset | undefined {
    const before = this.#options.previous?.get(request.name);
    const isSame =
      before instanceof ListDataset &&
      before.isLearned &&
      before.type === type &&
      before.exact === (request.exact ?? false) &&
      before.hasReputation === request.hasReputation;
    return isSame ? before : undefined;
  }

  /** What one rule says of a list must fit what another said. */
  #conflict(request: DatasetRequest, known: StoredList): string | undefined {
    const { name, type, exact, save } = request;
    if (type !== undefined && type !== known.type) {
      return `dataset ${name} was loaded with type ${known.type} before`;
    }
    if (exact !== undefined && exact !== known.exact) {
      return `dataset ${name} was loaded with match ${known.exact ? 'exact' : 'subdomains'} before`;
    }
    if (request.hasReputation && !known.hasReputation) {
      return `dataset ${name} was loaded without reputations before`;
    }
    const first = this.#requests.get(name);
    if (save === undefined || first === undefined || save === first.save) return undefined;
    if (first.save !== undefined) return `dataset ${name} is kept in ${first.save} already`;
    return `dataset ${name} was loaded before without ${save}: name the file where it is first used`;
  }

  #letLearn(dataset: ListDataset, request: DatasetRequest): void {
    if (dataset.isLearned) return;
    dataset.isLearned = true;
    const { memcapBytes } = this.#requests.get(request.name) ?? request;
    const { rulesLearnedBytes } = this.#options.limits;
    dataset.maxBytes = memcapBytes ?? dataset.byteLength + rulesLearnedBytes;
  }
}

/** What a list was made of; undefined when a file cannot be told from another. */
function stampOf(
  { exact, hasReputation, memcapBytes, save }: DatasetRequest,
  type: DatasetType,
  files: readonly string[],
): string | undefined {
  if (save !== undefined) return undefined;
  const facts: (string | number | bigint | boolean)[] = [type];
  facts.push(exact ?? false, hasReputation, memcapBytes ?? 0);
  try {
    for (const file of files) {
      const { dev, ino, size, mtimeNs } = statSync(file, { bigint: true });
      facts.push(file, dev, ino, size, mtimeNs);
    }
  } catch {
    return undefined;
  }
  return facts.join(' ');
}

/** A kept list has one file for each capture worker: `NAME`, `NAME.1`, ... */
function keptFiles(path: string): string[] {
  const name = basename(path);
  let names: string[];
  try {
    names = readdirSync(dirname(path));
  } catch {
    return [];
  }
  return names
    .filter(
      (file) =>
        file === name ||
        (file.startsWith(`${name}.`) && /^\d{1,3}$/.test(file.slice(name.length + 1))),
    )
    .sort()
    .map((file) => join(dirname(path), file));
}

/** One file into one list. */
class FileReader {
  readonly #dataset: StoredList;
  readonly #path: string;
  readonly #options: DatasetStoreOptions;
  #isExpired = false;
  #expired = 0;
  #bad = 0;

  constructor(dataset: StoredList, path: string, options: DatasetStoreOptions) {
    this.#dataset = dataset;
    this.#path = path;
    this.#options = options;
  }

  /** Why the file cannot be used; undefined when all of it was. */
  read(): string | undefined {
    const { name, type } = this.#dataset;
    const failure = this.#readLines((line, problem) => {
      this.#problem('error', line, problem);
      return this.#bad < MAX_BAD_LINES;
    });
    if (failure !== undefined) return failure;
    if (this.#expired > 0) {
      const text = `${this.#expired} values of dataset ${name} have expired and are left out`;
      const hint = 'import the list anew, or take them out';
      this.#options.problems.add('warning', this.#place(0), text, hint);
    }
    if (this.#bad >= MAX_BAD_LINES) return `dataset ${name} is no list of type ${type}`;
    return this.#bad > 0 ? `dataset ${name} has ${this.#bad} bad lines` : undefined;
  }

  /** A file of the sensor's own: what is wrong with it must not keep the sensor from starting. */
  readKept(): void {
    const failure = this.#readLines((line, problem) => {
      if (this.#bad <= MAX_BAD_LINES) this.#problem('warning', line, problem);
      return true;
    });
    if (failure !== undefined) this.#options.problems.add('warning', this.#place(0), failure);
  }

  #readLines(onBadLine: (line: number, problem: string) => boolean): string | undefined {
    const { name, type } = this.#dataset;
    const { limits, nowMs } = this.#options;
    const { rulesDatasetLines } = limits;
    const refuse = (line: number, problem: string): boolean => {
      this.#bad++;
      return onBadLine(line, problem);
    };
    try {
      const isShort = readListFile(this.#path, rulesDatasetLines, {
        onValue: (memory, start, end, line) => {
          if (this.#isExpired) {
            this.#expired++;
            this.#dataset.expired++;
            return true;
          }
          if (this.#add(memory, start, end)) return true;
          if (this.#dataset.isFull) return false;
          return refuse(line, `Not a value of type ${type} (dataset ${name})`);
        },
        onBlock: (block) => {
          const expiresMs = block.expiresMs ?? Infinity;
          this.#isExpired = expiresMs <= nowMs;
          if (!this.#isExpired)
            this.#dataset.expiresMs = Math.min(this.#dataset.expiresMs, expiresMs);
        },
        onBadLine: refuse,
      });
      if (!isShort) {
        return `dataset ${name} has more than ${rulesDatasetLines} lines (limit rules.dataset_lines)`;
      }
    } catch (error) {
      return `dataset ${name} cannot be read: ${errorText(error)}`;
    }
    return this.#dataset.isFull
      ? `dataset ${name} needs more memory than it may take (memcap of the rule, limit rules.dataset_bytes)`
      : undefined;
  }

  #add(memory: Uint8Array, start: number, end: number): boolean {
    if (!(this.#dataset instanceof ListDataset) || !this.#dataset.hasReputation) {
      return this.#dataset.addBytes(memory, start, end);
    }
    const comma = memory.subarray(start, end).lastIndexOf(COMMA);
    const text = Buffer.from(memory.buffer, memory.byteOffset + start, end - start)
      .toString('latin1')
      .slice(comma + 1);
    const reputation = /^\s*\d{1,5}$/.test(text) ? Number(text) : MAX_REPUTATION + 1;
    if (comma < 0 || reputation > MAX_REPUTATION) return false;
    return this.#dataset.addBytes(memory, start, start + comma, reputation);
  }

  #problem(severity: 'error' | 'warning', line: number, text: string): void {
    this.#options.problems.add(severity, this.#place(line), text, HINTS[this.#dataset.type]);
  }

  #place(line: number): { file: string; line: number; column: number } {
    return { file: this.#path, line, column: line === 0 ? 0 : 1 };
  }
}
