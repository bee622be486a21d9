/** What a transcript says when there is none because of its thread; the line itself is tested in core/. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from '../../../sensor/config/index.ts';
import { setLogWriter, type StoredAlert } from '../../../sensor/core/index.ts';
import { TranscriptLine } from '../../../sensor/service/transcript-line.ts';

/** `never` is never answered, `dies` ends the thread. */
const SCRIPT = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ serial, question: { alertId } }) => {
    if (alertId === 'dies') process.exit(1);
    if (alertId === 'never') return;
    parentPort.postMessage({ serial, answer: { alertId, reason: '', entries: [] } });
  });
`;

setLogWriter(() => undefined);

async function reasons(alertIds: readonly string[], answerMs: number): Promise<string[]> {
  const config = loadConfig({ file: undefined, overrides: [] });
  const script = new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`);
  const line = new TranscriptLine(config, { answerMs, script });
  try {
    const transcripts = await Promise.all(
      alertIds.map((alertId) => line.ask({ alertId } as unknown as StoredAlert)),
    );
    assert.deepEqual(
      transcripts.map(({ alertId }) => alertId),
      alertIds,
    );
    return transcripts.map(({ reason }) => reason);
  } finally {
    await line.close();
  }
}

describe('the line of transcripts', () => {
  it('says that one took too long', async () => {
    assert.deepEqual(await reasons(['never'], 100), [
      'The transcript took longer than 0.1 seconds',
    ]);
  });

  it('says that its thread ended, and answers the next', async () => {
    const [first, second] = await reasons(['dies', 'b'], 600_000);
    assert.equal(first, 'No transcript can be made: the thread ended with 1');
    assert.equal(second, '');
  });

  it('refuses more than can wait', async () => {
    const alertIds = Array.from({ length: 18 }, (_, i) => `${i}`);
    const told = await reasons(alertIds, 600_000);
    assert.deepEqual(
      told.filter((reason) => reason !== ''),
      ['Too many transcripts are asked for: try again'],
    );
  });

  it('says that the sensor stops', async () => {
    const line = new TranscriptLine(loadConfig({ file: undefined, overrides: [] }));
    await line.close();
    const { reason } = await line.ask({ alertId: 'a' } as unknown as StoredAlert);
    assert.equal(reason, 'The sensor stops');
  });
});
