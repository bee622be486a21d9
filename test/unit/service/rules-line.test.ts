/** The rules thread behind its line: what it answers, and how the line's failures read (the line: core/). */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadConfig } from '../../../sensor/config/index.ts';
import { setLogWriter } from '../../../sensor/core/index.ts';
import { RulesLine, type RulesLineOptions } from '../../../sensor/service/rules-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'rules-line-'));
const rules = join(folder, 'own.rules');
writeFileSync(
  rules,
  'alert xmpp any any -> any any (msg:"m"; xmpp.body; content:"invoice"; classtype:policy-violation; sid:100;)\n',
);
const config = loadConfig({
  file: undefined,
  overrides: [`data_dir=${join(folder, 'data')}`, `rules.files=["${rules}"]`],
});
const lines: RulesLine[] = [];
after(async () => {
  await Promise.all(lines.map((line) => line.close()));
  rmSync(folder, { recursive: true });
});
setLogWriter(() => undefined);

function newLine(options: Partial<RulesLineOptions> = {}): RulesLine {
  const line = new RulesLine({ config, ...options });
  lines.push(line);
  return line;
}

const LONG = { version: '1', limitMs: 600_000 };
const STANZA = "<message to='bob@corp.example'><body>an invoice</body></message>";
/** Expressions that keep libhs busy for longer than anybody waits. */
const ENDLESS = Array.from(
  { length: 60 },
  (_, i) =>
    `alert xmpp any any -> any any (msg:"t"; xmpp.body; pcre:"/[a-f${i}]{3000}x[a-z]{${900 + i}}/"; sid:${1000 + i};)`,
).join('\n');

describe('the rules thread', () => {
  it('answers what its desk knows', async () => {
    const { items, loaded } = await newLine().ask('rows', {}, LONG);
    assert.deepEqual(
      items.map(({ sid, file, isEnabled }) => [sid, file, isEnabled]),
      [[100, 'own.rules', true]],
    );
    assert.equal(loaded, 1);
  });
  it('loads anew what has another version, and nothing else', async () => {
    const line = newLine();
    assert.equal((await line.ask('rows', {}, LONG)).items[0]?.msg, 'm');
    const text =
      'alert xmpp any any -> any any (msg:"n"; xmpp.body; content:"invoice"; sid:100;)\n';
    const old = 'alert xmpp any any -> any any (msg:"m"; xmpp.body; content:"invoice"; sid:100;)\n';
    writeFileSync(rules, text);
    assert.equal((await line.ask('rows', {}, LONG)).items[0]?.msg, 'm');
    assert.equal((await line.ask('rows', {}, { ...LONG, version: '2' })).items[0]?.msg, 'n');
    writeFileSync(rules, old);
  });
  it('ends a question that takes too long, and answers the next', async () => {
    const line = newLine();
    await line.ask('ready', {}, LONG);
    const request = { stanza: STANZA, rules: ENDLESS };
    const slow = line.ask('try', { request }, { version: '1', limitMs: 500 });
    const next = line.ask('try', { request: { stanza: STANZA } }, LONG);
    await assert.rejects(slow, { code: 'RULES_SLOW' });
    assert.deepEqual(
      (await next).fired.map(({ sid }) => sid),
      [100],
    );
  });
  it('goes on after a mistake of its own', async () => {
    const line = newLine();
    const broken = line.ask('try', undefined as never, LONG);
    await assert.rejects(broken, { code: 'RULES_BUSY' });
    assert.equal((await line.ask('rows', {}, LONG)).loaded, 1);
  });
  it('comes again when it broke: one that has no memory breaks each time', async () => {
    const line = newLine({ heapMb: 2 });
    for (let i = 0; i < 2; i++) {
      await assert.rejects(line.ask('ready', {}, LONG), {
        ...{ code: 'RULES_BUSY', message: /memory/ },
      });
    }
  });
  it('lets a bounded number wait', async () => {
    const line = newLine();
    const asked = Array.from({ length: 40 }, () => line.ask('rows', {}, LONG));
    const ended = await Promise.allSettled(asked);
    assert.equal(ended.filter(({ status }) => status === 'fulfilled').length, 33);
    for (const each of ended) {
      if (each.status === 'rejected')
        assert.equal((each.reason as { code: string }).code, 'RULES_BUSY');
    }
  });
  it('rejects what waits when it is closed', async () => {
    const line = newLine();
    const asked = [line.ask('rows', {}, LONG), line.ask('rows', {}, LONG)];
    const ended = Promise.allSettled(asked);
    await line.close();
    assert.deepEqual(
      (await ended).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    await assert.rejects(line.ask('rows', {}, LONG), { code: 'RULES_BUSY' });
  });
});
