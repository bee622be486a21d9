/** A thread that does one thing beside the loop and ends; it keeps no process alive. */
import { Worker } from 'node:worker_threads';
import { errorText } from './errors.ts';

/** `onEnd` is called once, when it is gone: '' or what went wrong. */
export function startThread(
  script: URL,
  workerData: unknown,
  onEnd: (problem: string) => void,
): Worker {
  const thread = new Worker(script, { workerData });
  thread.unref();
  let problem = '';
  thread.on('error', (error) => {
    problem = errorText(error);
  });
  thread.on('exit', () => {
    onEnd(problem);
  });
  return thread;
}
