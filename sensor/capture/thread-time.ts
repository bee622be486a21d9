/**
 * How long the thread that asks first has had a processor: Node tells it of the whole process alone, in which helpers of V8
 * collect garbage and compile while packets wait.
 */
import { openSync, readSync } from 'node:fs';

const SPACE = 0x20;
const ZERO = 0x30;
const STAT = '/proc/thread-self/schedstat';

/** A clock of processor time, in milliseconds; the kernel brings it up to date every few milliseconds. */
export function threadTime(path = STAT): () => number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // A kernel without it: then helpers count as well, and packets are shed earlier.
    return processTime;
  }
  const bytes = Buffer.alloc(64);
  const threadMs = (): number => {
    const length = readSync(file, bytes, 0, bytes.length, 0);
    let nanoseconds = 0;
    for (let i = 0; i < length && bytes[i] !== SPACE; i++) {
      nanoseconds = nanoseconds * 10 + (bytes[i] as number) - ZERO;
    }
    return nanoseconds / 1e6;
  };
  // Some kernels have the file and do not count: then it says 0 for ever.
  return threadMs() > 0 ? threadMs : processTime;
}

function processTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
