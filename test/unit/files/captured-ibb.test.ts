import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { FinishedFile } from '../../../sensor/files/index.ts';
import { DATA, hasData } from '../../support/capture-flows.ts';
import { CapturedFiles } from '../../support/captured-files.ts';

const NAME = 'own/08_ibb_file_transfer';

/** A file as whoever sent it wrote it down. */
interface SentFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly md5: string;
  readonly sent_sha256: string;
  readonly sid: string;
  readonly si_offer: boolean;
  readonly from: string;
  readonly to: string;
  readonly complete: boolean;
  readonly bytes_sent: number;
}

describe('in-band transfers of real clients over real servers', { skip: !hasData }, () => {
  let capture: CapturedFiles;
  let sent: readonly SentFile[];

  before(async () => {
    capture = await CapturedFiles.read(`${NAME}.pcap.gz`);
    const truth = gunzipSync(readFileSync(join(DATA, `${NAME}.json.gz`))).toString();
    sent = (JSON.parse(truth) as { readonly files: readonly SentFile[] }).files;
  });

  /** What is told must be what was sent, or say that it is not all of it. Returns how many were whole. */
  function check(files: readonly FinishedFile[]): number {
    let whole = 0;
    for (const file of files) {
      const truth = sent.find(({ sid }) => sid === file.offer?.sid);
      assert.ok(truth !== undefined, file.offer?.sid);
      if (file.lack === '') {
        // With its offer lost, nothing tells that a file was closed half way.
        assert.ok(truth.complete || file.expectedBytes < 0, truth.name);
        assert.equal(file.sha256, truth.sent_sha256);
        assert.equal(file.seenBytes, truth.bytes_sent);
        assert.equal(file.md5 === truth.md5, truth.complete);
        assert.ok(file.isContentWhole);
        if (truth.complete) whole++;
      } else {
        assert.deepEqual([file.sha256, file.md5, file.isContentWhole], ['', '', false]);
      }
    }
    // Never twice.
    const told = files.map(({ offer }) => offer?.sid);
    assert.equal(new Set(told).size, told.length);
    return whole;
  }

  for (const pieceBytes of [1, 3, 100, 1460, Infinity]) {
    it(`are told as they were sent, in pieces of ${pieceBytes}`, () => {
      const files = capture.play({ pieceBytes });
      assert.equal(files.length, sent.length);
      assert.equal(check(files), sent.filter(({ complete }) => complete).length);
      for (const truth of sent) {
        const file = files.find(({ offer }) => offer?.sid === truth.sid);
        assert.deepEqual([file?.offer?.from, file?.offer?.to], [truth.from, truth.to]);
        assert.equal(file?.road, 'ibb');
        if (truth.si_offer) {
          assert.equal(file.offer?.name, truth.name);
          assert.equal(file.expectedBytes, truth.size);
        }
        if (!truth.complete) {
          assert.equal(file.lack, 'cut_off');
          assert.equal(file.seenBytes, truth.bytes_sent);
        }
      }
    });
  }

  it('are whole or said not to be, whatever packet is lost', () => {
    for (let lost = 5; lost < capture.packetCount; lost += 47) {
      check(capture.play({}, (packet) => packet === lost));
    }
  });

  it('and whatever burst is lost', () => {
    const completeFiles = sent.filter(({ complete }) => complete).length;
    let damaged = 0;
    for (let lost = 60; lost < capture.packetCount; lost += 61) {
      const whole = check(capture.play({}, (packet) => packet >= lost && packet < lost + 12));
      if (whole < completeFiles) damaged++;
    }
    // Both legs lose the same then.
    assert.ok(damaged >= 5);
  });
});
