import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { OperatorError } from '../../../sensor/core/index.ts';
import { ephemeralHmacKey, loadHmacKey } from '../../../sensor/alert/index.ts';

const dir = mkdtempSync(join(tmpdir(), 'stanzawatch-key-'));
after(() => {
  rmSync(dir, { recursive: true });
});

describe('loadHmacKey()', () => {
  it('makes a key of 32 random bytes once, readable by its owner alone', () => {
    const key = loadHmacKey(dir);
    assert.equal(key.length, 32);
    assert.deepEqual(loadHmacKey(dir), key);
    assert.deepEqual(readdirSync(dir), ['hmac.key']);
    assert.equal(statSync(join(dir, 'hmac.key')).mode & 0o777, 0o600);
    assert.notDeepEqual(ephemeralHmacKey(), key);
  });

  it('refuses a damaged key instead of replacing it', () => {
    const path = join(dir, 'hmac.key');
    chmodSync(path, 0o600);
    writeFileSync(path, 'short\n');
    assert.throws(() => loadHmacKey(dir), { name: 'OperatorError', code: 'STORE_UNREADABLE' });
    assert.equal(readFileSync(path, 'utf8'), 'short\n');
  });

  it('says what to do when the folder is missing', () => {
    assert.throws(
      () => loadHmacKey(join(dir, 'missing')),
      (error: unknown) =>
        error instanceof OperatorError &&
        error.code === 'STORE_UNWRITABLE' &&
        error.hint !== undefined,
    );
  });
});
