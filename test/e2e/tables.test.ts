/** Every command that prints a table, on a terminal of 80 columns, over stores filled from the bundled captures. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { displayWidth } from '../../sensor/cli/table.ts';
import { EXIT } from '../../sensor/core/index.ts';
import { TOP_KEYS } from '../../sensor/output/index.ts';
import { runCommand, runInTerminal } from '../support/run-cli.ts';

const COLUMNS = 80;
const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-e2e-tables-'));

before(async () => {
  const captures = ['demo', 'campaign', 'files', 'servers'].map((name) => `fixtures/pcap/${name}`);
  const { status, err } = await runCommand('read', ...captures, '-l', folder);
  assert.equal(status, EXIT.ok, err);
  const name = `${'long'.repeat(15)}.x`;
  await runCommand('token', 'create', '--name', name, '-l', folder);
  const tuned = ['--disable', '--reason', 'a reason that goes on for longer than a line can hold'];
  await runCommand('rules', 'tune', '1510010', ...tuned, '-l', folder);
  const document = join(folder, `${'a-document-with-a-long-name-'.repeat(3)}.txt`);
  writeFileSync(document, Array.from({ length: 400 }, (_, i) => `word${i * 7919}`).join(' '));
  await runCommand('dlp', 'fingerprint', document, '-l', folder);
});
after(() => {
  rmSync(folder, { recursive: true });
});

const TABLES: readonly (readonly string[])[] = [
  ['alerts', 'list'],
  ...TOP_KEYS.map((key) => ['alerts', 'top', '--by', key]),
  ['sessions'],
  ['files'],
  ['files', 'show', '1'],
  ['identities'],
  ['identities', '--jid', 'alice@corp.example'],
  ['exposures'],
  ['campaigns', 'list'],
  ['rules', 'list'],
  ['rules', 'list', '--disabled'],
  ['rules', 'events'],
  ['rules', 'tune', '--list'],
  ['token', 'list'],
  ['dlp', 'list'],
];

/** From the line below the titles on; what stands above a table is text. */
function tableOf(out: string): string[] {
  const lines = out.trimEnd().split('\n');
  return lines.slice(lines.findIndex((line) => /^-+(?: {2}-+)+$/.test(line)) - 1);
}

describe(`tables on ${COLUMNS} columns`, () => {
  for (const words of TABLES) {
    it(words.join(' '), async () => {
      const { status, out, err } = await runInTerminal(COLUMNS, ...words, '-l', folder);
      assert.equal(status, EXIT.ok, err);
      const lines = tableOf(out);
      assert.ok(lines.length >= 3, out);
      const tooLong = lines.filter((line) => displayWidth(line) > COLUMNS);
      assert.deepEqual(tooLong, []);
    });
  }

  it('campaigns show', async () => {
    const { out } = await runCommand('campaigns', 'list', '--json', '-l', folder);
    const [campaign] = JSON.parse(out) as { readonly campaignId: string }[];
    assert.ok(campaign !== undefined);
    const shown = await runInTerminal(
      ...([COLUMNS, 'campaigns', 'show', campaign.campaignId, '-l', folder] as const),
    );
    const lines = tableOf(shown.out);
    assert.ok(lines.length >= 3, shown.out);
    assert.ok(
      lines.every((line) => displayWidth(line) <= COLUMNS),
      shown.out,
    );
  });

  it('keep what matters, and leave the rest to wider terminals', async () => {
    const narrow = (await runInTerminal(COLUMNS, 'sessions', '-l', folder)).out.split('\n')[0];
    assert.match(narrow ?? '', /^start \(UTC\) +kind +jid +address +mechanism +outcome/);
    const wide = (await runCommand('sessions', '-l', folder)).out.split('\n')[0];
    assert.match(wide ?? '', / tls +client +server +messages +seconds +seen$/);
  });

  it('alerts top says whose alerts it counts', async () => {
    const { out } = await runCommand('alerts', 'top', '--by', 'jid', '-l', folder);
    assert.match(out, /^alerts +worst +jid, as sender +/);
    const help = await runCommand('alerts', 'top', '--help');
    assert.match(help.out, /as\s+sender\s+only/);
  });
});
