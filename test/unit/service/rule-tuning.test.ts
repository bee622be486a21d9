/** Tuning as a whole: what cannot be put in force leaves every byte as it was, and two analysts wait for each other. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ReloadAnswer, TuningRequest } from '../../../sensor/api/index.ts';
import { loadConfig } from '../../../sensor/config/index.ts';
import { RuleTuning, type RuleTuningOptions } from '../../../sensor/service/rule-tuning.ts';

const root = mkdtempSync(join(tmpdir(), 'rule-tuning-'));
after(() => {
  rmSync(root, { recursive: true });
});

const GOOD: ReloadAnswer = { isOk: true, loaded: 1, failed: 0, generation: 2, problem: '' };
const SUPPRESS: TuningRequest = { action: 'suppress', sid: 100, reason: 'loud' };
const DISABLE: TuningRequest = { action: 'disable', sid: 100, reason: 'wrong' };

let folders = 0;

class Desk {
  readonly dir = join(root, `data-${++folders}`);
  readonly checked: Parameters<RuleTuningOptions['check']>[0][] = [];
  readonly tuning: RuleTuning;

  constructor(options: Partial<RuleTuningOptions> = {}) {
    const config = loadConfig({ file: undefined, overrides: [`data_dir=${this.dir}`] });
    this.tuning = new RuleTuning({
      config,
      check: (ask) => {
        this.checked.push(ask);
        const state = 'enabled';
        return Promise.resolve({ problems: [], before: state, after: state, guess: undefined });
      },
      reload: () => Promise.resolve(GOOD),
      ...options,
    });
  }

  path(name: string): string {
    return join(this.dir, 'tuning', name);
  }

  read(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'latin1') : undefined;
  }

  write(name: string, content: string): void {
    mkdirSync(join(this.dir, 'tuning'), { recursive: true });
    writeFileSync(this.path(name), content, 'latin1');
  }
}

describe('tune', () => {
  it('writes a file the group may read, others not', async () => {
    const desk = new Desk();
    const entry = await desk.tuning.tune(SUPPRESS, 'anna');
    assert.equal(entry.isActive, true);
    assert.equal(entry.isPending, undefined);
    assert.equal(statSync(desk.path('threshold.config')).mode & 0o7777, 0o640);
    assert.equal(statSync(join(desk.dir, 'tuning')).mode & 0o7777, 0o750);
    assert.match(desk.read('threshold.config') ?? '', /^suppress gen_id 1, sig_id 100$/m);
    assert.deepEqual(await desk.tuning.entries(), [entry]);
    assert.equal(existsSync(desk.path('lock')), false);
  });
  it('has the whole text checked before it is written', async () => {
    const desk = new Desk();
    await desk.tuning.tune(SUPPRESS, 'anna');
    const before = desk.read('threshold.config') ?? '';
    await desk.tuning.tune(DISABLE, 'anna');
    const [, second] = desk.checked;
    assert.deepEqual(second?.tuning.threshold, {
      ...{ file: desk.path('threshold.config'), text: before },
    });
    assert.deepEqual(second.tuning.disable, {
      ...{ file: desk.path('disable.conf'), text: desk.read('disable.conf') },
    });
  });
  it('says that a sensor has yet to take it where none runs behind', async () => {
    const desk = new Desk({ reload: () => Promise.resolve(undefined) });
    const entry = await desk.tuning.tune(SUPPRESS, 'anna');
    assert.equal(entry.isPending, true);
    assert.equal((await desk.tuning.untune(entry.id, 'done', 'anna')).isPending, true);
  });
  it('changes nothing when the rules do not load with it', async () => {
    const desk = new Desk({
      check: () =>
        Promise.resolve({
          problems: ['threshold.config:5:9: wrong'],
          ...{ before: 'enabled', after: 'enabled', guess: undefined },
        }),
    });
    const refused = { code: 'RULES_INVALID', message: /threshold\.config:5:9: wrong/ };
    await assert.rejects(desk.tuning.tune(SUPPRESS, 'anna'), refused);
    assert.equal(desk.read('threshold.config'), undefined);
    // Not even UTF-8: as it is.
    const hand = '# \xff by hand\nsuppress gen_id 1, sig_id 7';
    desk.write('threshold.config', hand);
    await assert.rejects(desk.tuning.tune(SUPPRESS, 'anna'), refused);
    assert.equal(desk.read('threshold.config'), hand);
    assert.equal(existsSync(desk.path('lock')), false);
  });
  it('wants a rule that exists, is not disabled, is not tuned so already', async () => {
    const unknown = new Desk({
      check: () =>
        Promise.resolve({ problems: [], before: 'unknown', after: 'unknown', guess: '101' }),
    });
    await assert.rejects(unknown.tuning.tune(SUPPRESS, 'anna'), {
      ...{ code: 'USAGE', message: 'There is no rule 100', hint: 'Did you mean 101?' },
    });
    const disabled = new Desk({
      check: () =>
        Promise.resolve({ problems: [], before: 'disabled', after: 'disabled', guess: undefined }),
    });
    await assert.rejects(disabled.tuning.tune(DISABLE, 'anna'), { code: 'USAGE' });
    const desk = new Desk();
    await desk.tuning.tune(SUPPRESS, 'anna');
    const before = desk.read('threshold.config');
    await assert.rejects(desk.tuning.tune(SUPPRESS, 'bob'), { code: 'USAGE' });
    assert.equal(desk.read('threshold.config'), before);
    assert.deepEqual(unknown.read('threshold.config'), undefined);
  });
  for (const [how, fail] of [
    ['refuses', () => Promise.resolve({ ...GOOD, isOk: false, problem: 'worker 1 keeps the old' })],
    ['breaks', () => Promise.reject(new Error('worker 1 keeps the old'))],
  ] as const) {
    it(`puts the old files back when the sensor ${how}, byte by byte`, async () => {
      let reloads = 0;
      let isBroken = false;
      const desk = new Desk({
        reload: () => {
          reloads++;
          return isBroken && reloads === 1 ? fail() : Promise.resolve(GOOD);
        },
      });
      const hand = '# \xff by hand\nsuppress gen_id 1, sig_id 7';
      desk.write('threshold.config', hand);
      isBroken = true;
      for (const request of [SUPPRESS, DISABLE]) {
        reloads = 0;
        await assert.rejects(desk.tuning.tune(request, 'anna'), {
          ...{ code: 'RULES_INVALID', message: /worker 1 keeps the old/ },
        });
        // All workers have the old rules again.
        assert.equal(reloads, 2);
      }
      assert.equal(desk.read('threshold.config'), hand);
      assert.equal(desk.read('disable.conf'), undefined);
      isBroken = false;
      const entry = await desk.tuning.tune(DISABLE, 'anna');
      const before = desk.read('disable.conf');
      [isBroken, reloads] = [true, 0];
      await assert.rejects(desk.tuning.untune(entry.id, 'x', 'anna'), { code: 'RULES_INVALID' });
      assert.equal(desk.read('disable.conf'), before);
    });
  }
  it('says when nothing can be written', async () => {
    const desk = new Desk();
    writeFileSync(desk.dir, 'a file where the folder should be');
    await assert.rejects(desk.tuning.tune(SUPPRESS, 'anna'), { code: 'RULES_UNWRITABLE' });
    await assert.rejects(desk.tuning.entries(), { code: 'RULES_INVALID' });
  });
});

describe('untune', () => {
  it('takes back by id, once, with who and why', async () => {
    const desk = new Desk();
    const entry = await desk.tuning.tune(SUPPRESS, 'anna');
    const taken = await desk.tuning.untune(entry.id, 'fixed', 'bob');
    assert.equal(taken.isActive, false);
    assert.deepEqual([taken.removed?.actor, taken.removed?.reason], ['bob', 'fixed']);
    assert.doesNotMatch(desk.read('threshold.config') ?? '', /^suppress/m);
    assert.deepEqual(await desk.tuning.entries(), [taken]);
    const usage = { code: 'USAGE' };
    await assert.rejects(desk.tuning.untune(entry.id, 'fixed', 'bob'), usage);
    await assert.rejects(desk.tuning.untune('nobody', 'fixed', 'bob'), usage);
    await assert.rejects(desk.tuning.untune(entry.id, ' ', 'bob'), usage);
    assert.notEqual((await desk.tuning.tune(SUPPRESS, 'anna')).id, entry.id);
  });
});

describe('two analysts at once', () => {
  it('wait for each other, and both lines stay', async () => {
    let inside = 0;
    const desk = new Desk({
      reload: async () => {
        assert.equal(++inside, 1);
        await pause(20);
        inside--;
        return GOOD;
      },
    });
    const track = 'by_from_jid' as const;
    const requests = Array.from({ length: 8 }, (_, i): TuningRequest => {
      return { ...SUPPRESS, track, value: `user${i}@corp.example` };
    });
    const entries = await Promise.all(requests.map((each) => desk.tuning.tune(each, 'anna')));
    assert.equal(new Set(entries.map(({ id }) => id)).size, 8);
    assert.equal((await desk.tuning.entries()).filter(({ isActive }) => isActive).length, 8);
    const ended = await Promise.allSettled(
      [0, 0, 1].map((i) => desk.tuning.untune(entries[i]?.id ?? '', 'done', 'bob')),
    );
    assert.equal(ended.filter(({ status }) => status === 'fulfilled').length, 2);
    assert.equal((await desk.tuning.entries()).filter(({ isActive }) => isActive).length, 6);
  });
  it('do so in other processes, too, but not behind one that is gone', async () => {
    const desk = new Desk();
    // This process is alive; which it is nobody knows: not one of ours.
    desk.write('lock', `${process.ppid}\n`);
    const waiting = desk.tuning.tune(SUPPRESS, 'anna');
    await pause(200);
    assert.equal(desk.read('threshold.config'), undefined);
    rmSync(desk.path('lock'));
    await waiting;
    assert.notEqual(desk.read('threshold.config'), undefined);
    for (const gone of [4_194_399, process.pid]) {
      desk.write('lock', `${gone}\n`);
      await desk.tuning.tune({ ...DISABLE, sid: gone }, 'anna');
    }
    assert.equal((await desk.tuning.entries()).length, 3);
  });
});
