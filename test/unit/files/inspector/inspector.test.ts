/** The inspector as the sensor uses it: a thread with a queue, in both modes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Counters, defaultLimits, type LimitValues } from '../../../../sensor/core/index.ts';
import { createInspector } from '../../../../sensor/files/inspector/inspector.ts';
import type { Inspection, InspectionJob, Inspector } from '../../../../sensor/files/types.ts';
import { bytes, pdf, xlsx, zip } from '../../../support/file-samples.ts';

interface Bench {
  readonly inspector: Inspector;
  readonly counters: Counters;
}

function make(mode: 'wait' | 'later', limits: Partial<LimitValues> = {}): Bench {
  const counters = new Counters();
  // Only those tests run into the time limit that are about it.
  const roomy = { ...defaultLimits(), filesInspectSeconds: 600 };
  const inspector = createInspector({ mode, limits: { ...roomy, ...limits }, counters });
  return { inspector, counters };
}

const job = (content: Uint8Array): InspectionJob => ({
  name: '',
  mime: '',
  bytes: content,
  isWhole: true,
});
const text = (inspection: Inspection | undefined): string =>
  Buffer.from(inspection?.parts[0]?.text ?? []).toString();

/** A sheet that takes seconds to read: a thread inside of it does not look at the clock. */
function slowSheet(): Uint8Array {
  return xlsx(`<row>${'<c r="A1"><v>1</v></c>'.repeat(2_900_000)}</row>`);
}

function answered(inspector: Inspector, content: Uint8Array): Promise<Inspection | undefined> {
  return new Promise((resolve) => {
    inspector.inspect(job(content), resolve);
  });
}

describe('inspector that is waited for', () => {
  it('answers during the call, in order, and moves the bytes', () => {
    const { inspector, counters } = make('wait');
    const seen: string[] = [];
    const content = bytes('first');
    inspector.inspect(job(content), (inspection) => seen.push(text(inspection)));
    assert.equal(content.length, 0);
    inspector.inspect(job(bytes('second')), (inspection) => {
      seen.push(text(inspection));
      // An answer may bring the next job.
      inspector.inspect(job(bytes('third')), (next) => seen.push(text(next)));
    });
    assert.deepEqual(seen, ['first', 'second', 'third']);
    assert.equal(inspector.pending, 0);
    assert.equal(counters.get('filesInspected'), 3);
    inspector.close();
  });

  it('takes a view of larger memory without moving what is not its own', () => {
    const { inspector } = make('wait');
    const memory = bytes('before words behind');
    inspector.inspect(job(memory.subarray(7, 12)), (inspection) => {
      assert.equal(text(inspection), 'words');
    });
    assert.equal(Buffer.from(memory).toString(), 'before words behind');
    inspector.close();
  });

  it('gives the same answer twice', () => {
    const answers: (Inspection | undefined)[] = [];
    for (let run = 0; run < 2; run++) {
      const { inspector } = make('wait');
      inspector.inspect(job(zip({ 'a.txt': 'words', 'b.pdf': pdf('page') })), (answer) =>
        answers.push(answer),
      );
      inspector.close();
    }
    assert.ok(answers[0] !== undefined);
    assert.deepEqual(answers[0], answers[1]);
  });

  it('has no answer for a file that takes too long', () => {
    const { inspector, counters } = make('wait', { filesInspectSeconds: 0.001 });
    const seen: (Inspection | undefined)[] = [];
    inspector.inspect(job(slowSheet()), (inspection) => seen.push(inspection));
    assert.deepEqual(seen, [undefined]);
    assert.equal(counters.get('filesInspectFailed'), 1);
    inspector.close();
  });
});

describe('inspector that answers later', () => {
  it('answers in the order of the jobs', async () => {
    const { inspector, counters } = make('later');
    const words = Array.from({ length: 20 }, (_, i) => `file ${i}`);
    const seen: string[] = [];
    await Promise.all(
      words.map((word) =>
        answered(inspector, bytes(word)).then((answer) => seen.push(text(answer))),
      ),
    );
    assert.deepEqual(seen, words);
    assert.equal(counters.get('filesInspected'), 20);
    inspector.close();
  });

  it('does not answer during the call', () => {
    const { inspector } = make('later');
    let isAnswered = false;
    inspector.inspect(job(bytes('words')), () => (isAnswered = true));
    assert.deepEqual([isAnswered, inspector.pending], [false, 1]);
    inspector.close();
    assert.deepEqual([isAnswered, inspector.pending], [true, 0]);
  });

  it('refuses what does not fit into its queue, at once', async () => {
    const { inspector, counters } = make('later', { filesInspectJobs: 2, filesInspectBytes: 10 });
    const first = answered(inspector, bytes('123456'));
    assert.equal(
      await Promise.race([answered(inspector, bytes('12345')), first.then(() => 'first')]),
      undefined,
    );
    const second = answered(inspector, bytes('1234'));
    assert.equal(
      await Promise.race([answered(inspector, bytes('')), first.then(() => 'first')]),
      undefined,
    );
    assert.equal(counters.get('filesInspectRefused'), 2);
    assert.deepEqual([text(await first), text(await second)], ['123456', '1234']);
    inspector.close();
  });

  it('ends a thread that takes too long: its file has no answer, those behind it have', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { inspector, counters } = make('later');
    const stuck = answered(inspector, slowSheet());
    const next = answered(inspector, bytes('next'));
    // By then the thread is in the sheet, as a rule; it must not matter.
    for (const end = performance.now() + 700; performance.now() < end;) await nextTurn();
    t.mock.timers.tick(600_000);
    assert.equal(await stuck, undefined);
    assert.equal(text(await next), 'next');
    assert.deepEqual([counters.get('filesInspected'), counters.get('filesInspectFailed')], [1, 1]);
    inspector.close();
  });

  it('goes on in a new thread when one runs out of memory', async () => {
    const { inspector, counters } = make('later', { filesInspectHeapBytes: 16 * 1024 * 1024 });
    const rich = xlsx('<row/>', Array<string>(250_000).fill('a string of some length, to be kept'));
    assert.equal(await answered(inspector, rich), undefined);
    assert.equal(text(await answered(inspector, bytes('next'))), 'next');
    assert.equal(counters.get('filesInspectFailed'), 1);
    inspector.close();
  });

  it('answers nothing more when it is closed', async () => {
    const { inspector } = make('later');
    const left = [answered(inspector, bytes('a')), answered(inspector, bytes('b'))];
    inspector.close();
    assert.deepEqual(await Promise.all(left), [undefined, undefined]);
    assert.equal(await answered(inspector, bytes('c')), undefined);
  });
});

describe('inspector in a process', () => {
  for (const mode of ['wait', 'later'] as const)
    it(`does not keep it alive when idle (${mode})`, () => {
      const module = new URL('../../../../sensor/files/inspector/inspector.js', import.meta.url)
        .href;
      const core = new URL('../../../../sensor/core/index.js', import.meta.url).href;
      const script = `
        import { createInspector } from '${module}';
        import { Counters, defaultLimits } from '${core}';
        const inspector = createInspector({ mode: '${mode}', limits: { ...defaultLimits(), filesInspectSeconds: 600 }, counters: new Counters() });
        inspector.inspect({ name: '', mime: '', bytes: new Uint8Array(Buffer.from('words')), isWhole: true }, (answer) => {
          process.stdout.write(answer.type.magic);
        });`;
      const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
        timeout: 120_000,
      });
      assert.deepEqual([run.status, run.stdout, run.stderr], [0, 'Text, ASCII', '']);
    });
});
