import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hasExpired, hashToken, newToken, parseTokens } from '../../sensor/api/index.ts';
import { OperatorError, setLogWriter, wallClockUsec } from '../../sensor/core/index.ts';
import {
  TokenFile,
  adminTokenFile,
  createToken,
  ensureFirstToken,
  readTokens,
  revokeToken,
  tokensFile,
} from '../../sensor/token-file.ts';
import { runCommand } from '../support/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'stanzawatch-tokens-'));
after(() => {
  rmSync(root, { recursive: true });
});
let folders = 0;
const newFolder = (): string => mkdtempSync(join(root, `${folders++}-`));

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof OperatorError && error.code === code && error.hint !== undefined;

describe('the first token', () => {
  it('is made once, for its owner alone, and is kept as a hash', () => {
    const folder = newFolder();
    ensureFirstToken(folder);
    const token = readFileSync(adminTokenFile(folder), 'utf8').trim();
    assert.match(token, /^sw_a_[A-Za-z0-9_-]{43}$/);
    assert.equal(modeOf(adminTokenFile(folder)), 0o600);
    assert.equal(modeOf(tokensFile(folder)), 0o600);
    assert.ok(!readFileSync(tokensFile(folder), 'utf8').includes(token));
    const file = new TokenFile(folder);
    assert.equal(file.find(token)?.role, 'admin');
    ensureFirstToken(folder);
    assert.equal(readFileSync(adminTokenFile(folder), 'utf8').trim(), token);
  });

  it('does not come back when it was revoked', () => {
    const folder = newFolder();
    ensureFirstToken(folder);
    const token = readFileSync(adminTokenFile(folder), 'utf8').trim();
    revokeToken(folder, 'admin');
    ensureFirstToken(folder);
    assert.deepEqual(readTokens(folder), []);
    assert.equal(new TokenFile(folder).find(token), undefined);
  });
});

describe('tokens', () => {
  it('of a role begin with its initial, and no two are alike', () => {
    assert.match(newToken('viewer'), /^sw_v_[A-Za-z0-9_-]{43}$/);
    assert.notEqual(newToken('viewer'), newToken('viewer'));
  });

  it('made and revoked are seen by a running server', async () => {
    const folder = newFolder();
    const file = new TokenFile(folder);
    assert.equal(file.find(newToken('viewer')), undefined);
    const token = createToken(folder, { name: 'alice', role: 'analyst' });
    const entry = file.find(token);
    assert.equal(entry?.name, 'alice');
    assert.equal(file.has(entry), true);
    revokeToken(folder, 'alice');
    for (let i = 0; i < 600 && file.has(entry); i++) await new Promise((r) => setTimeout(r, 50));
    assert.equal(file.has(entry), false);
    assert.equal(file.find(token), undefined);
  });

  it('last as long as was said', () => {
    const folder = newFolder();
    createToken(folder, { name: 'short', role: 'viewer', days: 2 });
    const [entry] = readTokens(folder);
    assert.ok(entry !== undefined);
    const now = wallClockUsec();
    assert.equal(hasExpired(entry, now + 47 * 3.6e9), false);
    assert.equal(hasExpired(entry, now + 49 * 3.6e9), true);
  });

  it('have names that can stand in an audit, each once', () => {
    const folder = newFolder();
    createToken(folder, { name: 'alice', role: 'viewer' });
    for (const name of ['alice', '', 'a b', '-x', '<b>', 'x'.repeat(65), 'a\u202e']) {
      assert.throws(() => createToken(folder, { name, role: 'viewer' }), isCode('USAGE'), name);
    }
    assert.throws(() => {
      revokeToken(folder, 'bob');
    }, isCode('USAGE'));
    assert.equal(readTokens(folder).length, 1);
  });

  it('in a file that is broken are refused at the start, and those of before stay while running', () => {
    const folder = newFolder();
    const token = createToken(folder, { name: 'alice', role: 'viewer' });
    const file = new TokenFile(folder);
    assert.equal(file.find(token)?.name, 'alice');
    writeFileSync(tokensFile(folder), '{"tokens": [{"name": "x"}]}');
    utimesSync(tokensFile(folder), 1, 1);
    const logged: string[] = [];
    setLogWriter((line) => logged.push(line));
    file.find(newToken('viewer'));
    assert.equal(file.find(token)?.name, 'alice');
    setLogWriter((line) => process.stderr.write(line));
    assert.match(logged.join(''), /tokens of before stay/);
    assert.throws(() => readTokens(folder), isCode('CONFIG_INVALID'));
    assert.throws(
      () => createToken(folder, { name: 'b', role: 'viewer' }),
      isCode('CONFIG_INVALID'),
    );
  });

  it('in a file that others may have written are refused, and those of before stay while running', () => {
    const folder = newFolder();
    const token = createToken(folder, { name: 'alice', role: 'viewer' });
    const file = new TokenFile(folder);
    const evil = newToken('admin');
    const entry = { name: 'evil', role: 'admin', sha256: hashToken(evil), createdUsec: 1 };
    const logged: string[] = [];
    setLogWriter((line) => logged.push(line));
    const refuses = (says: RegExp): void => {
      assert.throws(
        () => readTokens(folder),
        (error) => isCode('CONFIG_INVALID')(error) && says.test((error as Error).message),
      );
      assert.equal(file.find(evil), undefined);
      assert.equal(file.find(token)?.name, 'alice');
      assert.match(file.problem, says);
    };
    writeFileSync(tokensFile(folder), JSON.stringify({ tokens: [entry] }));
    for (const mode of [0o620, 0o602]) {
      chmodSync(tokensFile(folder), mode);
      refuses(/may be written by others/);
    }
    chmodSync(tokensFile(folder), 0o600);
    if (process.geteuid?.() === 0) {
      chownSync(tokensFile(folder), 65_534, 65_534);
      refuses(/belongs to user 65534/);
      // The owner of the folder may write what he likes: it is his sensor.
      chownSync(folder, 65_534, 65_534);
      assert.equal(readTokens(folder)[0]?.name, 'evil');
      chownSync(folder, 0, 0);
      chownSync(tokensFile(folder), 0, 0);
    }
    setLogWriter((line) => process.stderr.write(line));
    assert.match(logged.join(''), /tokens of before stay/);
    assert.equal(file.find(evil)?.name, 'evil');
    assert.equal(file.problem, '');
  });

  it('are what they must be', () => {
    const entry = { name: 'a', role: 'viewer', sha256: hashToken('x'), createdUsec: 1 };
    assert.equal(parseTokens(JSON.stringify({ tokens: [entry] }))?.length, 1);
    for (const wrong of [
      { ...entry, role: 'root' },
      { ...entry, sha256: 'abc' },
      { ...entry, name: 7 },
      { ...entry, expiresUsec: 'never' },
      null,
    ]) {
      assert.equal(parseTokens(JSON.stringify({ tokens: [wrong] })), undefined);
    }
    for (const text of ['', '[]', '{}', 'null', '{"tokens": 1}']) {
      assert.equal(parseTokens(text), undefined, text);
    }
  });

  it('wait for who changes the list, but not for one who died', () => {
    const folder = newFolder();
    const lock = `${tokensFile(folder)}.lock`;
    writeFileSync(lock, '');
    assert.throws(
      () => createToken(folder, { name: 'alice', role: 'viewer' }),
      isCode('STORE_UNWRITABLE'),
    );
    utimesSync(lock, 1, 1);
    createToken(folder, { name: 'alice', role: 'viewer' });
    assert.equal(readTokens(folder).length, 1);
  });
});

describe('stanzawatch token', () => {
  it('prints a token once, lists what there is, revokes', async () => {
    const folder = newFolder();
    const made = await runCommand(
      ...'token create --name alice --role analyst --days 90 -l'.split(' '),
      folder,
    );
    assert.equal(made.status, 0, made.err);
    const token = made.out.trim();
    assert.match(token, /^sw_a_[A-Za-z0-9_-]{43}$/);
    assert.ok(!made.err.includes(token));
    const list = await runCommand('token', 'list', '-l', folder);
    assert.match(list.out, /alice +analyst/);
    const json = await runCommand('token', 'list', '--json', '-l', folder);
    assert.ok(!json.out.includes('sha256'));
    assert.equal((JSON.parse(json.out) as { name: string }[])[0]?.name, 'alice');
    const created = await runCommand('token', 'create', '--name', 'bob', '--json', '-l', folder);
    const { token: ofBob, ...bob } = JSON.parse(created.out) as Record<string, string>;
    assert.match(ofBob ?? '', /^sw_v_[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(bob, { name: 'bob', role: 'viewer' });
    assert.equal(created.err, '');
    for (const name of ['bob', 'alice']) {
      assert.equal((await runCommand('token', 'revoke', name, '-l', folder)).status, 0);
    }
    assert.match((await runCommand('token', 'list', '-l', folder)).out, /no token/);
    assert.equal((await runCommand('token', 'revoke', 'alice', '-l', folder)).status, 1);
    assert.equal(
      (await runCommand('token', 'create', '--name', 'x', '--role', 'root', '-l', folder)).status,
      1,
    );
    assert.equal(
      (await runCommand('token', 'create', '--name', 'x', '--days', '0', '-l', folder)).status,
      1,
    );
  });

  it('says when the folder cannot be written', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'file'), '');
    chmodSync(folder, 0o700);
    const { status, err } = await runCommand(
      'token',
      'create',
      '--name',
      'x',
      '-l',
      join(folder, 'file'),
    );
    assert.notEqual(status, 0);
    assert.match(err, /fix:/);
  });
});
