/** What the operator is told to do is what helps. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadConfig } from '../../sensor/config/index.ts';
import { tokenHint } from '../../sensor/http-door.ts';
import { createToken, ensureFirstToken, revokeToken } from '../../sensor/token-file.ts';
import { runCommand } from '../support/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'stanzawatch-hints-'));
after(() => {
  rmSync(root, { recursive: true });
});

function folderOf(name: string): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'tuning'), { recursive: true });
  return folder;
}

describe('where to find a token', () => {
  const hintOf = (folder: string): string =>
    tokenHint({ ...loadConfig({ file: undefined, overrides: [] }), data_dir: folder });

  it('is the file of the first one, while it is in force', () => {
    const folder = folderOf('first');
    ensureFirstToken(folder);
    assert.match(hintOf(folder), /the first is in .*first\/admin\.token/);
    revokeToken(folder, 'admin');
    assert.doesNotMatch(hintOf(folder), /admin\.token/);
  });

  it('is the command that makes one, where none was made at the first start', () => {
    const folder = folderOf('own');
    createToken(folder, { name: 'ann', role: 'admin' });
    ensureFirstToken(folder);
    assert.match(hintOf(folder), /^sign in with a token: stanzawatch token create makes one/);
  });
});

describe('rules that do not load', () => {
  const read = (folder: string, ...more: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand('read', 'fixtures/pcap/servers/07_muc.pcap.gz', '-l', folder, ...more);

  it('because of what was tuned: the file is named, and how to check it', async () => {
    const folder = folderOf('tuned');
    const file = join(folder, 'tuning', 'threshold.config');
    writeFileSync(file, 'supress gen_id 1, sig_id 5\n');
    const { err } = await read(folder);
    assert.match(err, /error: 1 rule problem:\n/);
    assert.ok(err.includes(`fix: Correct ${file} (stanzawatch rules check -l ${folder})`), err);
    const check = await runCommand('rules', 'check', '-l', folder);
    assert.ok(check.out.includes(`${file}:1:1`) || check.err.includes(`${file}:1:1`));
    const rules = join(folder, 'bad.rules');
    writeFileSync(rules, 'alert nothing\n');
    const both = await read(folder, '-S', rules);
    assert.match(both.err, /error: 2 rule problems:\n/);
    assert.ok(both.err.includes(`fix: Correct the rules and ${file} (`), both.err);
  });

  it('because of themselves', async () => {
    const folder = folderOf('rules');
    const rules = join(folder, 'bad.rules');
    writeFileSync(rules, 'alert nothing\n');
    const { err } = await read(folder, '-S', rules);
    assert.match(
      err,
      /error: 1 rule problem:\n.*\n.*fix: Correct the rules \(stanzawatch rules check\)/,
    );
  });
});
