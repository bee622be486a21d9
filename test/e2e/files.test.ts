/**
 * Real file transfers through the whole pipeline (fixtures/pcap/files: Prosody, ejabberd, slixmpp, curl), against what
 * was sent: every file once, with its hashes, whatever the segments; sensitive ones alerted on, others not; and with
 * packets missing never taken for whole.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { FileRecord } from '../../sensor/alert/index.ts';
import { packetTime } from '../../sensor/core/index.ts';
import { readSegments, resegment, type CapturedSegment } from '../support/captured-tcp.ts';
import { LINK } from '../support/packets.ts';
import { replayPackets, type Replay } from '../support/replay.ts';

const FOLDER = join(process.cwd(), 'fixtures', 'pcap', 'files');
const PROXY_PORT = 7777;
const UPLOAD_PORT = 5280;
const ORIGIN = { interfaceName: 'm0', fileName: '' };

interface Truth {
  readonly server: string;
  readonly road: string;
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly mime: string;
  readonly size: number;
  readonly sha256: string;
  readonly md5: string;
  readonly isSensitive: boolean;
}

/** Detection of what was found in a file, by capture. */
const DETECTION: Readonly<Record<string, string>> = {
  proxy: 'dlp-s5b-content',
  direct: 'dlp-s5b-content',
  ibb: 'dlp-ibb-content',
  upload: 'dlp-upload-url',
};
/** Events of content found in a file; other rules of those detections look at offers and links. */
const CONTENT_SIDS = new Set([1560800, 1560801, 1560802]);

function truthOf(name: string): Truth[] {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Truth[];
}

function segmentsOf(name: string): Promise<CapturedSegment[]> {
  return readSegments(join(FOLDER, `${name}.pcap.gz`));
}

function play(segments: readonly CapturedSegment[]): Promise<Replay> {
  return replayPackets((packets) => {
    segments.forEach(({ bytes, tsUsec }, i) => {
      const { length } = bytes;
      packets.packet(bytes, 0, length, length, packetTime(tsUsec), LINK.ethernet, ORIGIN, i + 1);
    });
  });
}

function filesOf({ records }: Replay): FileRecord[] {
  return records.flatMap((each) => (each.kind === 'file' ? [each.record] : []));
}

/** Alerts on the content of files, as the names of the files. */
function leaks({ alerts }: Replay, detection: string): string[] {
  return alerts
    .filter((alert) => alert.detection === detection && CONTENT_SIDS.has(alert.alert.sid))
    .map((alert) => String(alert.alert.context['file_name']))
    .sort();
}

/** What of a record the sender knows. */
function told(file: FileRecord): Partial<Truth> {
  const { from, to, name, announcedBytes, announcedMime, sha256, md5 } = file;
  return { from, to, name, mime: announcedMime, size: announcedBytes, sha256, md5 };
}

function expectAll(name: string, heard: Replay, label: string): void {
  const truth = truthOf(name);
  const byName = (a: { name?: string }, b: { name?: string }): number =>
    (a.name ?? '').localeCompare(b.name ?? '');
  const wanted = truth.map(({ from, to, name: fileName, mime, size, sha256, md5 }) => ({
    ...{ from, to, name: fileName, mime, size, sha256, md5 },
  }));
  const files = filesOf(heard);
  assert.deepEqual(files.map(told).sort(byName), wanted.sort(byName), label);
  for (const file of files) {
    assert.ok(file.isComplete && file.lack === '' && file.gapBytes === 0, label);
    assert.equal(file.seenBytes, file.announcedBytes, label);
    // Bytes without meaning are of no type anybody here can open.
    const isNoise = file.name.startsWith('noise-');
    assert.equal(file.inspected, isNoise ? 'partly' : 'whole', label);
    assert.equal(file.unseen, isNoise ? 'unknown type' : '', label);
  }
  const sensitive = truth.filter(({ isSensitive }) => isSensitive).map((each) => each.name);
  assert.deepEqual(leaks(heard, DETECTION[name] ?? ''), sensitive.sort(), label);
}

describe('files sent by real clients through real servers', () => {
  for (const name of Object.keys(DETECTION)) {
    it(`${name}: each is told once, with its hashes, as captured`, async () => {
      expectAll(name, await play(await segmentsOf(name)), 'as captured');
    });

    it(`${name}: and in segments of any size`, async () => {
      const segments = await segmentsOf(name);
      for (const size of [1, 7, 100, 1460]) {
        const cut = segments.flatMap((segment) => resegment(segment, size));
        expectAll(name, await play(cut), `segments of ${size}`);
      }
    });
  }
});

/** Leaves out one of `every` data segments, the same ones every time. */
function drop(
  segments: readonly CapturedSegment[],
  every: number,
  isData: (s: CapturedSegment) => boolean,
): CapturedSegment[] {
  let count = 0;
  return segments
    .flatMap((segment) => resegment(segment, 536))
    .filter((segment) => !isData(segment) || ++count % every !== 0);
}

/** Bytes of a file: more than a stanza or an opening has. */
function isLarge(segment: CapturedSegment): boolean {
  return segment.payloadLength === 536;
}

describe('files of which packets are missing', () => {
  for (const name of Object.keys(DETECTION)) {
    it(`${name}: none is taken for whole, all are told`, async () => {
      const onFileRoad = ({ srcPort, dstPort }: CapturedSegment): boolean =>
        name === 'ibb' || (srcPort !== 5222 && dstPort !== 5222);
      const heard = await play(
        drop(
          await segmentsOf(name),
          // In-band, an offer that is lost leaves nothing to tell of.
          name === 'ibb' ? 11 : 7,
          (segment) => isLarge(segment) && onFileRoad(segment),
        ),
      );
      const files = filesOf(heard);
      const truth = truthOf(name);
      assert.ok(files.length >= truth.length, `${files.length} files`);
      for (const file of files) {
        assert.ok(!file.isComplete, file.name);
        assert.notEqual(file.lack, '');
        assert.equal(file.sha256, '');
        assert.notEqual(file.inspected, 'whole');
      }
    });
  }
});

describe('one direction alone', () => {
  it('of the connections to a proxy gives the files all the same', async () => {
    const segments = await segmentsOf('proxy');
    const toProxy = segments.filter(({ srcPort }) => srcPort !== PROXY_PORT);
    expectAll('proxy', await play(toProxy), 'sender to proxy');
    const fromProxy = segments.filter(({ dstPort }) => dstPort !== PROXY_PORT);
    expectAll('proxy', await play(fromProxy), 'proxy to receiver');
  });

  it('of an upload gives what was put', async () => {
    const segments = await segmentsOf('upload');
    const requests = segments.filter(({ srcPort }) => srcPort !== UPLOAD_PORT);
    expectAll('upload', await play(requests), 'requests');
  });
});
