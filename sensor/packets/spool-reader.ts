/**
 * Packets of alerts out of the spool, also while a sensor writes it. Nothing of it is remembered: the indexes of a full
 * spool are a few megabytes, and files come and go.
 */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  interfaceBlock,
  packetBlocks,
  readPackets,
  sectionHeader,
  type BlockPacket,
} from './pcapng-blocks.ts';
import {
  alertComment,
  flowOfAlert,
  knowsFlow,
  readIndex,
  type IndexedAlert,
  type SpoolIndex,
} from './spool-index.ts';
import { INDEX, PCAPNG, oldestKeptUsec, spoolFiles, spoolSize } from './spool-names.ts';
import type { PacketInterface } from './types.ts';

/** Which alert's packets are asked for. */
export interface AlertKey {
  readonly alertId: string;
  readonly flowId: number;
  readonly communityId: string;
  readonly tsUsec: number;
}

/** Packets of one flow that are kept. */
export interface KeptFlow {
  /** Run of the sensor and number of the flow in it. */
  readonly key: string;
  readonly files: readonly { readonly path: string; readonly index: SpoolIndex }[];
  readonly alerts: readonly IndexedAlert[];
  readonly packets: number;
  /** Of the blocks in the files. */
  readonly bytes: number;
  readonly firstUsec: number;
  readonly lastUsec: number;
}

/** A packet of the spool, oldest first, with what it came from. */
export interface KeptPacket extends BlockPacket {
  readonly from: PacketInterface;
  readonly snaplen: number;
}

interface IndexFile {
  readonly path: string;
  readonly run: string;
  readonly bytes: Buffer;
}

/**
 * The flow of an alert; undefined when none of its packets are there. Where a capture was read more than once it is
 * the latest time. Files older than `maxDays` are none, whether somebody deleted them or not. Rejects with what the file
 * system says.
 */
export async function findKept(
  folder: string,
  alert: AlertKey,
  maxDays: number,
): Promise<KeptFlow | undefined> {
  const indexes = await readIndexes(folder, maxDays);
  let run: string | undefined;
  let flowId = alert.flowId;
  for (const index of indexes) {
    const own = flowOfAlert(index.bytes, alert.alertId);
    if (own === undefined) continue;
    run = index.run;
    flowId = own;
  }
  // An alert that was one too many in its second may be on a flow that others were on, too.
  run ??= indexes.findLast(({ bytes }) => isAround(bytes, alert))?.run;
  if (run === undefined) return undefined;
  const files = indexes
    .filter((index) => index.run === run)
    .map(({ path, bytes }) => ({ path, index: readIndex(bytes.toString('latin1'), flowId) }))
    .filter(({ index }) => index.alerts.length > 0 || index.stretches.length > 0);
  const stretches = files.flatMap(({ index }) => index.stretches);
  if (stretches.length === 0) return undefined;
  return {
    key: `${run} ${flowId}`,
    files,
    alerts: files.flatMap(({ index }) => index.alerts),
    packets: stretches.reduce((sum, { packets }) => sum + packets, 0),
    bytes: stretches.reduce((sum, { length }) => sum + length, 0),
    firstUsec: Math.min(...stretches.map(({ firstUsec }) => firstUsec)),
    lastUsec: Math.max(...stretches.map(({ lastUsec }) => lastUsec)),
  };
}

/** All packets of a flow. Those of a file that was deleted meanwhile are passed over. */
export async function* readKept(flow: KeptFlow): AsyncGenerator<KeptPacket> {
  for (const { path, index } of flow.files) {
    const file = await open(path + PCAPNG).catch(ifThere);
    if (file === undefined) continue;
    try {
      const { size } = await file.stat();
      for (const { offset, length } of index.stretches) {
        // What a damaged index says is no reason to take memory.
        if (!(offset + length <= size)) continue;
        const bytes = Buffer.alloc(length);
        const { bytesRead } = await file.read(bytes, 0, length, offset);
        for (const packet of readPackets(bytes.subarray(0, bytesRead))) {
          const source = index.interfaces[packet.interfaceId];
          if (source === undefined) continue;
          yield { ...packet, from: source.interface, snaplen: source.snaplen };
        }
      }
    } finally {
      await file.close();
    }
  }
}

/** Flows as one pcapng file, one behind the other; every alert of theirs is named on its packet. */
export async function* writeKept(
  flows: readonly KeptFlow[],
  program: string,
): AsyncGenerator<Uint8Array> {
  yield sectionHeader(program);
  const numbers = new Map<string, number>();
  for (const flow of new Map(flows.map((kept) => [kept.key, kept])).values()) {
    const unnamed = flow.alerts.filter(({ isNamed }) => !isNamed);
    const said = new Set<string>();
    for await (const packet of readKept(flow)) {
      const { from, snaplen, tsUsec } = packet;
      const source = `${from.linkType} ${snaplen} ${from.name}`;
      let interfaceId = numbers.get(source);
      if (interfaceId === undefined) {
        interfaceId = numbers.size;
        numbers.set(source, interfaceId);
        yield interfaceBlock(from, snaplen);
      }
      const comments = new Set(packet.comments);
      for (const alert of unnamed) {
        if (alert.tsUsec === tsUsec) comments.add(alertComment(alert));
      }
      const fresh = [...comments].filter((comment) => !said.has(comment));
      for (const comment of fresh) said.add(comment);
      yield packetBlocks([{ ...packet, interfaceId, comments: fresh }]);
    }
  }
}

async function readIndexes(folder: string, maxDays: number): Promise<IndexFile[]> {
  const oldestUsec = oldestKeptUsec(maxDays);
  const files: IndexFile[] = [];
  for (const name of spoolFiles(folder)) {
    const { stem, run } = name;
    if ((spoolSize(folder, name)?.usec ?? 0) < oldestUsec) continue;
    const path = join(folder, stem);
    const bytes = await readFile(path + INDEX).catch(ifThere);
    if (bytes !== undefined) files.push({ path, run, bytes });
  }
  return files;
}

/** Are packets of the alert's flow there, from about its time? Numbers of flows are those of one run only. */
function isAround(bytes: Buffer, { flowId, communityId, tsUsec }: AlertKey): boolean {
  if (flowId < 1 || communityId === '' || !knowsFlow(bytes, flowId, communityId)) return false;
  const { stretches } = readIndex(bytes.toString('latin1'), flowId);
  return stretches.some(({ firstUsec, lastUsec }) => firstUsec <= tsUsec && tsUsec <= lastUsec);
}

/** A file that was deleted between two looks is none. */
function ifThere(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
