/**
 * Packets of alerts on disk: a folder of pcapng files, each with an index beside it. A file is about 16 MiB long, then
 * the next begins; when the room is used up the oldest file goes, and so do files that are too old. Files of a sensor
 * that ran before count. Everything is the sensor's user's alone.
 *
 * Of a write that failed nothing is left in the file: pcapng is cut back to its last whole packet, the index is written
 * behind it. Nothing is written for some seconds then, and after that into a new file.
 */
import { join } from 'node:path';
import {
  COUNTER,
  errorText,
  log,
  monotonicMs,
  wallClockUsec,
  type CounterName,
  type Counters,
  type LimitValues,
} from '../core/index.ts';
import { workLater, workNow, type Work } from './disk.ts';
import { interfaceBlock, packetBlocks, sectionHeader, type BlockPacket } from './pcapng-blocks.ts';
import { alertLine, interfaceLine, stretchLine } from './spool-index.ts';
import {
  INDEX,
  PCAPNG,
  oldestKeptUsec,
  spoolFiles,
  spoolName,
  spoolSize,
  startText,
  type SpoolName,
} from './spool-names.ts';
import type { PacketAlert, PacketInterface } from './types.ts';

const RETRY_MS = 5000;
/** How often files are looked at for their age. */
const AGE_MS = 60_000;
/** So many files of the room, at least: the oldest one that goes is a small part. */
const FEWEST_FILES = 8;
const BLIND_HINT =
  "Give the folder to the sensor's user (chown -R) and start again, or set packets.keep: false";

export interface PacketSpoolOptions {
  /** `packets` in the data folder. */
  readonly folder: string;
  /** Room for all workers together (`packets.max_bytes`), and age in days at which files go. */
  readonly maxBytes: number;
  readonly maxDays: number;
  /** Which of how many workers this is; files of those that are no more belong to the one with their remainder. */
  readonly worker: number;
  readonly workers: number;
  /** Write while packets go on; otherwise at once. */
  readonly isLive: boolean;
  readonly program: string;
  readonly snaplen: number;
  /** In the order of their numbers; may grow. */
  readonly interfaces: readonly PacketInterface[];
  readonly counters: Counters;
  readonly limits: Pick<LimitValues, 'packetsPendingBytes' | 'packetsFileBytes'>;
  /** How long a disk that refused packets is not asked again (5000). */
  readonly retryMs?: number;
}

/** What is written in one piece: packets of one flow, and the alerts they are kept for. */
export interface SpoolEntry {
  readonly flowId: number;
  readonly communityId: string;
  /** Oldest first. Their bytes are copied before write() returns. */
  readonly packets: readonly BlockPacket[];
  readonly alerts: readonly PacketAlert[];
}

interface SpoolFile extends SpoolName {
  bytes: number;
  /** Of the last write, by the wall clock. */
  usec: number;
}

interface OpenFile {
  readonly name: SpoolFile;
  readonly packets: number;
  readonly index: number;
  packetBytes: number;
  indexBytes: number;
  /** Interfaces that are described in it. */
  interfaces: number;
}

/** An entry as blocks. */
interface Job {
  readonly entry: SpoolEntry;
  readonly blocks: Uint8Array;
}

export class PacketSpool {
  readonly #options: PacketSpoolOptions;
  readonly #room: number;
  readonly #fileBytes: number;
  readonly #start: string;
  /** Files of this worker, oldest first. */
  #files: SpoolFile[] = [];
  #open: OpenFile | undefined;
  #number = 0;
  #problem: string | undefined;
  #restsUntilMs = 0;
  #agedMs = monotonicMs();
  #waitingBytes = 0;
  #work: Promise<void> = Promise.resolve();
  readonly #isBlind: boolean;

  /** Counts what is there already. Where that may not be read nothing is kept, and `problem` says so from the start. */
  constructor(options: PacketSpoolOptions) {
    this.#options = options;
    const { maxBytes, workers, limits } = options;
    this.#room = Math.floor(maxBytes / workers);
    this.#fileBytes = Math.min(limits.packetsFileBytes, Math.floor(this.#room / FEWEST_FILES));
    this.#start = startText(wallClockUsec());
    const blind = this.#find();
    this.#isBlind = blind !== undefined;
    if (blind !== undefined) this.#complain(`${blind}. ${BLIND_HINT}`);
    this.#gauge();
  }

  /** What the disk complained about last; undefined when it took the latest packets. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Bytes that wait for the disk. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Keeps packets. False when they are not taken, which is counted. Never throws, waits for the disk only offline. */
  write(entry: SpoolEntry): boolean {
    if (this.#isBlind || monotonicMs() < this.#restsUntilMs) {
      this.#count('packetsDroppedDisk', entry.packets.length);
      return false;
    }
    const { isLive, limits } = this.#options;
    const size = entry.packets.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (size + this.#waitingBytes > limits.packetsPendingBytes) {
      this.#count('packetsDroppedQueue', entry.packets.length);
      return false;
    }
    const blocks = packetBlocks(entry.packets);
    const job: Job = { entry, blocks };
    if (isLive) this.#later(this.#store(job), blocks.length);
    else workNow(this.#store(job));
    return true;
  }

  /** Lets files go that are too old; now and then, also when nothing is kept. */
  sweep(): void {
    if (this.#isBlind || monotonicMs() - this.#agedMs < AGE_MS) return;
    this.#agedMs = monotonicMs();
    const work = this.#expire();
    if (this.#options.isLive) this.#later(work, 0);
    else workNow(work);
  }

  /** What waits is written, and the file closed. Never rejects. */
  flush(): Promise<void> {
    if (this.#options.isLive) this.#later(this.#close(), 0);
    else workNow(this.#close());
    return this.#work;
  }

  #later(work: Work, bytes: number): void {
    this.#waitingBytes += bytes;
    this.#work = this.#work
      .then(() => workLater(work))
      .then(() => {
        this.#waitingBytes -= bytes;
      });
  }

  /** Catches all failures: one write must not spoil those behind it. */
  *#store({ entry, blocks }: Job): Work {
    const count = entry.packets.length;
    if (monotonicMs() < this.#restsUntilMs) {
      this.#count('packetsDroppedDisk', count);
      return;
    }
    try {
      yield* this.#expire();
      const open = yield* this.#fileFor(blocks.length);
      if (open === undefined) {
        this.#count('packetsDroppedRoom', count);
        return;
      }
      yield* this.#append(open, entry, blocks);
      this.#problem = undefined;
      this.#count('packetsKept', count);
    } catch (error) {
      this.#count('packetsDroppedDisk', count);
      this.#complain(errorText(error));
      this.#restsUntilMs = monotonicMs() + (this.#options.retryMs ?? RETRY_MS);
      yield* this.#close();
    }
    this.#gauge();
  }

  *#append(open: OpenFile, entry: SpoolEntry, blocks: Uint8Array): Work {
    const { flowId, communityId, packets, alerts } = entry;
    const { interfaces, snaplen } = this.#options;
    const fresh = interfaces.slice(open.interfaces);
    const described = Buffer.concat(fresh.map((from) => interfaceBlock(from, snaplen)));
    const [first, last] = [packets[0], packets.at(-1)];
    let lines = fresh.map((from) => interfaceLine(from, snaplen)).join('');
    lines += alerts.map(alertLine).join('');
    if (first !== undefined && last !== undefined) {
      lines += stretchLine({
        ...{ flowId, communityId, packets: packets.length, length: blocks.length },
        offset: open.packetBytes + described.length,
        ...{ firstUsec: first.tsUsec, lastUsec: last.tsUsec },
      });
    }
    const bytes = Buffer.concat([described, blocks]);
    const text = Buffer.from(lines);
    const { packets: file, index, packetBytes, indexBytes } = open;
    try {
      yield { do: 'write', file, bytes, at: packetBytes };
      yield { do: 'write', file: index, bytes: text, at: indexBytes };
    } catch (error) {
      // Half a packet would make the file unreadable; cutting needs no room.
      yield { do: 'cut', file, length: packetBytes };
      yield { do: 'cut', file: index, length: indexBytes };
      throw error;
    }
    open.packetBytes += bytes.length;
    open.indexBytes += text.length;
    open.interfaces = interfaces.length;
    open.name.bytes = open.packetBytes + open.indexBytes;
    open.name.usec = wallClockUsec();
  }

  /** A file that takes so many bytes more; undefined when the room has no place for them at all. */
  *#fileFor(bytes: number): Work<OpenFile | undefined> {
    if (bytes > this.#room) return undefined;
    if (this.#open !== undefined && this.#open.packetBytes + bytes > this.#fileBytes) {
      yield* this.#close();
    }
    while (this.#used + bytes > this.#room) {
      const [oldest] = this.#files;
      if (oldest === undefined) break;
      if (oldest === this.#open?.name) yield* this.#close();
      yield* this.#remove(oldest);
    }
    this.#open ??= yield* this.#begin();
    return this.#open;
  }

  *#begin(): Work<OpenFile> {
    const { folder, worker, program } = this.#options;
    yield { do: 'folder', path: folder };
    const name = {
      ...spoolName(this.#start, worker, ++this.#number),
      bytes: 0,
      usec: wallClockUsec(),
    };
    const packets = yield { do: 'create', path: join(folder, name.stem + PCAPNG) };
    let index: number;
    try {
      index = yield { do: 'create', path: join(folder, name.stem + INDEX) };
    } catch (error) {
      yield { do: 'close', file: packets };
      throw error;
    }
    const open: OpenFile = {
      ...{ name, packets, index, packetBytes: 0, indexBytes: 0, interfaces: 0 },
    };
    this.#files.push(name);
    // What fails from here on closes it.
    this.#open = open;
    const header = sectionHeader(program);
    yield { do: 'write', file: packets, bytes: header, at: 0 };
    open.packetBytes = header.length;
    name.bytes = header.length;
    return open;
  }

  *#close(): Work {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    try {
      yield { do: 'close', file: open.packets };
      yield { do: 'close', file: open.index };
    } catch (error) {
      this.#complain(errorText(error));
    }
  }

  /** Packets first: an index without packets says that they were there. */
  *#remove(file: SpoolFile): Work {
    const path = join(this.#options.folder, file.stem);
    yield { do: 'remove', path: path + PCAPNG };
    yield { do: 'remove', path: path + INDEX };
    this.#files = this.#files.filter((other) => other !== file);
    this.#gauge();
  }

  *#expire(): Work {
    const oldestUsec = oldestKeptUsec(this.#options.maxDays);
    for (const file of [...this.#files]) {
      if (file.usec >= oldestUsec) return;
      if (file === this.#open?.name) yield* this.#close();
      yield* this.#remove(file);
    }
  }

  /** Files that were there before; why they cannot be read, if they cannot. */
  #find(): string | undefined {
    const { folder, worker, workers } = this.#options;
    try {
      for (const name of spoolFiles(folder)) {
        if (name.worker % workers !== worker % workers) continue;
        const size = spoolSize(folder, name);
        if (size !== undefined) this.#files.push({ ...name, ...size });
      }
      return undefined;
    } catch (error) {
      return errorText(error);
    }
  }

  get #used(): number {
    return this.#files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Not offline: what earlier runs left would make the same capture end in other counters. */
  #gauge(): void {
    if (!this.#options.isLive) return;
    this.#options.counters.values[COUNTER.packetSpoolBytes] = this.#used;
  }

  #complain(why: string): void {
    const problem = `Cannot keep packets in ${this.#options.folder}: ${why}`;
    if (this.#problem === undefined) log('error', 'packets', problem);
    this.#problem = problem;
  }

  #count(name: CounterName, by: number): void {
    this.#options.counters.add(name, by);
  }
}
