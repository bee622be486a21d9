/** What a capture worker answers while it still warms up: then it has no rules, no captures and nothing to hand over. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { loadConfig } from '../../sensor/config/index.ts';
import { ProcessLine } from '../../sensor/process-line.ts';
import { StarterLink } from '../../sensor/starter-link.ts';
import type { FromWorker, ToWorker } from '../../sensor/worker-messages.ts';

const START: ToWorker = {
  type: 'start',
  assignment: {
    config: loadConfig({ file: undefined, overrides: [] }),
    // Nobody may capture there: the worker says so once it is warm.
    interfaces: ['no-such-device'],
    filter: '',
    index: 0,
    count: 1,
    firstFlowId: 1,
    serverFeatures: [],
  },
};

describe('a worker that warms up', () => {
  let starter: StarterLink;

  beforeEach(() => {
    starter = StarterLink.open();
  });

  afterEach(() => {
    starter.close();
  });

  /** Kinds of what it says until it ends. */
  const answers = async (...messages: readonly ToWorker[]): Promise<string[]> => {
    const { line: socket, ended } = await starter.start();
    const said: string[] = [];
    const line = new ProcessLine<ToWorker, FromWorker>(socket, (message) => {
      said.push(message.type === 'reloaded' ? `reloaded ${message.request}` : message.type);
    });
    // One write: the worker reads the last of them before it begins to warm up.
    socket.cork();
    for (const message of messages) line.send(message);
    socket.uncork();
    await Promise.all([ended, line.closed]);
    return said;
  };

  it('answers a reload at once: it is going to load what the files say by then', async () => {
    assert.deepEqual(await answers(START, { type: 'reload', request: 7 }), [
      'reloaded 7',
      'failed',
    ]);
  });

  it('ends when it is told to', async () => {
    assert.deepEqual(await answers(START, { type: 'stop' }), []);
  });
});
