/**
 * Traffic whose every text is written against those who look at alerts: the command line prints it as text, a
 * spreadsheet computes none of it, JSON of it is JSON.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { hostilePackets } from '../../fixtures/pcap/hostile/hostile-sessions.ts';
import { HOSTILE_CAPTURE, assertNoFormula, assertPrintable, parseCsv } from '../support/hostile.ts';
import { writePcap } from '../support/packets.ts';
import { runCommand } from '../support/run-cli.ts';

const LISTS = [
  ['alerts', 'list', '--limit', '500'],
  ...['jid', 'domain', 'ip', 'signature', 'category'].map((key) => ['alerts', 'top', '--by', key]),
  ['sessions'],
  ['files'],
  ['identities'],
  ['exposures'],
  ['campaigns', 'list'],
];

describe('hostile traffic on the command line', () => {
  let folder: string;
  let db: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stanzawatch-hostile-'));
    db = join(folder, 'stanzawatch.db');
    const run = await runCommand('read', HOSTILE_CAPTURE, '-l', folder);
    assert.equal(run.status, 0, run.err);
    assertPrintable(run.out, 'read');
    assertPrintable(run.err.replaceAll('\r', ''), 'read');
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  const ask = async (...args: readonly string[]): Promise<string> => {
    const { status, out, err } = await runCommand(...args, '--db', db);
    assert.equal(status, 0, `${args.join(' ')}: ${err}`);
    return out;
  };

  it('comes from a capture that is what its maker writes', () => {
    const written = gunzipSync(readFileSync(HOSTILE_CAPTURE));
    assert.ok(written.equals(writePcap(hostilePackets())));
  });

  it('raises alerts of many kinds, with files, accounts, exposures and a campaign', async () => {
    const rows = JSON.parse(await ask('alerts', 'list', '--limit', '2000', '--json')) as {
      readonly detection: string;
    }[];
    const detections = new Set(rows.map(({ detection }) => detection));
    assert.ok(detections.size >= 20, [...detections].join(' '));
    for (const [least, ...list] of [
      [30, 'files'],
      [30, 'identities'],
      [30, 'exposures'],
      [1, 'campaigns', 'list'],
    ] as const) {
      const listed = JSON.parse(await ask(...list, '--json')) as unknown[];
      assert.ok(listed.length >= least, `${list.join(' ')}: ${listed.length}`);
    }
  });

  for (const args of LISTS) {
    it(`is text in ${args.join(' ')}`, async () => {
      const table = await ask(...args);
      assertPrintable(table, 'table');
      assert.ok(table.split('\n').length > 2, table);
      assert.ok((JSON.parse(await ask(...args, '--json')) as unknown[]).length > 0);
    });
  }

  it('is text in alerts show, whichever is shown', async () => {
    const rows = JSON.parse(await ask('alerts', 'list', '--limit', '2000', '--json')) as {
      readonly id: number;
      readonly detection: string;
    }[];
    // Three of each detection tell as much as all.
    const shown = new Map<string, number>();
    for (const { id, detection } of rows) {
      const times = shown.get(detection) ?? 0;
      shown.set(detection, times + 1);
      if (times < 3) assertPrintable(await ask('alerts', 'show', `${id}`), `alert ${id}`);
    }
  });

  it('is text in the EVE file', () => {
    const lines = readFileSync(join(folder, 'eve.json'), 'utf8').split('\n');
    assert.equal(lines.pop(), '');
    for (const [i, line] of lines.entries()) {
      assertPrintable(line, `line ${i + 1}`);
      assert.equal(typeof (JSON.parse(line) as { event_type: unknown }).event_type, 'string');
    }
  });

  it('is exported as EVE that is text, and as CSV that no spreadsheet computes', async () => {
    const eve = await ask('alerts', 'export', '--format', 'eve', '--limit', '5000');
    assertPrintable(eve, 'eve');
    const events = eve.split('\n').filter((line) => line !== '');
    for (const line of events) JSON.parse(line);
    const csv = await ask('alerts', 'export', '--format', 'csv', '--limit', '5000');
    assertNoFormula(csv, 'csv');
    assert.equal(parseCsv(csv).length, events.length + 1);
  });

  it('cannot add a comment that is not text', async () => {
    const [{ alertId = '' } = {}] = JSON.parse(
      await ask('alerts', 'list', '--limit', '1', '--json'),
    ) as { readonly alertId?: string }[];
    await ask('alerts', 'comment', alertId, '\u001b[31mred\u202e <script>');
    assertPrintable(await ask('alerts', 'show', alertId), 'comment');
    assertPrintable(await ask('alerts', 'list', '--limit', '3'), 'comment');
  });
});
