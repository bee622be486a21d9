/** The demo empties its data folder: only a demo's. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { EXIT } from '../../sensor/core/index.ts';
import { AlertStore } from '../../sensor/output/index.ts';
import { runCommand } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-e2e-demo-'));
after(() => {
  rmSync(folder, { recursive: true });
});

async function filled(name: string, sensor: string): Promise<string> {
  const dir = join(folder, name);
  const { status, err } = await runCommand(
    ...['read', 'fixtures/pcap/demo', '-l', dir, '--set', `sensor_name=${sensor}`],
  );
  assert.equal(status, EXIT.ok, err);
  return dir;
}

async function refused(dir: string): Promise<void> {
  const { status, err } = await runCommand('demo', '-l', dir);
  assert.equal(status, EXIT.usage);
  assert.match(err, /holds the data of a sensor/);
  assert.match(err, /fix: Name an empty folder with -l/);
}

describe('demo -l FOLDER', () => {
  it('refuses the folder of a sensor, and deletes nothing there', async () => {
    const dir = await filled('sensor', 'edge-1');
    mkdirSync(join(dir, 'tuning'), { recursive: true });
    writeFileSync(join(dir, 'tuning', 'threshold.config'), '# ours\n');
    await refused(dir);
    assert.ok(existsSync(join(dir, 'stanzawatch.db')));
    assert.ok(existsSync(join(dir, 'eve.json')));
    assert.ok(existsSync(join(dir, 'tuning', 'threshold.config')));
  });

  it('refuses what no store vouches for, and a store that cannot be read', async () => {
    const dir = join(folder, 'no-store');
    mkdirSync(dir);
    writeFileSync(join(dir, 'eve.json'), '{}\n');
    await refused(dir);
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'stanzawatch.db'), 'no database at all, only text\n'.repeat(100));
    await refused(broken);
    assert.ok(existsSync(join(dir, 'eve.json')));
    assert.ok(existsSync(join(broken, 'stanzawatch.db')));
  });

  it("knows the demo's store by the name in its rows", async () => {
    const store = new AlertStore(join(await filled('demo', 'demo'), 'stanzawatch.db'));
    assert.equal(store.holdsRowsOfOthers('demo'), false);
    assert.equal(store.holdsRowsOfOthers('edge-1'), true);
    store.close();
  });
});
