/** The thread of the inspector: one job in, one answer out. What a library throws is an answer, too. */
import { constants, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import type { Inspection } from '../types.ts';
import { inspectFile } from './inspect.ts';
import type { ThreadAnswer, ThreadData, ThreadJob } from './thread-messages.ts';

const { port, answers, limits, isLive } = workerData as ThreadData;

async function answer(job: ThreadJob): Promise<void> {
  let inspection: Inspection | undefined;
  let error = '';
  try {
    inspection = await inspectFile(job, limits);
  } catch (thrown) {
    // Its name alone: the message may hold what the file says.
    error = thrown instanceof Error ? thrown.name : 'error';
  }
  const message: ThreadAnswer = { inspection, error };
  port.postMessage(message, inspection === undefined ? [] : movable(inspection));
  Atomics.add(answers, 0, 1);
  Atomics.notify(answers, 0);
}

/** Parts own their memory: it goes over without a copy. */
function movable({ parts }: Inspection): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { text, data } of parts)
    for (const { buffer, length } of [text, data])
      if (length > 0 && buffer instanceof ArrayBuffer && buffer.byteLength === length)
        buffers.add(buffer);
  return [...buffers];
}

// What libraries print about a file would fill the memory of streams that nobody reads.
process.stdout.write = process.stderr.write = () => true;

// On Linux this is the priority of the calling thread alone: files can wait, packets cannot.
if (isLive) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
port.on('message', (job: ThreadJob) => {
  void answer(job);
});
