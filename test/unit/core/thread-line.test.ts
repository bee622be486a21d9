/** A line of questions before a real thread; its time is the test's, so nothing here is slow or hasty by chance. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import {
  LineFailure,
  ThreadLine,
  setLogWriter,
  type ThreadLineOptions,
} from '../../../sensor/core/index.ts';
import { GATE, type Question } from './line-thread.ts';

const LIMIT = 1000;
let gate: Int32Array;
let line: ThreadLine<Question>;
let logged: string[];

function newLine(options: Partial<ThreadLineOptions> = {}): ThreadLine<Question> {
  return new ThreadLine({
    ...{ name: 'The thread', room: 'core', maxWaiting: 2, workerData: gate.buffer },
    script: new URL('./line-thread.js', import.meta.url),
    ...options,
  });
}

/** Asks what the thread stays in, and resolves when it is there. */
async function keepBusy(
  question: 'hold' | { readonly untilFile: string },
): Promise<{ readonly answer: Promise<unknown> }> {
  Atomics.store(gate, GATE.held, 0);
  const answer = line.ask(question, LIMIT);
  answer.catch(() => undefined);
  while (Atomics.load(gate, GATE.held) === 0) await new Promise((resolve) => setImmediate(resolve));
  return { answer };
}

function open(): void {
  Atomics.store(gate, GATE.open, 1);
  Atomics.notify(gate, GATE.open);
}

function failure(why: LineFailure['why']): (error: unknown) => boolean {
  return (error) => error instanceof LineFailure && error.why === why;
}

describe('ThreadLine', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    gate = new Int32Array(new SharedArrayBuffer(12));
    line = newLine();
    logged = [];
    setLogWriter((text) => logged.push(text));
  });
  afterEach(async () => {
    await line.close();
    mock.timers.reset();
  });

  it('starts a thread for the first question, and answers each in its turn', async () => {
    assert.equal(line.isRunning, false);
    const answers = ['a', 'b', 'c'].map((say) => line.ask({ say }, LIMIT));
    assert.deepEqual(await Promise.all(answers), ['a', 'b', 'c']);
    assert.equal(line.isRunning, true);
  });

  it('rejects with the error a question met, and says what an unforeseen one was', async () => {
    const hint = 'Ask otherwise';
    await assert.rejects(line.ask('refuse', LIMIT), {
      ...{ name: 'OperatorError', code: 'USAGE', message: 'It makes no sense', hint },
    });
    await assert.rejects(line.ask('throw', LIMIT), {
      ...{ code: 'STORE_BUSY', message: '"throw": RangeError: A mistake', hint: undefined },
    });
    assert.equal(await line.ask({ say: 'still here' }, LIMIT), 'still here');
  });

  it('lets a bounded number wait', async () => {
    const { answer } = await keepBusy('hold');
    const waiting = [line.ask({ say: 'a' }, LIMIT), line.ask({ say: 'b' }, LIMIT)];
    await assert.rejects(line.ask({ say: 'c' }, LIMIT), failure('full'));
    open();
    assert.deepEqual(await Promise.all([answer, ...waiting]), ['held', 'a', 'b']);
  });

  it('gives each question all of its time, from its turn on', async () => {
    const { answer } = await keepBusy('hold');
    const next = line.ask({ say: 'next' }, LIMIT);
    mock.timers.tick(LIMIT - 1);
    open();
    assert.equal(await answer, 'held');
    mock.timers.tick(LIMIT - 1);
    assert.equal(await next, 'next');
  });

  it('ends a thread that takes too long, and asks another', async () => {
    const first = await line.ask('thread', LIMIT);
    const { answer } = await keepBusy('hold');
    const next = line.ask('thread', LIMIT);
    mock.timers.tick(LIMIT);
    await assert.rejects(answer, failure('slow'));
    assert.notEqual(await next, first);
    assert.match(logged.join(''), /The thread took longer than 1000 ms/);
  });

  it('asks another thread when one broke', async () => {
    const first = await line.ask('thread', LIMIT);
    const lost = line.ask('exit', LIMIT);
    const next = line.ask('thread', LIMIT);
    await assert.rejects(lost, { why: 'broken', message: 'the thread ended with 7' });
    assert.notEqual(await next, first);
    assert.match(logged.join(''), /The thread broke: the thread ended with 7/);
  });

  it('rejects what cannot be sent, and answers the next', async () => {
    const lost = line.ask({ say: (() => 'no data') as never }, LIMIT);
    const next = line.ask({ say: 'next' }, LIMIT);
    await assert.rejects(lost, failure('broken'));
    assert.equal(await next, 'next');
  });

  it('makes no more threads beside those that do not end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-line-'));
    const untilFile = join(folder, 'open');
    // One may be ended before it is where nothing ends it: so it is asked until two are there.
    let refused: unknown;
    while (refused === undefined) {
      const { answer } = await keepBusy({ untilFile });
      const next = line.ask('thread', LIMIT).catch((error: unknown) => error);
      mock.timers.tick(LIMIT);
      await assert.rejects(answer, failure('slow'));
      const answered = await next;
      if (answered instanceof Error) refused = answered;
    }
    assert.ok(failure('full')(refused));
    // Once they are gone, there is one again.
    writeFileSync(untilFile, '');
    while (true) {
      const answered = await line.ask('thread', LIMIT).catch((error: unknown) => error);
      if (typeof answered === 'number') break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    rmSync(folder, { recursive: true });
  });

  it('ends a thread nobody asks, and makes another', async () => {
    line = newLine({ idleMs: 5000 });
    const first = await line.ask('thread', LIMIT);
    mock.timers.tick(4999);
    assert.equal(await line.ask('thread', LIMIT), first);
    mock.timers.tick(5000);
    assert.equal(line.isRunning, false);
    assert.notEqual(await line.ask('thread', LIMIT), first);
  });

  it('finishes behind the question that is asked, and lets the thread tidy up', async () => {
    const { answer } = await keepBusy('hold');
    const waiting = line.ask({ say: 'a' }, LIMIT);
    const finished = [line.finish(), line.finish()];
    await assert.rejects(waiting, failure('closed'));
    assert.equal(Atomics.load(gate, GATE.finished), 0);
    open();
    await Promise.all(finished);
    assert.equal(await answer, 'held');
    assert.equal(Atomics.load(gate, GATE.finished), 1);
    assert.equal(line.isRunning, false);
    await assert.rejects(line.ask({ say: 'b' }, LIMIT), failure('closed'));
    await line.finish();
  });

  it('closes at once, whatever is asked', async () => {
    const { answer } = await keepBusy('hold');
    const waiting = line.ask({ say: 'a' }, LIMIT);
    const closed = line.close();
    await assert.rejects(answer, failure('closed'));
    await assert.rejects(waiting, failure('closed'));
    await closed;
    assert.equal(line.isRunning, false);
    assert.equal(Atomics.load(gate, GATE.finished), 0);
    await assert.rejects(line.ask({ say: 'b' }, LIMIT), failure('closed'));
  });
});
