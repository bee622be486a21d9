/** Rules are built in one thread, however often that is asked for; what fails says why and leaves nothing behind. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadConfig } from '../../sensor/config/index.ts';
import { setLogWriter } from '../../sensor/core/index.ts';
import { RuleBuilder } from '../../sensor/rule-builder.ts';

const folder = mkdtempSync(join(tmpdir(), 'rule-builder-'));
const rules = join(folder, 'own.rules');
const config = loadConfig({
  file: undefined,
  overrides: [`data_dir=${join(folder, 'data')}`, `rules.files=["${rules}"]`],
});
const SOUND =
  'alert xmpp any any -> any any (msg:"m"; xmpp.body; content:"invoice"; classtype:policy-violation; sid:100;)\n';
/** Expressions that take libhs far longer than anybody waits. */
const ENDLESS = Array.from(
  { length: 60 },
  (_, i) =>
    `alert xmpp any any -> any any (msg:"t"; xmpp.body; pcre:"/[a-f${i}]{3000}x[a-z]{${900 + i}}/"; sid:${1000 + i};)`,
).join('\n');

const builders: RuleBuilder[] = [];
after(async () => {
  await Promise.all(builders.map((builder) => builder.close()));
  rmSync(folder, { recursive: true });
});
setLogWriter(() => undefined);

function newBuilder(limitMs?: number): RuleBuilder {
  const builder = new RuleBuilder(config, limitMs);
  builders.push(builder);
  return builder;
}

function threads(): number {
  return readdirSync('/proc/self/task').length;
}

describe('the builder of rules', () => {
  it('says what is in force, and what is wrong, build by build', async () => {
    const builder = newBuilder();
    writeFileSync(rules, SOUND);
    assert.equal((await builder.build()).loaded, 1);
    writeFileSync(rules, SOUND.replace('xmpp.body', 'xmpp.bod'));
    await assert.rejects(builder.build(), { code: 'RULES_INVALID', message: /xmpp\.bod/ });
    writeFileSync(rules, SOUND + SOUND.replace('sid:100', 'sid:101'));
    assert.equal((await builder.build()).loaded, 2);
  });

  it('builds one at a time, lets one wait, and refuses more', async () => {
    const builder = newBuilder();
    writeFileSync(rules, SOUND);
    await builder.build();
    const before = threads();
    const all = Array.from({ length: 40 }, () => builder.build());
    const most = threads();
    const results = await Promise.allSettled(all);
    const built = results.filter(({ status }) => status === 'fulfilled');
    assert.equal(built.length, 2);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      const { code, hint } = result.reason as { readonly code: string; readonly hint: string };
      assert.deepEqual([code, hint], ['RULES_BUSY', 'Try again in a moment']);
    }
    // A thread of JavaScript may bring some of V8's and libuv's own.
    assert.ok(most - before <= 10, `${most - before} threads for 40 builds`);
    assert.equal((await builder.build()).loaded, 1);
  });

  it('gives up what would never be in force', async () => {
    const builder = newBuilder(2000);
    writeFileSync(rules, ENDLESS);
    await assert.rejects(builder.build(), { code: 'RULES_SLOW', message: /within 2 seconds/ });
  });

  it('refuses what is under way when the sensor stops', async () => {
    const builder = newBuilder();
    writeFileSync(rules, SOUND);
    const building = [builder.build(), builder.build()];
    const refused = building.map((each) => assert.rejects(each, { code: 'RULES_BUSY' }));
    await builder.close();
    await Promise.all(refused);
    await assert.rejects(builder.build(), { code: 'RULES_BUSY', message: /stopping/ });
  });
});
