/**
 * Steps of work on the disk. What to do is written once, as a generator that yields steps; who drives it decides whether
 * packets wait for the disk (offline, so that a replay keeps the same whatever the disk's speed) or go on meanwhile.
 */
import {
  close,
  closeSync,
  ftruncate,
  ftruncateSync,
  mkdir,
  mkdirSync,
  open,
  openSync,
  rm,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

export type Step =
  | { readonly do: 'folder'; readonly path: string }
  /** A new file; the step's answer is its descriptor. */
  | { readonly do: 'create'; readonly path: string }
  /** All of the bytes at that place. */
  | { readonly do: 'write'; readonly file: number; readonly bytes: Uint8Array; readonly at: number }
  | { readonly do: 'cut'; readonly file: number; readonly length: number }
  | { readonly do: 'close'; readonly file: number }
  | { readonly do: 'remove'; readonly path: string };

/** Yields steps, is given their answers; failures are thrown into it. */
export type Work<Result = void> = Generator<Step, Result, number>;

const later = {
  mkdir: promisify(mkdir),
  open: promisify(open),
  write: promisify(write),
  ftruncate: promisify(ftruncate),
  close: promisify(close),
  rm: promisify(rm),
};

/** Does all steps before it returns. Throws what the work does not catch. */
export function workNow(work: Work): void {
  let turn = work.next();
  while (turn.done !== true) {
    let answer: number;
    try {
      answer = doNow(turn.value);
    } catch (error) {
      turn = work.throw(error);
      continue;
    }
    turn = work.next(answer);
  }
}

/** The same without keeping anybody waiting. Rejects with what the work does not catch. */
export async function workLater(work: Work): Promise<void> {
  let turn = work.next();
  while (turn.done !== true) {
    let answer: number;
    try {
      answer = await doLater(turn.value);
    } catch (error) {
      turn = work.throw(error);
      continue;
    }
    turn = work.next(answer);
  }
}

function doNow(step: Step): number {
  switch (step.do) {
    case 'folder':
      mkdirSync(step.path, { recursive: true, mode: FOLDER_MODE });
      return 0;
    case 'create':
      return openSync(step.path, 'wx', FILE_MODE);
    case 'write': {
      const { file, bytes, at } = step;
      let done = 0;
      while (done < bytes.length) {
        done += writeSync(file, bytes, done, bytes.length - done, at + done);
      }
      return done;
    }
    case 'cut':
      ftruncateSync(step.file, step.length);
      return 0;
    case 'close':
      closeSync(step.file);
      return 0;
    case 'remove':
      rmSync(step.path, { force: true });
      return 0;
  }
}

async function doLater(step: Step): Promise<number> {
  switch (step.do) {
    case 'folder':
      await later.mkdir(step.path, { recursive: true, mode: FOLDER_MODE });
      return 0;
    case 'create':
      return later.open(step.path, 'wx', FILE_MODE);
    case 'write': {
      const { file, bytes, at } = step;
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await later.write(
          file,
          bytes,
          done,
          bytes.length - done,
          at + done,
        );
        done += bytesWritten;
      }
      return done;
    }
    case 'cut':
      await later.ftruncate(step.file, step.length);
      return 0;
    case 'close':
      await later.close(step.file);
      return 0;
    case 'remove':
      await later.rm(step.path, { force: true });
      return 0;
  }
}
