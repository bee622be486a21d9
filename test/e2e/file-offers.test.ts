/**
 * Uploads of real clients to Prosody and ejabberd (data/own/10): every file is told once, with who put it there and who
 * was given its URL; what was refused or never there leaves nothing.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { FileRecord } from '../../sensor/alert/index.ts';
import { packetTime } from '../../sensor/core/index.ts';
import { DATA, hasData } from '../support/capture-flows.ts';
import { readSegments, resegment, type CapturedSegment } from '../support/captured-tcp.ts';
import { LINK } from '../support/packets.ts';
import { replayPackets, type Replay } from '../support/replay.ts';

const NAME = 'own/10_http_upload';
const UPLOAD_PORT = 5280;
const ORIGIN = { interfaceName: 'm0', fileName: '' };
const [SHARED_FOREIGN, SHARED_INSIDE] = [1560771, 1560772];

interface Upload {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly get_url: string;
  readonly from: string;
  readonly to: string;
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

function shares({ alerts }: Replay, sid: number): number {
  return alerts.filter(({ alert }) => alert.sid === sid).length;
}

describe('uploads of real clients', { skip: !hasData }, () => {
  const truth = (): Upload[] => {
    const text = gunzipSync(readFileSync(join(DATA, `${NAME}.json.gz`))).toString();
    return (JSON.parse(text) as { readonly files: Upload[] }).files;
  };

  for (const size of [7, 1460]) {
    it(`are told once, with their owners and those they were shared with, in segments of ${size}`, async () => {
      const segments = await readSegments(join(DATA, `${NAME}.pcap.gz`));
      const heard = await play(segments.flatMap((segment) => resegment(segment, size)));
      const told = filesOf(heard).map(({ name, seenBytes, sha256, from, to, isComplete }) => ({
        ...{ name, seenBytes, sha256, from, to, isComplete },
      }));
      const wanted = truth().map(({ name, size: seenBytes, sha256, from, to }) => ({
        ...{ name, seenBytes, sha256, from, to, isComplete: true },
      }));
      assert.deepEqual(told, wanted);
      // Two people at each of two servers; nobody of another domain.
      assert.deepEqual([shares(heard, SHARED_INSIDE), shares(heard, SHARED_FOREIGN)], [2, 0]);
    });
  }

  it('are known by their downloads where the uploads were not captured', async () => {
    const segments = await readSegments(join(DATA, `${NAME}.pcap.gz`));
    // What goes to the servers is missing from the first byte of a body on: large segments to the upload port.
    const isUpload = ({ dstPort, payloadLength }: CapturedSegment): boolean =>
      dstPort === UPLOAD_PORT && payloadLength > 1000;
    const heard = await play(segments.filter((segment) => !isUpload(segment)));
    const whole = new Set(filesOf(heard).flatMap(({ sha256 }) => (sha256 === '' ? [] : [sha256])));
    for (const { name, sha256 } of truth()) assert.ok(whole.has(sha256), name);
    for (const file of filesOf(heard)) assert.equal(file.isComplete, file.sha256 !== '');
  });

  it('say nothing without the stanzas that tell of them', async () => {
    const segments = await readSegments(join(DATA, `${NAME}.pcap.gz`));
    const heard = await play(
      segments.filter(({ srcPort, dstPort }) => srcPort === UPLOAD_PORT || dstPort === UPLOAD_PORT),
    );
    assert.deepEqual(filesOf(heard), []);
  });
});
