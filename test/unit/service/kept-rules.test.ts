/** What is kept of rules is what the thread said of this version, and is asked for once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeptRules, type KeptRulesOptions } from '../../../sensor/service/kept-rules.ts';
import type {
  LoadedDetail,
  LoadedRow,
  LoadedRows,
  RuleId,
} from '../../../sensor/service/rules-messages.ts';

function row(sid: number): LoadedRow {
  return {
    ...{ gid: 1, sid, rev: 1, msg: `rule ${sid}`, detection: '', category: '', severity: 1 },
    ...{ confidence: '', file: 'own.rules', isEnabled: true },
  };
}

/** A thread that answers when it is told to; what it was asked. */
class Thread {
  readonly asked: string[] = [];
  version = '1';
  /** Rules whose detail is left out of many. */
  readonly unsound = new Set<number>();
  readonly #count: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  readonly options: KeptRulesOptions = {
    version: () => this.version,
    quiet: () => Promise.resolve(),
    ask: async (kind, ask) => {
      this.asked.push(`${this.version} ${kind}`);
      const version = this.version;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      const detailOf = ({ sid }: RuleId): LoadedDetail =>
        ({ ...row(sid), text: `text of ${version}` }) as unknown as LoadedDetail;
      const answers: Partial<Record<string, () => unknown>> = {
        rows: (): LoadedRows => ({
          items: Array.from({ length: this.#count }, (_, i) => row(i + 1)),
          ...{ loaded: this.#count, failed: 0, problems: [] },
        }),
        detail: () => detailOf(ask as RuleId),
        details: () => (ask as RuleId[]).filter(({ sid }) => !this.unsound.has(sid)).map(detailOf),
      };
      return answers[kind]?.() as never;
    },
  };

  /** Answers what was asked, oldest first, until nothing more is. */
  async answer(most = Infinity): Promise<void> {
    for (let i = 0; i < most; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('kept rules', () => {
  it('are asked for once, their details in slices behind the rows', async () => {
    const thread = new Thread(60);
    const kept = new KeptRules(thread.options);
    const rows = Promise.all([kept.rows(), kept.rows()]);
    await thread.answer();
    assert.equal((await rows)[0].items.length, 60);
    assert.deepEqual(thread.asked, ['1 rows', '1 details', '1 details', '1 details']);
    assert.equal((await kept.detail({ gid: 1, sid: 60 }))?.text, 'text of 1');
    assert.equal((await kept.rows()).loaded, 60);
    assert.equal(thread.asked.length, 4);
  });

  it('answer a detail before all are there, and one that was left out', async () => {
    const thread = new Thread(60);
    thread.unsound.add(7);
    const kept = new KeptRules(thread.options);
    const early = kept.detail({ gid: 1, sid: 60 });
    await thread.answer();
    assert.equal((await early)?.sid, 60);
    assert.deepEqual(thread.asked.slice(0, 2), ['1 rows', '1 detail']);
    const before = thread.asked.length;
    const unsound = kept.detail({ gid: 1, sid: 7 });
    await thread.answer();
    assert.equal((await unsound)?.sid, 7);
    assert.deepEqual(thread.asked.slice(before), ['1 detail']);
  });

  it('are those of the version in force: slices of the one before end', async () => {
    const thread = new Thread(60);
    const kept = new KeptRules(thread.options);
    void kept.rows();
    // Rows and the first slice.
    await thread.answer(2);
    thread.version = '2';
    await thread.answer();
    assert.deepEqual(thread.asked, ['1 rows', '1 details', '1 details']);
    const detail = kept.detail({ gid: 1, sid: 1 });
    await thread.answer();
    assert.equal((await detail)?.text, 'text of 2');
    assert.deepEqual(thread.asked.slice(3, 5), ['2 rows', '2 detail']);
    assert.equal((await kept.detail({ gid: 1, sid: 60 }))?.text, 'text of 2');
  });

  it('wait for what is more urgent', async () => {
    const thread = new Thread(60);
    let go = (): void => undefined;
    const quiet = new Promise<void>((resolve) => (go = resolve));
    const kept = new KeptRules({ ...thread.options, quiet: () => quiet });
    void kept.rows();
    await thread.answer();
    assert.deepEqual(thread.asked, ['1 rows']);
    go();
    await thread.answer();
    assert.equal(thread.asked.length, 4);
  });

  it('are not kept of a load that failed', async () => {
    let isBroken = true;
    const thread = new Thread(1);
    const kept = new KeptRules({
      ...thread.options,
      ask: (kind, ask) =>
        isBroken ? Promise.reject(new Error('broken')) : thread.options.ask(kind, ask),
    });
    await assert.rejects(kept.rows(), /broken/);
    await assert.rejects(kept.detail({ gid: 1, sid: 1 }), /broken/);
    isBroken = false;
    const rows = kept.rows();
    await thread.answer();
    assert.equal((await rows).items.length, 1);
  });

  it('of a large set are rows alone', async () => {
    const thread = new Thread(5001);
    const kept = new KeptRules(thread.options);
    const rows = kept.rows();
    await thread.answer();
    assert.equal((await rows).items.length, 5001);
    assert.deepEqual(thread.asked, ['1 rows']);
  });
});
