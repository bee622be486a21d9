import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from '../../../sensor/config/index.ts';
import type { StoredAlert } from '../../../sensor/core/index.ts';
import { TranscriptThread } from '../../../sensor/service/transcript-thread.ts';

/** Answers after some time, `never` never, and `dies` by ending the thread. */
const SCRIPT = `
  import { parentPort } from 'node:worker_threads';
  let work = Promise.resolve();
  parentPort.on('message', ({ number, alert: { alertId } }) => {
    work = work.then(async () => {
      if (alertId === 'dies') process.exit(1);
      if (alertId === 'never') await new Promise((resolve) => setTimeout(resolve, 1e6));
      await new Promise((resolve) => setTimeout(resolve, 150));
      parentPort.postMessage({ number, transcript: { alertId, reason: '', entries: [] } });
    });
  });
`;

async function reasons(alertIds: readonly string[], answerMs: number): Promise<string[]> {
  const config = loadConfig({ file: undefined, overrides: [] });
  const script = new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`);
  const thread = new TranscriptThread(config, { answerMs, script });
  try {
    const transcripts = await Promise.all(
      alertIds.map((alertId) => thread.ask({ alertId } as unknown as StoredAlert)),
    );
    assert.deepEqual(
      transcripts.map(({ alertId }) => alertId),
      alertIds,
    );
    return transcripts.map(({ reason }) => reason);
  } finally {
    await thread.close();
  }
}

describe('the thread of transcripts', () => {
  it('gives each question all of its time', async () => {
    // All of them together take longer than one may.
    assert.deepEqual(
      await reasons(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 2000),
      Array(8).fill(''),
    );
  });

  it('ends one that takes too long, and answers the next', async () => {
    const [first, second, third] = await reasons(['never', 'b', 'c'], 1500);
    assert.match(first ?? '', /took longer than 1\.5 seconds/);
    assert.deepEqual([second, third], ['', '']);
  });

  it('says that a thread ended, and answers the next in another', async () => {
    const [first, second] = await reasons(['dies', 'b'], 5000);
    assert.match(first ?? '', /its thread ended/);
    assert.equal(second, '');
  });

  it('refuses more than can wait', async () => {
    const told = await reasons(
      Array.from({ length: 18 }, (_, i) => `${i}`),
      6000,
    ).then((all) => all.filter((reason) => reason.startsWith('Too many')));
    assert.equal(told.length, 1);
  });
});
