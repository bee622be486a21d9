/** The line of live events, with a clock that is moved by hand. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { LiveLine, SILENCE_MS } from '../../../dashboards/console/src/logic/live-line.ts';

/** One try to connect, answered by the test. */
class Try {
  readonly signal: AbortSignal;
  readonly answer: Promise<AsyncIterable<string>>;
  #accept: (pieces: AsyncIterable<string>) => void = () => undefined;
  #refuse: (error: Error) => void = () => undefined;
  #push: (piece: string | undefined) => void = () => undefined;
  #next: Promise<string | undefined>;

  constructor(signal: AbortSignal) {
    this.signal = signal;
    this.#next = this.#later();
    this.answer = new Promise((resolve, reject) => {
      this.#accept = resolve;
      this.#refuse = reject;
    });
    // As fetch does.
    signal.addEventListener('abort', () => {
      this.#refuse(new Error('aborted'));
      this.#push(undefined);
    });
  }

  async accept(): Promise<void> {
    this.#accept(this.#pieces());
    await settle();
  }

  async refuse(): Promise<void> {
    this.#refuse(new Error('unreachable'));
    await settle();
  }

  async say(piece: string): Promise<void> {
    this.#push(piece);
    await settle();
  }

  async end(): Promise<void> {
    this.#push(undefined);
    await settle();
  }

  #later(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#push = resolve;
    });
  }

  async *#pieces(): AsyncGenerator<string> {
    for (;;) {
      const piece = await this.#next;
      if (piece === undefined) return;
      this.#next = this.#later();
      yield piece;
    }
  }
}

/** Lets everything that waits for promises alone happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await settle();
}

describe('the line of live events', () => {
  let tries: Try[];
  let told: string[];
  let nowMs: number;
  let line: LiveLine;

  const latest = (): Try => tries.at(-1) ?? assert.fail('nobody asked');

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    tries = [];
    told = [];
    nowMs = 0;
    line = new LiveLine({
      open: (signal) => {
        const one = new Try(signal);
        tries.push(one);
        return one.answer;
      },
      onPiece: (piece) => told.push(piece),
      onOpen: (isBack) => told.push(isBack ? 'back' : 'open'),
      onBreak: () => told.push('break'),
      random: () => 0.5,
      now: () => nowMs,
    });
  });
  afterEach(() => {
    line.stop();
    mock.timers.reset();
  });

  it('gives what comes, and connects anew when it ends', async () => {
    await latest().accept();
    await latest().say('a');
    await latest().say('b');
    await latest().end();
    assert.deepEqual(told, ['open', 'a', 'b', 'break']);
    await pass(999);
    assert.equal(tries.length, 1);
    await pass(1);
    assert.equal(tries.length, 2);
    await latest().accept();
    assert.equal(told.at(-1), 'back');
  });

  it('tells that it is back also where the first try failed', async () => {
    await latest().refuse();
    await pass(1000);
    await latest().accept();
    assert.deepEqual(told, ['break', 'back']);
  });

  it('waits ever longer, up to half a minute, and less after a success', async () => {
    for (const pause of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const before = tries.length;
      await latest().refuse();
      await pass(pause - 1);
      assert.equal(tries.length, before, `${pause} ms`);
      await pass(1);
      assert.equal(tries.length, before + 1, `${pause} ms`);
    }
    await latest().accept();
    await latest().end();
    await pass(1000);
    assert.equal(tries.length, 9);
  });

  it('gives up a server whose heartbeats stay away, and asks again at once', async () => {
    await latest().accept();
    for (let i = 0; i < 4; i++) {
      await pass(15_000);
      await latest().say(':');
    }
    assert.equal(tries.length, 1);
    await pass(SILENCE_MS - 1);
    assert.equal(tries.length, 1);
    await pass(1);
    assert.ok(tries[0]?.signal.aborted);
    assert.equal(tries.length, 2);
    await latest().accept();
    assert.deepEqual(told.slice(-2), ['break', 'back']);
  });

  it('gives up an answer that does not come', async () => {
    await pass(SILENCE_MS);
    assert.ok(tries[0]?.signal.aborted);
    assert.equal(tries.length, 2);
  });

  it('does not wait when the machine is online again', async () => {
    await latest().accept();
    await latest().end();
    line.backOnline();
    await settle();
    assert.equal(tries.length, 2);
    // What seems to stand may be dead.
    await latest().accept();
    line.backOnline();
    await settle();
    assert.ok(tries[1]?.signal.aborted);
    assert.equal(tries.length, 3);
    await latest().accept();
    assert.equal(told.at(-1), 'back');
  });

  it('is looked after when the page is seen after sleep, and left alone otherwise', async () => {
    await latest().accept();
    nowMs = SILENCE_MS - 1;
    line.seen();
    await settle();
    assert.equal(tries.length, 1);
    // Timers slept with the machine, the clock went on.
    nowMs = SILENCE_MS;
    line.seen();
    await settle();
    assert.equal(tries.length, 2);
    await latest().refuse();
    line.seen();
    await settle();
    assert.equal(tries.length, 3);
  });

  it('ends with the sign-in', async () => {
    await latest().accept();
    line.stop();
    await settle();
    assert.ok(latest().signal.aborted);
    await pass(100_000);
    assert.equal(tries.length, 1);
  });
});
