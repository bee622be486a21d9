import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { OperatorError } from '../../../sensor/core/index.ts';
import { RuleLab, ruleText, soundRules } from '../../support/rule-lab.ts';

const RULES = [
  ruleText('xmpp.body; content:"abc";', 1),
  ruleText('xmpp.from; pcre:"/x\\d+y/";', 2),
].join('\n');

describe('the start-up cache', () => {
  let cacheDir = '';
  const folders: string[] = [];
  beforeEach(() => {
    cacheDir = mkdtempSync(join(tmpdir(), 'cache-'));
    folders.push(cacheDir);
  });
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  function start(rules = RULES): RuleLab {
    const lab = new RuleLab(soundRules(rules), { cacheDir });
    assert.deepEqual(
      lab
        .sids([
          ['xmpp.body', 'abc'],
          ['xmpp.from', 'x1y'],
        ])
        .slice(0, 2),
      [1, 2],
    );
    return lab;
  }

  function file(): string {
    const [name = ''] = readdirSync(cacheDir).filter((entry) => entry.startsWith('databases-'));
    return join(cacheDir, name);
  }

  it('is written at the first start and read at the next', () => {
    assert.equal(start().engine.isFromCache, false);
    assert.equal(start().engine.isFromCache, true);
  });

  it('is not used for other rules', () => {
    start();
    const more = `${RULES}\n${ruleText('xmpp.body; content:"more";', 3)}`;
    assert.equal(start(more).engine.isFromCache, false);
    assert.equal(start(more).engine.isFromCache, true);
    assert.equal(start().engine.isFromCache, true);
  });

  it('is made anew when it is damaged, cut or empty', () => {
    start();
    const good = readFileSync(file());
    const flipped = Buffer.from(good);
    flipped[flipped.length - 10] = (flipped[flipped.length - 10] ?? 0) ^ 1;
    for (const bad of [
      flipped,
      good.subarray(0, good.length - 1),
      Buffer.alloc(0),
      Buffer.from('x'),
    ]) {
      writeFileSync(file(), bad);
      assert.equal(start().engine.isFromCache, false);
      assert.equal(start().engine.isFromCache, true);
    }
    truncateSync(file(), 30);
    assert.equal(start().engine.isFromCache, false);
  });

  it('keeps the last few rule sets only', () => {
    for (let i = 0; i < 7; i++) {
      start(`${RULES}\n${ruleText(`xmpp.body; content:"more${i}";`, 3)}`);
      for (const name of readdirSync(cacheDir))
        utimesSync(join(cacheDir, name), 1000 + i, 1000 + i);
    }
    assert.ok(readdirSync(cacheDir).length <= 4);
  });

  it('is done without when the folder cannot be written', () => {
    const plain = join(cacheDir, 'plain');
    writeFileSync(plain, '');
    cacheDir = join(plain, 'sub');
    assert.equal(start().engine.isFromCache, false);
  });
});

describe('compiling', () => {
  it('names what is missing as an operator mistake', () => {
    const ruleSet = soundRules(ruleText('xmpp.body; pcre:"/\\d+/"; luhn;'));
    assert.throws(
      () => new RuleLab(ruleSet),
      (error) => {
        assert.ok(error instanceof OperatorError);
        assert.equal(error.code, 'RULES_INVALID');
        assert.match(error.message, /No validator is called luhn/);
        return true;
      },
    );
  });
});
