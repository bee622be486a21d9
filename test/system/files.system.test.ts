/**
 * Files sent by real clients (slixmpp, curl) through real servers (Prosody, ejabberd) past a live sensor: through their
 * file proxies on port 7777, directly, in-band, by HTTP upload and download. Each file is told once, with the hashes of
 * what was sent, and what is in it alerted on; when packets never reach the sensor, none is taken for whole.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileLab, md5Of, sha256Of, type Transfer, type TransferRoad } from '../support/file-lab.ts';
import { LiveSensor, type EveFile, type StoredFile } from '../support/live-sensor.ts';
import { customers, noise, notes } from '../support/sample-files.ts';

/** What a sensor that follows files may take until all outputs have a record. */
const SETTLE_MS = 15_000;
/** Content found in a file, by road; other rules of these detections look at offers and links. */
const CONTENT: Readonly<Record<TransferRoad, readonly [sid: number, detection: string]>> = {
  ibb: [1560800, 'dlp-ibb-content'],
  'ibb-message': [1560800, 'dlp-ibb-content'],
  proxy: [1560801, 'dlp-s5b-content'],
  direct: [1560801, 'dlp-s5b-content'],
  upload: [1560802, 'dlp-upload-url'],
};
const CONTENT_SIDS = new Set(Object.values(CONTENT).map(([sid]) => sid));
const STORED_ROAD: Readonly<Record<TransferRoad, string>> = {
  ...{ ibb: 'ibb', 'ibb-message': 'ibb', proxy: 'socks5', direct: 'socks5', upload: 'http' },
};
const ROADS = Object.keys(CONTENT) as TransferRoad[];

describe('files between real clients', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-files-live-'));
  let files: FileLab;
  let sensor: LiveSensor;

  before(async () => {
    files = await FileLab.start();
    sensor = await LiveSensor.start({
      namespace: files.lab.sensor,
      device: files.lab.mirrorDevice,
      folder,
      // Whoever looks at every packet must not shed some because the machine is busy.
      args: ['--set', 'capture.dispatch_ms=1000'],
    });
  });

  after(async () => {
    sensor.kill();
    await files.stop();
    rmSync(folder, { recursive: true });
  });

  /** Sends a file; the rows that came of it, once both outputs have them. */
  async function storedOf(transfer: Transfer): Promise<StoredFile[]> {
    const rows = (): StoredFile[] =>
      sensor.storedFiles().filter(({ name }) => name === transfer.file.name);
    await files.transfer(transfer);
    await sensor.until(
      () => rows().length > 0 && toldOf(transfer.file.name).length > 0,
      SETTLE_MS,
      `${transfer.file.name} is stored and told`,
    );
    return rows();
  }

  function toldOf(name: string): EveFile['fileinfo'][] {
    return sensor
      .eveFiles()
      .map(({ fileinfo }) => fileinfo)
      .filter(({ filename }) => filename === name);
  }

  /** Detections raised on the content of a file. */
  function raisedOn(name: string): string[] {
    return sensor
      .eveAlerts('alert')
      .filter(({ alert }) => CONTENT_SIDS.has(alert.signature_id))
      .filter(({ alert }) => alert.context?.['file_name'] === name)
      .flatMap(({ alert }) => alert.metadata.detection);
  }

  for (const server of ['prosody', 'ejabberd'] as const) {
    for (const road of ROADS) {
      it(`${road} at ${server}: told once, with the hashes of what was sent`, async () => {
        const samples = [
          customers(`customers-${road}-${server}.txt`, 21),
          notes(`notes-${road}-${server}.txt`, 22, 400),
          noise(`noise-${road}-${server}.bin`, 23, road.startsWith('ibb') ? 40_000 : 1_500_000),
        ];
        for (const file of samples) {
          const rows = await storedOf({ server, road, file });
          assert.equal(rows.length, 1, `${file.name}: one row`);
          const [row] = rows;
          const sha256 = sha256Of(file.content);
          const md5 = md5Of(file.content);
          const { length } = file.content;
          const { fileId, from, to, ...rest } = row as StoredFile;
          assert.match(from, /^alice@/);
          assert.match(to, /^bob@/);
          assert.deepEqual(rest, {
            ...{ name: file.name, road: STORED_ROAD[road], size: length, gapBytes: 0 },
            ...{ announcedSize: length, sha256, md5, isComplete: 1, lack: '', inspected: 'whole' },
          });
          assert.deepEqual(
            toldOf(file.name).map((told) => [told.file_id, told.sha256, told.complete]),
            [[fileId, sha256, true]],
          );
        }
        // Alerts on a file stand before its row: all that are to come have come.
        const [sensitive, ...harmless] = samples.map(({ name }) => raisedOn(name));
        assert.deepEqual(sensitive, [CONTENT[road][1]]);
        assert.deepEqual(harmless, [[], []]);
      });
    }
  }

  it('the sensor lost nothing and says so', () => {
    assert.equal(sensor.metric('capture_dropped_total'), 0);
    assert.ok(sensor.storedFiles().every(({ isComplete }) => isComplete === 1));
  });

  describe('with packets that never reach the sensor', () => {
    before(() => {
      files.loseData();
    });

    for (const road of ['proxy', 'direct', 'upload'] as const) {
      it(`${road}: told, and never as whole`, async () => {
        for (const server of ['prosody', 'ejabberd'] as const) {
          const file = noise(`lost-${road}-${server}.bin`, 31, 1_000_000);
          const rows = await storedOf({ server, road, file });
          for (const row of rows) {
            assert.equal(row.isComplete, 0, `${file.name} is not whole`);
            assert.notEqual(row.lack, '');
            assert.equal(row.sha256, '');
            assert.notEqual(row.inspected, 'whole');
            assert.ok(row.size < file.content.length);
          }
        }
      });
    }
  });
});
