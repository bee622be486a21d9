/**
 * Files over a SOCKS5 proxy through the whole pipeline, as `read` does it without sinks: reassembly, both hashes, type,
 * and all rules on what is kept of a file. One client sends to the proxy; each file is offered before in a stream of
 * its own. MB/s are those of the capture file, of which payload is 95 %, start-up included; beside it the steady rate,
 * as `read` counts it: from the first packet to the last record.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { START_USEC, tcpConversation, writePcap, type TimedPacket } from '../support/packets.ts';
import type { BenchRow } from './main.ts';

const ROUNDS = 3;
const SEGMENT_BYTES = 1448;
const PCAP_HEADER = 24;
const MEBIBYTE = 1024 * 1024;
const ALICE = 'alice@corp.example/pc';
const BOB = 'bob@partner.example/phone';
const main = fileURLToPath(new URL('../../sensor/main.js', import.meta.url));

/** `total` bytes in files of `each`. */
interface Load {
  readonly name: string;
  readonly each: number;
  readonly total: number;
  readonly content: (bytes: number) => Buffer;
}

const LOADS: readonly Load[] = [
  { name: 'one file of noise', each: 256 * MEBIBYTE, total: 256 * MEBIBYTE, content: noise },
  { name: 'files of 8 MiB, noise', each: 8 * MEBIBYTE, total: 256 * MEBIBYTE, content: noise },
  { name: 'files of 8 MiB, log lines', each: 8 * MEBIBYTE, total: 256 * MEBIBYTE, content: lines },
  { name: 'files of 64 KiB, log lines', each: MEBIBYTE / 16, total: 64 * MEBIBYTE, content: lines },
];

export function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-bench-'));
  const path = join(folder, 'transfer.pcap');
  try {
    return Promise.resolve(
      LOADS.map((load) => {
        const packets = writeCapture(path, load);
        const runs = Array.from({ length: ROUNDS }, () => read(path));
        const best = Math.min(...runs.map(({ seconds }) => seconds));
        const steady = Math.min(...runs.map(({ steadySeconds }) => steadySeconds));
        const files = load.total / load.each;
        const megabytes = statSync(path).size / 1e6;
        return {
          name: load.name,
          mbPerSec: megabytes / best,
          packetsPerSec: packets / best,
          note: `${files} files; steady ${Math.round(megabytes / steady)} MB/s, ${((steady / files) * 1e3).toFixed(2)} ms a file`,
        };
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Run {
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** As the program counts them: start-up is over. */
  readonly steadySeconds: number;
}

function read(path: string): Run {
  const start = process.hrtime.bigint();
  const args = [main, 'read', path, '--db', 'none', '--eve', 'none'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const told = /^([\d.]+) s, [\d.]+ MB\/s$/m.exec(stdout + stderr);
  if (told === null) throw new Error('read did not say how long it took');
  return { seconds, steadySeconds: Number(told[1]) };
}

/** File by file, so that a large capture never stands in memory. Returns the number of packets. */
function writeCapture(path: string, load: Load): number {
  const file = openSync(path, 'w');
  const content = load.content(Math.min(load.each, 8 * MEBIBYTE));
  let packets = 0;
  const write = (some: readonly TimedPacket[]): void => {
    const bytes = writePcap(some);
    writeSync(file, packets === 0 ? bytes : bytes.subarray(PCAP_HEADER));
    packets += some.length;
  };
  for (let i = 0; i < load.total / load.each; i++) {
    write(offer(i, load.each));
    write(transfer(i, content, load.each / content.length));
  }
  closeSync(file);
  return packets;
}

function offer(i: number, bytes: number): TimedPacket[] {
  const open = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'`;
  return tcpConversation(
    [
      ['C', `${open} to='corp.example'>`],
      ['S', `${open} from='corp.example' id='s${i}'>`],
      [
        'C',
        `<iq type='set' id='o' from='${ALICE}' to='${BOB}'><si xmlns='http://jabber.org/protocol/si' id='f${i}' profile='http://jabber.org/protocol/si/profile/file-transfer'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='file-${i}.bin' size='${bytes}'/></si></iq>` +
          `<iq type='set' id='q' from='${ALICE}' to='${BOB}'><query xmlns='http://jabber.org/protocol/bytestreams' sid='f${i}'><streamhost jid='proxy.corp.example' host='198.51.100.5' port='7777'/></query></iq>`,
      ],
    ],
    { ...times(i), clientPort: 20_000 + (i % 20_000), segmentSize: SEGMENT_BYTES },
  );
}

/** One after the other. */
function times(i: number): { startUsec: number; stepUsec: number } {
  return { startUsec: START_USEC + i * 1e6, stepUsec: 10 };
}

function transfer(i: number, content: Buffer, repeats: number): TimedPacket[] {
  const name = createHash('sha1').update(`f${i}${ALICE}${BOB}`).digest('hex');
  const asked = Buffer.concat([Buffer.from([5, 1, 0, 3, 40]), Buffer.from(`${name}\0\0`)]);
  const granted = Buffer.concat([Buffer.from([5, 0, 0, 3, 40]), Buffer.from(`${name}\0\0`)]);
  return tcpConversation(
    [
      ['C', Buffer.from([5, 1, 0])],
      ['S', Buffer.from([5, 0])],
      ['C', asked],
      ['S', granted],
      ...Array.from({ length: repeats }, () => ['C', content] as const),
    ],
    {
      ...times(i),
      clientPort: 40_000 + (i % 20_000),
      serverPort: 7777,
      segmentSize: SEGMENT_BYTES,
    },
  );
}

function noise(bytes: number): Buffer {
  return randomBytes(bytes);
}

/** Text as files have it: no line like another. */
function lines(bytes: number): Buffer {
  const out = Buffer.alloc(bytes);
  for (let at = 0, i = 0; at < bytes; i++) {
    const line = `2026-11-21 ${10 + (i % 14)}:${10 + (i % 50)} host${i % 97} app[${i}]: request ${i * 7919} took ${i % 313} ms, user ${i % 1009} from 10.${i % 250}.${i % 199}.4\n`;
    at += out.write(line, at);
  }
  return out;
}
