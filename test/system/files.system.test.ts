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
import { FileLab, md5Of, sha256Of, type SentFile, type TransferRoad } from '../support/file-lab.ts';
import { LiveSensor, type EveFile, type StoredFile } from '../support/live-sensor.ts';
import { customers, noise, notes } from '../support/sample-files.ts';

/** What a sensor that follows files may take until all outputs have a record. */
const SETTLE_MS = 60_000;
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

/** Outputs of a sensor, as far as they speak of files. */
class Outputs {
  readonly #sensor: LiveSensor;

  constructor(sensor: LiveSensor) {
    this.#sensor = sensor;
  }

  /** Rows of a file, once both outputs have any. */
  async stored(name: string): Promise<StoredFile[]> {
    const rows = (): StoredFile[] =>
      this.#sensor.storedFiles().filter((file) => file.name === name);
    const isThere = (): boolean => rows().length > 0 && this.told(name).length > 0;
    await this.#sensor.until(isThere, SETTLE_MS, `${name} is stored and told`);
    return rows();
  }

  told(name: string): EveFile['fileinfo'][] {
    return this.#sensor
      .eveFiles()
      .map(({ fileinfo }) => fileinfo)
      .filter(({ filename }) => filename === name);
  }

  /** Detections raised on the content of a file. */
  raisedOn(name: string): string[] {
    return this.#sensor
      .eveAlerts('alert')
      .filter(({ alert }) => CONTENT_SIDS.has(alert.signature_id))
      .filter(({ alert }) => alert.context?.['file_name'] === name)
      .flatMap(({ alert }) => alert.metadata.detection);
  }

  /** There is one row for the file, and one event, and they say what was sent. */
  async expectWhole(file: SentFile, road: TransferRoad): Promise<void> {
    const [row, ...others] = await this.stored(file.name);
    assert.ok(row !== undefined);
    assert.deepEqual(others, [], `${file.name}: one row`);
    const sha256 = sha256Of(file.content);
    const { length } = file.content;
    const { fileId, from, to, ...rest } = row;
    assert.match(from, /^alice@/);
    assert.match(to, /^bob@/);
    assert.deepEqual(rest, {
      ...{ name: file.name, road: STORED_ROAD[road], size: length, gapBytes: 0 },
      ...{ announcedSize: length, sha256, md5: md5Of(file.content) },
      ...{ isComplete: 1, lack: '' },
      // Bytes without meaning are of no type anybody here can open.
      inspected: file.name.startsWith('noise-') ? 'partly' : 'whole',
    });
    assert.deepEqual(
      this.told(file.name).map((told) => [told.file_id, told.sha256, told.complete]),
      [[fileId, sha256, true]],
    );
  }
}

describe('files between real clients', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-files-live-'));
  let files: FileLab;
  let sensor: LiveSensor | undefined;

  before(async () => {
    files = await FileLab.start();
  });

  after(async () => {
    sensor?.kill();
    await files.stop();
    rmSync(folder, { recursive: true });
  });

  async function startSensor(workers: number): Promise<LiveSensor> {
    sensor = await LiveSensor.start({
      namespace: files.lab.sensor,
      device: files.lab.mirrorDevice,
      folder: join(folder, `${workers}`),
      // Whoever looks at every packet must not shed some because the machine is busy.
      args: ['--workers', `${workers}`, '--set', 'capture.dispatch_ms=1000'],
    });
    return sensor;
  }

  // With two workers sender and receiver are seen by different ones; in-band each then counts its own leg.
  for (const [workers, servers, roads] of [
    [1, ['prosody', 'ejabberd'], ROADS],
    [2, ['prosody'], ['proxy', 'direct', 'upload']],
  ] as const) {
    describe(`seen by ${workers} of a sensor's workers`, () => {
      let running: LiveSensor;
      let outputs: Outputs;

      before(async () => {
        running = await startSensor(workers);
        outputs = new Outputs(running);
      });

      after(async () => {
        await running.stop();
      });

      for (const server of servers) {
        for (const road of roads) {
          it(`${road} at ${server}: told once, with the hashes of what was sent`, async () => {
            const sensitive = customers(`customers-${road}-${server}.txt`, 21);
            const harmless = notes(`notes-${road}-${server}.txt`, 22, 400);
            const bytes = road.startsWith('ibb') ? 40_000 : 1_500_000;
            const large = noise(`noise-${road}-${server}.bin`, 23, bytes);
            for (const file of [sensitive, harmless, large]) {
              await files.transfer({ server, road, file });
              await outputs.expectWhole(file, road);
            }
            // What is raised on a file is told before the file: it has come.
            assert.deepEqual(outputs.raisedOn(sensitive.name), [CONTENT[road][1]]);
            assert.deepEqual(outputs.raisedOn(harmless.name), []);
            assert.deepEqual(outputs.raisedOn(large.name), []);
          });
        }
      }

      it('all of it was seen, and nothing else taken for a file', () => {
        assert.equal(running.metric('capture_dropped_total'), 0);
        assert.equal(running.storedFiles().length, servers.length * roads.length * 3);
      });
    });
  }

  describe('with packets that never reach the sensor', () => {
    let outputs: Outputs;

    before(async () => {
      outputs = new Outputs(await startSensor(1));
      files.loseData();
    });

    for (const road of ['proxy', 'direct', 'upload'] as const) {
      it(`${road}: told, and never as whole`, async () => {
        for (const server of ['prosody', 'ejabberd'] as const) {
          const file = noise(`lost-${road}-${server}.bin`, 31, 1_000_000);
          await files.transfer({ server, road, file });
          for (const row of await outputs.stored(file.name)) {
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
